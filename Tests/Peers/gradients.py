"""Gradients: Hinge's are PyTorch's.

    gradients.py HINGE [--only TEXT]

A function of PyTorch is exported as ONNX in double precision, the graph gets a node `Gradient` of the sum of its output, and both
engines of Hinge compute what PyTorch's autograd does: by the inputs, and of networks by every parameter that the file keeps. So does
ONNX Runtime, where it has kernels, with what `hinge simplify` writes for the node.
Besides, the digits network, whose weights are read from its file. Functions with corners are asked at the corners too.
Needs PyTorch, which `make-venv.sh fixtures` installs.
"""

import io
import pathlib
import sys
import tempfile
import warnings

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

from control import expected
from report import Report, recorded, relative_l2, run

ROOT = pathlib.Path(__file__).resolve().parents[2]
TRAINING = "ai.onnx.preview.training"

# In double precision, but for what exporters compute in single: the constants of activations.
TOLERANCE = 1e-6
# The digits network is one of single precision.
SINGLE = 2e-5


def differentiated(model, y, xs):
    """The model, giving the gradients of the sum of y by each of xs and nothing else."""
    model = onnx.ModelProto.FromString(model.SerializeToString())
    outputs = [f"gradient_{index}" for index in range(len(xs))]
    model.graph.node.append(helper.make_node("Gradient", xs, outputs, domain=TRAINING, xs=xs, y=y))
    model.opset_import.append(helper.make_opsetid(TRAINING, 1))
    del model.graph.output[:]
    kinds = {info.name: info.type.tensor_type.elem_type for info in model.graph.input}
    kinds.update({tensor.name: tensor.data_type for tensor in model.graph.initializer})
    model.graph.output.extend(
        helper.make_tensor_value_info(output, kinds[x], None) for x, output in zip(xs, outputs)
    )
    return model


def hinge_outputs(hinge, model, inputs, folder, engine):
    path = folder / "gradient.onnx"
    path.write_bytes(model.SerializeToString())
    arguments = []
    for info, value in zip(model.graph.input, inputs):
        file = folder / f"{len(arguments)}.npy"
        np.save(file, np.ascontiguousarray(value))
        arguments += ["--input", f"{info.name}={file}"]
    run(hinge, "run", path, *arguments, "--output-dir", folder, "--engine", engine)
    return [np.load(folder / f"{output.name}.npy") for output in model.graph.output]


def runtime_outputs(hinge, folder, inputs):
    """What ONNX Runtime computes of the gradients that Hinge wrote as ordinary operators; None where it has no kernel."""
    path = folder / "ordinary.onnx"
    run(hinge, "simplify", "--no-verify", folder / "gradient.onnx", path)
    names = [info.name for info in onnx.load(path).graph.input]
    try:
        return expected(path, dict(zip(names, inputs)))
    except onnxruntime.capi.onnxruntime_pybind11_state.NotImplemented:
        return None


def agree(hinge, folder, model, y, xs, inputs, known, tolerance):
    worst = 0.0
    gradient = differentiated(model, y, xs)
    results = {engine: hinge_outputs(hinge, gradient, inputs, folder, engine) for engine in ("reference", "fast")}
    ordinary = runtime_outputs(hinge, folder, inputs)
    if ordinary is not None:
        results["ONNX Runtime"] = ordinary
    for engine, values in results.items():
        for x, found, wanted in zip(xs, values, known):
            error = relative_l2(found, wanted)
            if not error <= tolerance:
                raise ValueError(f"{x}, {engine}: relative L2 error {error:.1e}, found {found.ravel()[:4]}")
            worst = max(worst, error)
    return f"{worst:.1e} on {len(results)} engines"


# --- Functions --------------------------------------------------------------------------------------


