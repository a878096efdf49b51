#!/usr/bin/env python3
"""Writes small ONNX models as other tools write them. Run by `./dev fixtures`.

Each is NAME.onnx and NAME.npz: in_0, in_1 ... are inputs, out_0 ... are ONNX Runtime's outputs for them, in the order
of the graph's inputs and outputs. Names say where a model comes from:

    torch-*     PyTorch, through its TorchScript exporter
    dynamo-*    PyTorch, through its newer exporter, which writes other operators and metadata
    ort-*       ONNX Runtime's quantizer
    onnx-*      the `onnx` package itself: parts of the format that the others do not write
"""

import dataclasses
import logging
import pathlib
import tempfile
import warnings
from collections.abc import Callable

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent
SEED = 5

# The checker's shape inference takes a sparse initializer for a value of sparse type, which no operator accepts.
WITHOUT_SHAPES = {"onnx-every-field"}


# MARK: PyTorch networks


class LSTM(nn.Module):
    """Two layers, both directions, and a projection of the last step."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(6, 8, num_layers=2, bidirectional=True, batch_first=True)
        self.out = nn.Linear(16, 4)

    def forward(self, x):
        steps, (hidden, cell) = self.rnn(x)
        return self.out(steps[:, -1]), hidden, cell


class GRU(nn.Module):
    """Takes its initial state as an input."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(6, 8)

    def forward(self, x, state):
        return self.rnn(x, state)


class Elman(nn.Module):
    """A plain recurrent network with ReLU, not tanh."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(5, 7, nonlinearity="relu", batch_first=True)

    def forward(self, x):
        return self.rnn(x)[0]


class Transformer(nn.Module):
    """One encoder block: attention of two heads, layer normalization, GELU, residual sums."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 16)
        self.position = nn.Parameter(torch.randn(1, 12, 16) * 0.1)
        self.query, self.key, self.value = (nn.Linear(16, 16) for _ in range(3))
        self.out = nn.Linear(16, 16)
        self.norm1, self.norm2 = nn.LayerNorm(16), nn.LayerNorm(16)
        self.feed = nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 16))

    def heads(self, x):
        return x.view(x.shape[0], -1, 2, 8).transpose(1, 2)

    def forward(self, tokens):
        x = self.embedding(tokens) + self.position[:, : tokens.shape[1]]
        y = self.norm1(x)
        query, key, value = self.heads(self.query(y)), self.heads(self.key(y)), self.heads(self.value(y))
        weights = torch.softmax(query @ key.transpose(-1, -2) / 8**0.5, dim=-1)
        x = x + self.out((weights @ value).transpose(1, 2).reshape(x.shape))
        return x + self.feed(self.norm2(x))


class Residual(nn.Module):
    """A ResNet block that halves the image, with a projection on the short cut."""

    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(4, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
            nn.Conv2d(8, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8),
        )
        self.short = nn.Sequential(nn.Conv2d(4, 8, 1, stride=2, bias=False), nn.BatchNorm2d(8))

    def forward(self, x):
        return torch.relu(self.main(x) + self.short(x)).mean((2, 3))


class Mobile(nn.Module):
    """An inverted residual block with a depthwise convolution, hard swish and squeeze-and-excitation."""

    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(4, 12, 1), nn.Hardswish(),
            nn.Conv2d(12, 12, 5, padding=2, groups=12), nn.BatchNorm2d(12), nn.ReLU6(),
        )
        self.squeeze = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(12, 3, 1), nn.SiLU(), nn.Conv2d(3, 12, 1), nn.Hardsigmoid()
        )
        self.out = nn.Conv2d(12, 4, 1)

    def forward(self, x):
        y = self.main(x)
        return x + self.out(y * self.squeeze(y))


