"""Checks HDF5 weights against h5py, both ways.

- What Hinge writes of a model has every tensor, bit by bit as h5py reads it, under its name.
- What h5py writes, in groups or flat, is read into the model, and ONNX Runtime finds it there.
"""

import h5py
import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from report import FIXTURES, compare, run

# Types that HDF5 doesn't have: what they are stored as, and how their elements are taken from it.
EXTENSIONS = {
    "BFLOAT16": ml_dtypes.bfloat16, "FLOAT8E4M3FN": ml_dtypes.float8_e4m3fn,
    "FLOAT8E4M3FNUZ": ml_dtypes.float8_e4m3fnuz, "FLOAT8E5M2": ml_dtypes.float8_e5m2,
    "FLOAT8E5M2FNUZ": ml_dtypes.float8_e5m2fnuz, "FLOAT4E2M1": ml_dtypes.float4_e2m1fn,
}
SMALL = {"INT4": (ml_dtypes.int4, np.int8), "UINT4": (ml_dtypes.uint4, np.uint8)}
PLAIN = [
    "FLOAT", "DOUBLE", "FLOAT16", "INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64",
    "BOOL", "COMPLEX64", "COMPLEX128",
]
NAMES = ["a", "a/b", "a/b/c", "", ".", "..", "/", "/lead", "x//y", "layer.0.weight", "größe/ß", "two words", "a_1"]


def identity(initializers):
    """A model that gives each of its weights as an output, so that a runtime shows them."""
    graph = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["y"])], "weights",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])], initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23)], ir_version=11)


def tensors():
    """A tensor of each type and shape, and one of each name."""
    random = np.random.default_rng(7)
    for name in [*PLAIN, *EXTENSIONS, *SMALL]:
        for shape in ([2, 3], [], [0, 4]):
            count = int(np.prod(shape))
            if name in SMALL:
                values = random.integers(-8 if name == "INT4" else 0, 8, count).astype(SMALL[name][0])
            elif name in EXTENSIONS:
                values = random.standard_normal(count).astype(EXTENSIONS[name])
            elif name == "BOOL":
                values = random.integers(0, 2, count).astype(bool)
            elif name.startswith("COMPLEX"):
                values = (random.standard_normal(count) + 1j).astype(name.lower())
            else:
                dtype = {"FLOAT": "float32", "DOUBLE": "float64"}.get(name, name.lower())
                values = (random.standard_normal(count) * 50).astype(dtype)
            tensor = numpy_helper.from_array(values.reshape(shape), f"types/{name}/{'x'.join(map(str, shape))}")
            if tensor.data_type != getattr(TensorProto, name):
                raise ValueError(f"{name}: the onnx package made type {tensor.data_type}")
            yield tensor
    for index, name in enumerate(NAMES):
        yield numpy_helper.from_array(np.float32([index]), name)
    yield helper.make_tensor("strings", TensorProto.STRING, [2, 2], [b"", b"a", "größer".encode(), b"x"])


def collect(file):
    """Each dataset of a file of Hinge's by its weight's name."""
    found = {}

    def visit(path, item):
        if isinstance(item, h5py.Dataset):
            found[item.attrs.get("name", path)] = item

    file.visititems(visit)
    return found


def value(dataset, type_name):
    """A dataset's elements as NumPy has them."""
    elements = dataset[()]
    if type_name in EXTENSIONS:
        return np.frombuffer(np.asarray(elements).tobytes(), EXTENSIONS[type_name]).reshape(dataset.shape)
    if type_name in SMALL:
        if elements.dtype != SMALL[type_name][1]:
            raise ValueError(f"expected {SMALL[type_name][1].__name__}, found {elements.dtype}")
        return np.asarray(elements).astype(SMALL[type_name][0])
    return np.asarray(elements)


def written(hinge, folder):
    """h5py reads from Hinge's file what the onnx package reads from the model."""
    initializers = list(tensors())
    onnx.save(identity(initializers), folder / "types.onnx")
    run(hinge, "convert", folder / "types.onnx", folder / "types.hdf5")
    with h5py.File(folder / "types.hdf5") as file:
        found = collect(file)
        if sorted(found) != sorted(t.name for t in initializers):
            raise ValueError(f"the names differ: {sorted(found)}")
        for tensor in initializers:
            type_name = TensorProto.DataType.Name(tensor.data_type)
            own, expected = value(found[tensor.name], type_name), numpy_helper.to_array(tensor)
            if type_name == "STRING":
                own, expected = own.tolist(), [[b"", b"a"], ["größer".encode(), b"x"]]
                if own != expected:
                    raise ValueError(f"{tensor.name}: expected {expected}, found {own}")
            elif own.dtype != expected.dtype or own.shape != expected.shape or own.tobytes() != expected.tobytes():
                raise ValueError(f"{tensor.name}: expected {expected!r}, found {own!r}")
    run(hinge, "convert", folder / "types.hdf5", folder / "again.onnx", "--architecture", folder / "types.onnx")
    again = onnx.load(folder / "again.onnx").graph.initializer
    for own, expected in zip(again, initializers, strict=True):
        same = own.name == expected.name and own.data_type == expected.data_type and own.dims == expected.dims
        if not same or numpy_helper.to_array(own).tobytes() != numpy_helper.to_array(expected).tobytes():
            raise ValueError(f"{expected.name} is not what it was")
    return f"{len(initializers)} tensors"


def read(hinge, folder, layout, **options):
    """Hinge reads h5py's file into the model; the onnx package finds the new weights there."""
    source = FIXTURES / "digits" / "digits-torch.onnx"
    initializers = onnx.load(source).graph.initializer
    random = np.random.default_rng(3)
    # Above 0, as variances must be.
    new = {t.name: random.uniform(0.1, 1, list(t.dims)).astype(numpy_helper.to_array(t).dtype) for t in initializers}
    path = folder / f"{layout}.h5"
    with h5py.File(path, "w") as file:
        for name, array in new.items():
            place = name.replace(".", "/") if layout == "groups" else name
            file.create_dataset(place, data=array, **options)
    out = folder / f"{layout}.onnx"
    run(hinge, "convert", path, out, "--architecture", source)
    again = {t.name: numpy_helper.to_array(t) for t in onnx.load(out).graph.initializer}
    for name, array in new.items():
        compare([again[name]], [array], 0)
    run(hinge, "verify", path, out, "--architecture", source)
    return f"{len(new)} tensors"


def check(hinge, report, folder):
    report.check("weights: what Hinge writes, h5py reads", lambda: written(hinge, folder))
    report.check("weights: names with dots", lambda: read(hinge, folder, "flat"))
    report.check("weights: groups as modules", lambda: read(hinge, folder, "groups"))
    chunked = {"chunks": True, "compression": "gzip", "shuffle": True}
    report.check("weights: compressed", lambda: read(hinge, folder, "compressed", **chunked))