def functions():
    """Names, functions of PyTorch, and the shapes or values of what they are of."""
    import torch
    import torch.nn.functional as F

    corners = torch.tensor([-2.0, -1, -0.5, -0.0, 0, 0.5, 1, 2, 3, -3, 6])
    elementwise = {
        "relu": F.relu, "leaky_relu": lambda x: F.leaky_relu(x, 0.1), "elu": F.elu, "selu": F.selu,
        "sigmoid": torch.sigmoid, "tanh": torch.tanh, "softplus": F.softplus, "softsign": F.softsign,
        "gelu": F.gelu, "silu": F.silu, "mish": F.mish, "abs": torch.abs,
        "erf": torch.erf, "sin": torch.sin, "atan": torch.atan, "clamp": lambda x: x.clamp(-1, 2),
        "floor": torch.floor, "sign": torch.sign,
    }
    for name, function in elementwise.items():
        yield name, function, [corners]
    # At their bounds these have the slope 0 in PyTorch, and are written as Clip, which has 1 there as clamp does.
    inside = torch.tensor([-2.0, -0.5, 0.5, 2, 7])
    yield "hardtanh", F.hardtanh, [inside]
    yield "relu6", F.relu6, [inside]
    yield "hardswish", F.hardswish, [torch.tensor([-5.0, -2, -1, 0, 1, 2, 5])]
    yield "hardsigmoid", F.hardsigmoid, [torch.tensor([-5.0, -2, -1, 0, 1, 2, 5])]
    yield "maximum, equal", torch.maximum, [torch.tensor([1.0, 2, 3]), torch.tensor([2.0, 2, 1])]
    yield "minimum, equal", torch.minimum, [torch.tensor([1.0, 2, 3]), torch.tensor([2.0, 2, 1])]
    yield "amax, equal", lambda x: x.amax(-1), [torch.tensor([[1.0, 3, 3], [2, 0, 1]])]
    yield "amin, equal", lambda x: x.amin(-1), [torch.tensor([[1.0, 3, 1], [2, 0, 0]])]
    yield "max_pool2d, equal", lambda x: F.max_pool2d(x, 2), [torch.tensor([[[[1.0, 1, 0, 2], [1, 0, 2, 2]]]])]
    yield "norm, zero", lambda x: x.norm(dim=-1), [torch.tensor([[0.0, 0, 0], [1, 2, -2]])]
    yield "logsumexp", lambda x: x.logsumexp(-1), [(3, 4)]
    yield "softmax", lambda x: F.softmax(x, 1), [(2, 3, 4)]
    yield "log_softmax", lambda x: F.log_softmax(x, -1), [(2, 3)]
    yield "pow", lambda x, y: x.abs().pow(y), [(3, 2), (2,)]
    yield "pow, zero", lambda x: x.pow(3) + x.pow(2), [torch.tensor([0.0, 1, -2])]
    yield "divide", lambda x, y: x / (y * y + 1), [(3, 1), (2,)]
    yield "where", lambda x, y: torch.where(x > 0, x * y, y), [(3, 4), (4,)]
    yield "prod, zero", lambda x: x.prod(1), [torch.tensor([[0.0, 2, 3], [0, 0, 4], [1, 2, 3]])]
    yield "cumsum", lambda x: x.cumsum(1), [(2, 5)]
    yield "mean", lambda x: x.mean((0, 2)), [(2, 3, 4)]
    yield "matmul", torch.matmul, [(2, 1, 3, 4), (5, 4, 2)]
    yield "matmul, vector", torch.matmul, [(2, 3, 4), (4,)]
    yield "einsum", lambda x, y: torch.einsum("bij,bkj->bik", x, y), [(2, 3, 4), (2, 2, 4)]
    yield "conv1d", lambda x, w, b: F.conv1d(x, w, b, stride=2, padding=1, dilation=2), [(2, 3, 9), (4, 3, 2), (4,)]
    yield "conv2d, groups", lambda x, w: F.conv2d(x, w, stride=(2, 1), padding=(1, 2), groups=2), [(2, 4, 5, 6), (6, 2, 3, 2)]
    transposed = {"stride": 2, "padding": 1, "output_padding": 1}
    yield "conv_transpose2d", lambda x, w: F.conv_transpose2d(x, w, **transposed), [(1, 2, 3, 4), (2, 3, 3, 3)]
    yield "max_pool2d", lambda x: F.max_pool2d(x, 3, 2, 1), [(1, 2, 7, 6)]
    yield "avg_pool2d", lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False), [(1, 2, 7, 6)]
    yield "avg_pool2d, ceil", lambda x: F.avg_pool2d(x, 3, 2, 1, ceil_mode=True), [(1, 2, 6, 6)]
    yield "adaptive_avg_pool2d", lambda x: F.adaptive_avg_pool2d(x, 1), [(2, 3, 4, 4)]
    yield "layer_norm", lambda x, w, b: F.layer_norm(x, (4,), w, b), [(2, 3, 4), (4,), (4,)]
    yield "group_norm", lambda x, w, b: F.group_norm(x, 2, w, b), [(2, 4, 3), (4,), (4,)]
    yield "instance_norm", lambda x: F.instance_norm(x), [(2, 3, 5)]
    mean, variance = torch.tensor([0.5, -1, 2]).double(), torch.tensor([1.5, 0.5, 3]).double()
    yield "batch_norm", lambda x, w, b: F.batch_norm(x, mean, variance, w, b), [(2, 3, 5), (3,), (3,)]
    yield "pad, reflect", lambda x: F.pad(x, (1, 2, 2, 1), "reflect"), [(1, 2, 4, 5)]
    yield "pad, replicate", lambda x: F.pad(x, (1, 2, 2, 1), "replicate"), [(1, 2, 4, 5)]
    yield "gather", lambda x: x.gather(1, torch.tensor([[0, 2, 2], [1, 1, 0]])), [(2, 4)]
    yield "index_select", lambda x: x.index_select(1, torch.tensor([2, 0, 2])), [(2, 3, 2)]
    yield "scatter_add", lambda x, y: x.scatter_add(1, torch.tensor([[0, 2, 2]]), y), [(1, 4), (1, 3)]
    yield "slice, concat", lambda x, y: torch.cat([x[:, ::2], y[:, 1:], x[:, -1:]], 1), [(2, 5), (2, 3)]
    yield "repeat, expand", lambda x: x.repeat(2, 3) * x[:1].expand(4, 3).repeat(1, 3), [(2, 3)]
    yield "pixel_shuffle", lambda x: F.pixel_shuffle(x, 2), [(1, 8, 2, 3)]
    yield "tril, triu", lambda x: x.tril() + 2 * x.triu(1), [(3, 4)]
    yield "topk", lambda x: x.topk(2).values, [(3, 5)]
    yield "interpolate, nearest", lambda x: F.interpolate(x, scale_factor=2, mode="nearest"), [(1, 2, 3, 4)]
    yield "interpolate, bilinear", lambda x: F.interpolate(x, (5, 7), mode="bilinear"), [(1, 2, 3, 4)]
    yield "interpolate, bicubic", lambda x: F.interpolate(x, (5, 7), mode="bicubic", align_corners=True), [(1, 2, 3, 4)]
    yield "attention", F.scaled_dot_product_attention, [(1, 2, 3, 4)] * 3
    yield "cross_entropy", lambda x: F.cross_entropy(x, torch.tensor([1, 0, 3])), [(3, 4)]
    yield "cross_entropy, ignored", lambda x: F.cross_entropy(x, torch.tensor([1, -100, 3])), [(3, 4)]