class UNet(nn.Module):
    """Down and up again: strided, dilated and transposed convolution, resizing, concatenation, group normalization."""

    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(2, 6, 3, stride=2, padding=1), nn.GroupNorm(3, 6), nn.Mish())
        self.middle = nn.Sequential(nn.Conv2d(6, 6, 3, padding=2, dilation=2), nn.InstanceNorm2d(6), nn.Softplus())
        self.up = nn.ConvTranspose2d(12, 4, 3, stride=2, padding=1, output_padding=1)
        self.pool = nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)

    def forward(self, x):
        y = self.down(x)
        half = nn.functional.interpolate(y, scale_factor=0.5, mode="bilinear", align_corners=False)
        back = nn.functional.interpolate(self.middle(half), scale_factor=2.0, mode="nearest")
        z = nn.functional.leaky_relu(self.up(torch.cat([y, back], 1)), 0.2)
        return self.pool(nn.functional.pad(z, (1, 2, 0, 1), mode="reflect"))


class Series(nn.Module):
    """Convolution and pooling along one dimension, with slices, a split and a product by channel."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(3, 8, 4, stride=2, padding=1)
        self.slope = nn.PReLU(8)
        self.pool = nn.MaxPool1d(3, stride=2, ceil_mode=True)

    def forward(self, x):
        a, gate = self.slope(self.conv(x)).chunk(2, dim=1)
        y = self.pool(a * torch.sigmoid(gate))
        return torch.cat([y[:, :, ::2], y[:, :, 1:2]], 2).flatten(1), y.argmax(1)


class Volume(nn.Module):
    """Convolution in three dimensions."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv3d(1, 3, (2, 3, 3), padding=(0, 1, 1)), nn.BatchNorm3d(3), nn.CELU(1.5), nn.MaxPool3d(2)
        )

    def forward(self, x):
        return self.net(x)


class Mathematics(nn.Module):
    """Functions without weights: comparisons, selection, reductions, and their shapes at run time."""

    def forward(self, a, b):
        c = torch.where(a > b, a.sqrt() + b.exp(), torch.tanh(a) - b.sin())
        d = c.clamp(-1, 2).pow(2).sum(-1, keepdim=True) / c.shape[1]
        top, index = c.topk(2, dim=1)
        return torch.erf(d) * c.amax(), top, index, c.cumsum(1), torch.log_softmax(c, 0)


def random(*shape):
    return torch.randn(*shape)


@dataclasses.dataclass
class Case:
    """One export: the network, its inputs, and the dimensions that may vary (by input name)."""

    name: str
    network: type[nn.Module]
    inputs: Callable[[], tuple[torch.Tensor, ...]]
    axes: dict[str, dict[int, str]]
    opset: int = 18
    newer_exporter: bool = False
    folds: bool = True


CASES = [
    Case("torch-lstm", LSTM, lambda: (random(3, 5, 6),), {"x": {0: "batch", 1: "steps"}}),
    Case("torch-gru", GRU, lambda: (random(5, 3, 6), random(1, 3, 8)), {"x": {0: "steps"}, "state": {}}),
    Case("torch-rnn", Elman, lambda: (random(2, 4, 5),), {"x": {0: "batch"}}),
    Case("torch-transformer", Transformer, lambda: (torch.randint(0, 20, (2, 9)),), {"tokens": {0: "batch"}}),
    Case("torch-residual", Residual, lambda: (random(2, 4, 8, 8),), {"x": {0: "batch"}}, folds=False),
    Case("torch-mobile", Mobile, lambda: (random(2, 4, 7, 7),), {"x": {}}),
    Case("torch-unet", UNet, lambda: (random(1, 2, 16, 16),), {"x": {}}),
    Case("torch-series", Series, lambda: (random(2, 3, 21),), {"x": {0: "batch"}}),
    Case("torch-volume", Volume, lambda: (random(1, 1, 5, 6, 6),), {"x": {}}, folds=False),
    Case(
        "torch-mathematics", Mathematics, lambda: (random(3, 4).abs(), random(3, 4)),
        {"a": {0: "rows"}, "b": {0: "rows"}},
    ),
    Case("torch-residual-opset9", Residual, lambda: (random(2, 4, 8, 8),), {"x": {0: "batch"}}, 9, folds=False),
    Case("torch-mobile-opset11", Mobile, lambda: (random(2, 4, 7, 7),), {"x": {}}, 11),
    Case("torch-series-opset13", Series, lambda: (random(2, 3, 21),), {"x": {0: "batch"}}, 13),
    Case("dynamo-transformer", Transformer, lambda: (torch.randint(0, 20, (2, 9)),), {"tokens": {}}, 20, True),
    Case("dynamo-mobile", Mobile, lambda: (random(2, 4, 7, 7),), {"x": {}}, 18, True),
]


