"""A network that hears whether somebody speaks: Hinge's engines and ONNX Runtime hear the same, chunk after chunk.

    voice.py HINGE

It is built as such networks are: a branch for each sampling rate, in which a branch sees whether there is a state yet; a Fourier
transform as a convolution, an encoder of convolutions, an LSTM whose state is an input and an output, and a decoder. Weights
are random, and stand outside of the branches that read them.
"""

import pathlib
import sys
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from report import Report, compare, run, run_onnx

# The samples of a chunk and the length of the transform, by the sampling rate.
RATES = {16000: (512, 256), 8000: (256, 128)}
HIDDEN = 32
CHUNKS = 3
TOLERANCE = 1e-5


def basis(length):
    """The rows of a Fourier transform under a Hann window, cosines and then sines, as kernels `[length + 2, 1, length]`."""
    angles = 2 * np.pi * np.outer(np.arange(length // 2 + 1), np.arange(length)) / length
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    return (np.concatenate([np.cos(angles), -np.sin(angles)]) * window)[:, None].astype(np.float32)


def branch(rate, random, weights):
    """The network for a sampling rate, as a graph without inputs."""
    _, length = RATES[rate]
    bins = length // 2 + 1
    nodes = []

    def weight(name, array):
        weights.append(numpy_helper.from_array(np.asarray(array), f"{name}_{rate}"))
        return weights[-1].name

    def drawn(name, *shape):
        return weight(name, (random.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))).astype(np.float32))

    def add(operator, inputs, output, **attributes):
        nodes.append(helper.make_node(operator, inputs, [f"{output}_{rate}"], **attributes))
        return f"{output}_{rate}"

    def body(operator, inputs, name, **attributes):
        node = helper.make_node(operator, inputs, [f"{name}_{rate}"], **attributes)
        return helper.make_graph([node], name, [], [helper.make_tensor_value_info(f"{name}_{rate}", TensorProto.FLOAT, None)])

    ints = {name: weight(name, np.array(value)) for name, value in {
        "axis1": [1], "pads": [0, 0, length // 4, 0, 0, length // 4], "half": [bins, bins], "batch": 1, "zero": 0, "two": [2],
        "hidden": [HIDDEN], "axis0": [0], "first": [0], "last": [-1]}.items()}
    # What there is of a state: none at first.
    past = add("Gather", [add("Shape", ["state"], "extents"), ints["batch"]], "past", axis=0)
    batch = add("Slice", [add("Shape", ["input"], "shape"), ints["first"], ints["axis1"]], "batches")
    state = add(
        "If", [add("Equal", [past, ints["zero"]], "isFirst")], "known",
        then_branch=body(
            "ConstantOfShape", [add("Concat", [ints["two"], batch, ints["hidden"]], "wanted", axis=0)], "fresh"),
        else_branch=body("Identity", ["state"], "kept"))
    wave = add("Pad", [add("Unsqueeze", ["input", ints["axis1"]], "channel"), ints["pads"]], "padded", mode="reflect")
    spectrum = add("Conv", [wave, weight("basis", basis(length))], "spectrum", strides=[length // 2])
    nodes.append(helper.make_node("Split", [spectrum, ints["half"]], [f"re_{rate}", f"im_{rate}"], axis=1))
    squares = [add("Mul", [part, part], f"{name}2") for name, part in (("re", f"re_{rate}"), ("im", f"im_{rate}"))]
    value = add("Sqrt", [add("Add", squares, "power")], "magnitude")
    for index, (channels, outputs, stride) in enumerate([(bins, 32, 1), (32, 16, 2), (16, HIDDEN, 2)]):
        inputs = [value, drawn(f"w{index}", outputs, channels, 3), drawn(f"b{index}", outputs)]
        value = add(
            "Relu", [add("Conv", inputs, f"c{index}", pads=[1, 1], strides=[stride])], f"r{index}")
    steps = add("Transpose", [value], "steps", perm=[2, 0, 1])
    nodes.append(helper.make_node("Split", [state], [f"h_{rate}", f"c_{rate}"], axis=0))
    lstm = [drawn(name, 1, 4 * HIDDEN, width) for name, width in (("w", HIDDEN), ("r", HIDDEN))]
    nodes.append(helper.make_node(
        "LSTM", [steps, *lstm, drawn("b", 1, 8 * HIDDEN), "", f"h_{rate}", f"c_{rate}"],
        [f"{name}_{rate}" for name in ("all", "hn", "cn")], hidden_size=HIDDEN))
    heard = add("Relu", [add("Squeeze", [f"all_{rate}", ints["axis1"]], "features")], "heard")
    rows = add("Transpose", [heard], "rows", perm=[1, 2, 0])
    speech = add("Sigmoid", [add("Conv", [rows, drawn("wo", 1, HIDDEN, 1)], "logits")], "speech")
    outputs = [
        add("ReduceMean", [speech], "output", axes=[2], keepdims=0),
        add("Concat", [f"hn_{rate}", f"cn_{rate}"], "next", axis=0),
    ]
    infos = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
    return helper.make_graph(nodes, f"at {rate}", [], infos)


def model(random):
    weights = [numpy_helper.from_array(np.array(16000), "wide")]
    branches = {rate: branch(rate, random, weights) for rate in RATES}
    nodes = [
        helper.make_node("Equal", ["sr", "wide"], ["isWide"]),
        helper.make_node(
            "If", ["isWide"], ["output", "stateN"], then_branch=branches[16000], else_branch=branches[8000]),
    ]
    inputs = [
        helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", "samples"]),
        helper.make_tensor_value_info("state", TensorProto.FLOAT, [2, "past", HIDDEN]),
        helper.make_tensor_value_info("sr", TensorProto.INT64, []),
    ]
    outputs = [
        helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", 1]),
        helper.make_tensor_value_info("stateN", TensorProto.FLOAT, [2, "batch", HIDDEN]),
    ]
    graph = helper.make_graph(nodes, "voice", inputs, outputs, weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 16)], ir_version=8)


def chunks(rate, batch):
    """A tone that rises, in noise."""
    random = np.random.default_rng(rate)
    size = RATES[rate][0]
    time = np.arange(CHUNKS * size) / rate
    wave = np.sin(2 * np.pi * (200 + 4000 * time) * time) * [[0.5]] * np.arange(1, batch + 1)[:, None]
    wave += random.standard_normal(wave.shape) * 0.05
    return np.split(wave.astype(np.float32), CHUNKS, axis=1)


def listen(step, rate, batch):
    """All outputs, one chunk after the other, each with the state that the one before left."""
    state, outputs = np.zeros((2, 0, HIDDEN), np.float32), []
    for chunk in chunks(rate, batch):
        speech, state = step(chunk, state, np.array(rate))
        outputs += [speech, state]
    return outputs


def in_hinge(hinge, path, engine, folder):
    def step(*values):
        arguments = []
        for name, value in zip(("input", "state", "sr"), values):
            np.save(folder / f"{name}.npy", value)
            arguments += ["--input", f"{name}={folder / name}.npy"]
        run(hinge, "run", path, *arguments, "--engine", engine, "--output-dir", folder, "--quiet")
        return [np.load(folder / f"{name}.npy") for name in ("output", "stateN")]

    return step


def check(hinge, report, folder):
    path, simple = folder / "voice.onnx", folder / "simple.onnx"
    onnx.save(model(np.random.default_rng(5)), path)
    expected = {
        (rate, batch): listen(lambda *values: run_onnx(path, values), rate, batch) for rate in RATES for batch in (1, 3)}

    def simplified():
        run(hinge, "simplify", path, simple, "--opset", 21, "--no-verify")
        return compare(listen(lambda *values: run_onnx(simple, values), 8000, 3), expected[8000, 3], TOLERANCE)

    report.check("voice: simplified, at opset 21, in ONNX Runtime", simplified)
    for (rate, batch), outputs in expected.items():
        for engine in ("fast", "reference"):
            report.check(
                f"voice: {batch} at {rate} Hz ({engine})",
                lambda: compare(listen(in_hinge(hinge, path, engine, folder), rate, batch), outputs, TOLERANCE))


def main():
    report = Report(verbose=True)
    with tempfile.TemporaryDirectory() as temporary:
        check(pathlib.Path(sys.argv[1]), report, pathlib.Path(temporary))
    print(report.summary())
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