def exported(module, inputs, opset=18):
    import torch

    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module, tuple(inputs), file, opset_version=opset, dynamo=False, do_constant_folding=False,
            input_names=[f"x{index}" for index in range(len(inputs))], output_names=["y"],
        )
    return onnx.ModelProto.FromString(file.getvalue())


def module_gradients(module, inputs):
    """The model of a module, and the gradients of the sum of its output times fixed weights, by PyTorch.

    By all inputs and all parameters that have their names in the file.
    """
    import torch

    class Weighted(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = module

        def forward(self, *values):
            y = self.inner(*values)
            return y * torch.cos(torch.arange(y.numel(), dtype=y.dtype)).reshape(y.shape)

    weighted = Weighted().double().eval()
    for parameter in weighted.parameters():
        # Different ones: the exporter stores what is equal once.
        torch.nn.init.normal_(parameter, std=0.5)
    values = [value.detach().double().requires_grad_() for value in inputs]
    model = exported(weighted, values)
    stored = {tensor.name for tensor in model.graph.initializer}
    parameters = {name: value for name, value in weighted.named_parameters() if name in stored}
    weighted(*values).sum().backward()
    gradients = [value.grad for value in [*values, *parameters.values()]]
    known = [
        np.zeros(value.shape) if gradient is None else gradient.numpy()
        for gradient, value in zip(gradients, [*values, *parameters.values()])
    ]
    xs = [f"x{index}" for index in range(len(values))] + list(parameters)
    return model, xs, [value.detach().numpy() for value in values], known


def check_module(hinge, folder, module, inputs):
    model, xs, values, known = module_gradients(module, inputs)
    note = agree(hinge, folder, model, "y", xs, values, known, TOLERANCE)
    return f"{len(xs)} gradients, {note}"


def check_function(hinge, folder, function, shapes):
    import torch

    torch.manual_seed(3)
    values = [shape if isinstance(shape, torch.Tensor) else torch.randn(shape, dtype=torch.float64) for shape in shapes]

    class Module(torch.nn.Module):
        def forward(self, *arguments):
            return function(*arguments)

    return check_module(hinge, folder, Module(), values)


# --- Networks ---------------------------------------------------------------------------------------


def networks():
    import torch
    from torch import nn

    torch.manual_seed(4)

    class Recurrent(nn.Module):
        def __init__(self, rnn):
            super().__init__()
            self.rnn = rnn

        def forward(self, x):
            return self.rnn(x)[0]

    yield "LSTM", Recurrent(nn.LSTM(3, 4, num_layers=2, bidirectional=True)), [(5, 2, 3)]
    yield "GRU", Recurrent(nn.GRU(3, 4, batch_first=True)), [(2, 5, 3)]
    yield "RNN", Recurrent(nn.RNN(3, 4, nonlinearity="relu")), [(5, 2, 3)]
    block = nn.TransformerEncoderLayer(8, 2, 16, dropout=0, activation="gelu", batch_first=True, norm_first=True)
    yield "transformer block", block.train(), [(2, 5, 8)]
    yield "convolutions", nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 3, 2), nn.Flatten(),
        nn.Linear(12, 5), nn.LogSoftmax(-1),
    ).eval(), [(2, 2, 6, 6)]


