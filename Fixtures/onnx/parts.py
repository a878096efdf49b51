"""Models built with the `onnx` package for the parts of the format that exporters seldom write.

Each function takes a generator of random numbers and returns the model and its inputs.
"""

import pathlib
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).resolve().parent


def tensor(name, array):
    return numpy_helper.from_array(np.asarray(array), name)


def value(name, shape, data_type=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, data_type, shape)


def model(graph, opset=21, **options):
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", opset)], producer_name="hinge-fixtures", ir_version=10, **options
    )


def external(random):
    """Two matrix products whose weights stand in a file beside the model."""
    graph = helper.make_graph(
        [
            helper.make_node("Gemm", ["x", "weight1", "bias1"], ["hidden"], "dense1"),
            helper.make_node("Relu", ["hidden"], ["active"], "relu"),
            helper.make_node("MatMul", ["active", "weight2"], ["y"], "dense2"),
        ],
        "external", [value("x", ["batch", 24])], [value("y", ["batch", 5])],
        [
            tensor("weight1", random.normal(size=(24, 32)).astype(np.float32)),
            tensor("bias1", random.normal(size=32).astype(np.float32)),
            tensor("weight2", random.normal(size=(32, 5)).astype(np.float32)),
        ],
    )
    return model(graph), [random.normal(size=(3, 24)).astype(np.float32)]


def control_flow(random):
    """If, Loop and Scan, whose bodies use values of the graph around them."""
    then = helper.make_graph([helper.make_node("Mul", ["x", "two"], ["then_y"])], "then", [], [value("then_y", None)])
    otherwise = helper.make_graph([helper.make_node("Neg", ["x"], ["else_y"])], "else", [], [value("else_y", None)])
    body = helper.make_graph(
        [
            helper.make_node("Add", ["carried", "two"], ["next"]),
            helper.make_node("Identity", ["going"], ["still_going"]),
            helper.make_node("ReduceSum", ["next"], ["sum"], keepdims=0),
        ],
        "body",
        [value("i", [], TensorProto.INT64), value("going", [], TensorProto.BOOL), value("carried", None)],
        [value("still_going", [], TensorProto.BOOL), value("next", None), value("sum", [])],
    )
    step = helper.make_graph(
        [helper.make_node("Add", ["state", "row"], ["state_out"]), helper.make_node("Identity", ["state_out"], ["out"])],
        "step", [value("state", [3]), value("row", [3])], [value("state_out", [3]), value("out", [3])],
    )
    graph = helper.make_graph(
        [
            helper.make_node("ReduceSum", ["x"], ["total"], keepdims=0),
            helper.make_node("Greater", ["total", "zero"], ["positive"]),
            helper.make_node("If", ["positive"], ["chosen"], then_branch=then, else_branch=otherwise),
            helper.make_node("Loop", ["count", "", "chosen"], ["looped", "sums"], body=body),
            helper.make_node("Scan", ["start", "looped"], ["last", "running"], body=step, num_scan_inputs=1),
        ],
        "control_flow", [value("x", [4, 3]), value("count", [], TensorProto.INT64)],
        [value("looped", [4, 3]), value("sums", ["n"]), value("last", [3]), value("running", [4, 3])],
        [tensor("two", np.float32(2)), tensor("zero", np.float32(0)), tensor("start", np.zeros(3, np.float32))],
    )
    return model(graph), [-random.random((4, 3)).astype(np.float32), np.array(3, np.int64)]


def functions(random):
    """A function of the model's own, called twice with different attributes, which calls another one."""
    inner = helper.make_function(
        "hinge.test", "Scaled", ["x", "factor"], ["y"], [helper.make_node("Mul", ["x", "factor"], ["y"])],
        [helper.make_opsetid("", 21)],
    )
    alpha = helper.make_node("LeakyRelu", ["scaled"], ["y"])
    alpha.attribute.append(onnx.AttributeProto(name="alpha", ref_attr_name="slope", type=onnx.AttributeProto.FLOAT))
    outer = helper.make_function(
        "hinge.test", "ScaledLeaky", ["x", "factor"], ["y"],
        [helper.make_node("Scaled", ["x", "factor"], ["scaled"], domain="hinge.test"), alpha],
        [helper.make_opsetid("", 21), helper.make_opsetid("hinge.test", 1)],
        attribute_protos=[helper.make_attribute("slope", 0.25)],
    )
    graph = helper.make_graph(
        [
            helper.make_node("ScaledLeaky", ["x", "three"], ["a"], domain="hinge.test", slope=0.5),
            helper.make_node("ScaledLeaky", ["a", "three"], ["y"], domain="hinge.test"),
        ],
        "functions", [value("x", ["n"])], [value("y", ["n"])], [tensor("three", np.float32(3))],
    )
    made = model(graph, functions=[inner, outer])
    made.opset_import.append(helper.make_opsetid("hinge.test", 1))
    return made, [random.normal(size=7).astype(np.float32)]