def settle(model):
    """Gives normalization layers statistics and factors that are not 0 and 1."""
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            nn.init.uniform_(module.running_var, 0.5, 2)
            nn.init.normal_(module.running_mean)
        if isinstance(module, (nn.modules.batchnorm._BatchNorm, nn.LayerNorm, nn.GroupNorm)):
            nn.init.uniform_(module.weight, 0.5, 2)
            nn.init.normal_(module.bias)


def export(case):
    torch.manual_seed(SEED)
    model = case.network()
    settle(model)
    model.eval()
    inputs = case.inputs()
    with torch.no_grad():
        expected = model(*inputs)
    if case.newer_exporter:
        options = {"dynamo": True, "external_data": False, "verbose": False}
    else:
        options = {"dynamo": False, "dynamic_axes": case.axes}
        if not case.folds:  # keeps batch normalization a node of its own
            options["training"] = torch.onnx.TrainingMode.PRESERVE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model, inputs, str(HERE / f"{case.name}.onnx"), input_names=list(case.axes), opset_version=case.opset,
            **options,
        )
    expected = [expected] if isinstance(expected, torch.Tensor) else list(expected)
    record(case.name, [value.numpy() for value in inputs], [value.numpy() for value in expected])


# MARK: What the exporters do not write


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


def write(name, make):
    made, inputs = make(np.random.default_rng(SEED))
    path = HERE / f"{name}.onnx"
    if make is external:
        data = HERE / f"{name}.data"
        data.unlink(missing_ok=True)  # onnx.save appends
        onnx.save(
            made, path, save_as_external_data=True, all_tensors_to_one_file=True, location=data.name, size_threshold=0
        )
        data.chmod(0o644)
    else:
        path.write_bytes(made.SerializeToString(deterministic=True))
    record(name, inputs)


def record(name, inputs, expected=None):
    """Checks the model, runs it in ONNX Runtime and writes NAME.npz; `expected` are the outputs of where it came from."""
    path = HERE / f"{name}.onnx"
    onnx.checker.check_model(str(path), full_check=name not in WITHOUT_SHAPES)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    # Inputs that have an initializer may be left out, and stand in a list of their own.
    declared = [item.name for item in [*session.get_inputs(), *session.get_overridable_initializers()]]
    outputs = session.run(None, dict(zip(declared, inputs, strict=True)))
    for output, wanted in zip(outputs, expected or outputs, strict=True):
        np.testing.assert_allclose(output, wanted, rtol=1e-4, atol=1e-5, err_msg=name)
    arrays = {f"in_{i}": array for i, array in enumerate(inputs)}
    arrays |= {f"out_{i}": array for i, array in enumerate(outputs)}
    np.savez_compressed(HERE / f"{name}.npz", **arrays)
    print(f"{name:24} {path.stat().st_size:7} bytes, {len(inputs)} inputs, {len(outputs)} outputs")


OTHERS = [
    ("onnx-external", external),
    ("onnx-control-flow", control_flow),
    ("onnx-functions", functions),
    ("onnx-data-types", data_types),
    ("onnx-sequences", sequences),
    ("onnx-every-field", every_field),
    ("ort-int8", int8),
]


def main():
    logging.disable(logging.WARNING)
    for case in CASES:
        export(case)
    for name, make in OTHERS:
        write(name, make)


if __name__ == "__main__":
    main()