def digits_gradients():
    """The digits network, run by PyTorch from the nodes of its file, and the gradients of the sum of its squared scores.

    PyTorch computes in double precision. Of the probabilities, which are all but 0 and 1, single precision leaves few digits of
    a gradient.
    """
    import torch
    import torch.nn.functional as F

    model = onnx.load(ROOT / "Fixtures/digits/digits-torch.onnx")
    inputs, _ = recorded(ROOT / "Fixtures/digits/digits-torch.npz")
    name, image = model.graph.input[0].name, inputs[0][:2]
    values = {tensor.name: torch.tensor(numpy_helper.to_array(tensor).copy()) for tensor in model.graph.initializer}
    values[name] = torch.tensor(image)
    values = {key: value.double() if value.is_floating_point() else value for key, value in values.items()}
    # PyTorch takes a mean and a variance that are given for constants.
    statistics = {key for node in model.graph.node if node.op_type == "BatchNormalization" for key in node.input[3:]}
    floats = [key for key, value in values.items() if value.is_floating_point() and key not in statistics]
    for key in floats:
        values[key].requires_grad_()
    for node in model.graph.node:
        options = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
        x = [values[key] if key else None for key in node.input]
        match node.op_type:
            case "Conv":
                begin = options.get("pads", [0, 0, 0, 0])
                assert begin[:2] == begin[2:], begin
                y = F.conv2d(*x, stride=options.get("strides", 1), padding=begin[:2], groups=options.get("group", 1))
            case "Gemm":
                y = F.linear(x[0], x[1] if options.get("transB") else x[1].T, x[2])
            case "MaxPool":
                y = F.max_pool2d(x[0], options["kernel_shape"], options.get("strides", 1))
            case "LeakyRelu":
                y = F.leaky_relu(x[0], options.get("alpha", 0.01))
            case "PRelu":
                y = torch.where(x[0] > 0, x[0], x[1] * x[0])
            case "Elu":
                y = F.elu(x[0], options.get("alpha", 1))
            case "Relu":
                y = F.relu(x[0])
            case "Flatten":
                y = x[0].flatten(1)
            case "Softmax":
                y = F.softmax(x[0], -1)
            case "BatchNormalization":
                y = F.batch_norm(x[0], x[3], x[4], x[1], x[2], eps=options.get("epsilon", 1e-5))
            case _:
                raise ValueError(f"unexpected {node.op_type}")
        values[node.output[0]] = y
    (y,) = [node.input[0] for node in model.graph.node if node.op_type == "Softmax"]
    model.graph.node.append(helper.make_node("Mul", [y, y], ["square"]))
    (values[y] * values[y]).sum().backward()
    return model, floats, [image], [values[key].grad.float().numpy() for key in floats]


def check_digits(hinge, folder):
    model, xs, inputs, known = digits_gradients()
    return agree(hinge, folder, model, "square", xs, inputs, known, SINGLE)


def check(hinge, report, folder, only=""):
    import torch

    for name, module, shapes in networks():
        if only in name:
            values = [torch.randn(shape, dtype=torch.float64) for shape in shapes]
            report.check(f"gradient of {name}", lambda: check_module(hinge, folder, module, values))
    if only in "digits network":
        report.check("gradient of the digits network", lambda: check_digits(hinge, folder))
    for name, function, shapes in functions():
        if only in name:
            report.check(f"gradient of {name}", lambda: check_function(hinge, folder, function, shapes))


if __name__ == "__main__":
    report = Report(verbose=True)
    with tempfile.TemporaryDirectory() as scratch:
        only = sys.argv[sys.argv.index("--only") + 1] if "--only" in sys.argv else ""
        check(sys.argv[1], report, pathlib.Path(scratch), only)
    print(report.summary())
    sys.exit(report.failed > 0)