def data_types(random):
    """An initializer of every element type, in raw and in typed storage; those that a computer can add are summed."""
    float_types = [TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16]
    small_floats = [
        TensorProto.FLOAT8E4M3FN, TensorProto.FLOAT8E4M3FNUZ, TensorProto.FLOAT8E5M2, TensorProto.FLOAT8E5M2FNUZ,
        TensorProto.FLOAT4E2M1,
    ]
    signed = [TensorProto.INT8, TensorProto.INT16, TensorProto.INT32, TensorProto.INT64, TensorProto.INT4]
    unsigned = [TensorProto.UINT8, TensorProto.UINT16, TensorProto.UINT32, TensorProto.UINT64, TensorProto.UINT4]
    initializers = []
    for kind in float_types + small_floats:
        initializers.append(helper.make_tensor(f"typed{kind}", kind, [5], [-1.5, 0, 0.5, 2, 3]))
    for kind in signed:
        initializers.append(helper.make_tensor(f"typed{kind}", kind, [5], [-7, 0, 1, 2, 5]))
    for kind in unsigned:
        initializers.append(helper.make_tensor(f"typed{kind}", kind, [5], [7, 0, 1, 2, 15]))
    initializers.append(helper.make_tensor(f"typed{TensorProto.BOOL}", TensorProto.BOOL, [5], [1, 0, 1, 1, 0]))
    for kind in (TensorProto.COMPLEX64, TensorProto.COMPLEX128):
        initializers.append(helper.make_tensor(f"typed{kind}", kind, [2], [1 + 2j, -3j]))
    initializers.append(helper.make_tensor(f"typed{TensorProto.STRING}", TensorProto.STRING, [3], ["", "é", "a\0b"]))
    raw = []
    for proto in initializers:
        if proto.data_type != TensorProto.STRING:
            array = numpy_helper.to_array(proto)
            raw.append(numpy_helper.from_array(array, proto.name.replace("typed", "raw")))
    summed = [*float_types, TensorProto.INT8, TensorProto.INT32, TensorProto.INT64, TensorProto.UINT8, TensorProto.BOOL]
    nodes, names = [], ["x"]
    for kind in summed:
        for storage in ("typed", "raw"):
            names.append(f"cast_{storage}{kind}")
            nodes.append(helper.make_node("Cast", [f"{storage}{kind}"], [names[-1]], to=TensorProto.FLOAT))
    nodes.append(helper.make_node("Sum", names, ["y"]))
    made = model(
        helper.make_graph(nodes, "data_types", [value("x", [5])], [value("y", [5])], initializers + raw), opset=23
    )
    made.ir_version = 11
    return made, [random.normal(size=5).astype(np.float32)]


def sequences(random):
    """Sequences and optionals as values inside the graph."""
    graph = helper.make_graph(
        [
            helper.make_node("SplitToSequence", ["x", "sizes"], ["parts"], axis=0),
            helper.make_node("SequenceInsert", ["parts", "x", "position"], ["more"]),
            helper.make_node("SequenceLength", ["more"], ["length"]),
            helper.make_node("SequenceAt", ["more", "position"], ["second"]),
            helper.make_node("ConcatFromSequence", ["more"], ["joined"], axis=0),
        ],
        "sequences", [value("x", [5, 2])],
        [value("length", [], TensorProto.INT64), value("second", ["n", 2]), value("joined", ["m", 2])],
        [tensor("sizes", np.array([2, 3])), tensor("position", np.array(1))],
    )
    return model(graph), [random.normal(size=(5, 2)).astype(np.float32)]


def every_field(random):
    """Descriptions, metadata, denotations, annotations, a sparse initializer, overridable inputs and unknown fields."""
    x = value("x", ["batch", 3])
    x.doc_string = "the only input"
    x.type.denotation = "TENSOR"
    x.type.tensor_type.shape.dim[0].denotation = "DATA_BATCH"
    x.metadata_props.add(key="unit", value="metre")
    weights = numpy_helper.from_array(np.array([2.0, -1.0], np.float32), "sparse")
    sparse = helper.make_sparse_tensor(weights, numpy_helper.from_array(np.array([0, 2])), [3])
    node = helper.make_node("Mul", ["x", "sparse"], ["scaled"], "scale", doc_string="a node")
    node.domain = ""  # present, and empty
    node.metadata_props.add(key="layer", value="scale")
    relu = helper.make_node("LeakyRelu", ["scaled"], ["active"], "", alpha=0.01)  # a default, given all the same
    relu.attribute[0].doc_string = "an attribute"
    add = helper.make_node("Add", ["active", "offset"], ["y"], "Ünïcode / name")
    graph = helper.make_graph(
        [node, relu, add], "every_field", [x, value("offset", [1])], [value("y", ["batch", 3])],
        [tensor("offset", np.array([0.5], np.float32))], doc_string="a graph\nin two lines",
        value_info=[value("scaled", ["batch", 3])], sparse_initializer=[sparse],
    )
    graph.metadata_props.add(key="graph", value="")
    annotation = graph.quantization_annotation.add(tensor_name="active")
    annotation.quant_parameter_tensor_names.add(key="SCALE_TENSOR", value="offset")
    made = model(graph, doc_string="a model", domain="hinge.test", model_version=7, producer_version="")
    helper.set_model_props(made, {"author": "Hinge", "empty": ""})
    unknown = bytes([0xFA, 0xFF, 0x03, 0x03]) + b"abc" + bytes([0xF0, 0xFF, 0x03, 0x2A])  # fields 8191 and 8190
    made.MergeFromString(unknown)
    made.graph.node[0].MergeFromString(unknown)
    inputs = [random.normal(size=(2, 3)).astype(np.float32), np.array([0.25], np.float32)]
    return made, inputs


def int8(random):
    """The residual block in int8, as ONNX Runtime's quantizer writes it."""
    from onnxruntime import quantization

    class Reader(quantization.CalibrationDataReader):
        def __init__(self):
            self.batches = iter([{"x": random.normal(size=(2, 4, 8, 8)).astype(np.float32)} for _ in range(4)])

        def get_next(self):
            return next(self.batches, None)

    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "int8.onnx"
        quantization.quantize_static(
            str(HERE / "torch-residual.onnx"), str(path), Reader(), per_channel=True,
            weight_type=quantization.QuantType.QInt8, activation_type=quantization.QuantType.QUInt8,
        )
        return onnx.load(path), [random.normal(size=(2, 4, 8, 8)).astype(np.float32)]
