"""Quantized models: Hinge's engines and ONNX Runtime compute the same, but for numbers that lie between two integers.

    quantized.py HINGE [--keep FOLDER]

Small networks of random weights, as onnxruntime.quantization leaves them: with QuantizeLinear and DequantizeLinear, with
QLinear operators, and quantized by what a run finds; with signed and unsigned integers, scales for all and for each channel,
weights of 7 and 8 bits. Where ONNX Runtime's products saturate, on processors without VNNI, weights of 8 bits are left out.
"""

import argparse
import pathlib
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import quantization

from report import Report, run

# All sum up the same integers. Where a sum, scaled, lies between two integers but for rounding, it becomes either, and what
# follows is off by a step of a 256th of the range.
RELATIVE_L2 = 1e-2
OPSET = 18


def initializer(random, name, *shape, scale=None):
    values = random.standard_normal(shape) * (scale or (2 / max(1, np.prod(shape[1:]))) ** 0.5)
    return numpy_helper.from_array(values.astype(np.float32), name)


def images(random):
    """A convolutional network: residuals, depthwise convolutions, pooling, a gate, a classifier."""
    nodes = [
        helper.make_node("Conv", ["x", "w1", "b1"], ["c1"], pads=[1] * 4, strides=[2, 2]),
        helper.make_node("Relu", ["c1"], ["r1"]),
        helper.make_node("MaxPool", ["r1"], ["p1"], kernel_shape=[3, 3], strides=[1, 1], pads=[1] * 4),
        helper.make_node("Conv", ["p1", "w2", "b2"], ["c2"], pads=[1] * 4, group=16),
        helper.make_node("Clip", ["c2", "zero", "six"], ["r2"]),
        helper.make_node("Conv", ["r2", "w3", "b3"], ["c3"]),
        helper.make_node("Add", ["c3", "p1"], ["a1"]),
        helper.make_node("Relu", ["a1"], ["r3"]),
        helper.make_node("Concat", ["r3", "r1"], ["k1"], axis=1),
        helper.make_node("Conv", ["k1", "w4", "b4"], ["c4"], pads=[1] * 4),
        helper.make_node("LeakyRelu", ["c4"], ["r4"], alpha=0.1),
        helper.make_node("GlobalAveragePool", ["r4"], ["g1"]),
        helper.make_node("Flatten", ["g1"], ["f1"]),
        helper.make_node("Gemm", ["f1", "w5", "b5"], ["y"], transB=1),
    ]
    constants = [
        initializer(random, "w1", 16, 3, 3, 3), initializer(random, "b1", 16, scale=0.1),
        initializer(random, "w2", 16, 1, 3, 3), initializer(random, "b2", 16, scale=0.1),
        initializer(random, "w3", 16, 16, 1, 1), initializer(random, "b3", 16, scale=0.1),
        initializer(random, "w4", 24, 32, 3, 3), initializer(random, "b4", 24, scale=0.1),
        initializer(random, "w5", 10, 24), initializer(random, "b5", 10, scale=0.1),
        numpy_helper.from_array(np.float32(0), "zero"), numpy_helper.from_array(np.float32(6), "six"),
    ]
    return nodes, constants, [2, 3, 20, 20]


def tokens(random):
    """Layers on vectors: products, a residual, a curve."""
    nodes = [
        helper.make_node("MatMul", ["x", "w1"], ["m1"]),
        helper.make_node("Add", ["m1", "b1"], ["a1"]),
        helper.make_node("Relu", ["a1"], ["r1"]),
        helper.make_node("MatMul", ["r1", "w2"], ["m2"]),
        helper.make_node("Add", ["m2", "x"], ["a2"]),
        helper.make_node("Sigmoid", ["a2"], ["s1"]),
        helper.make_node("MatMul", ["s1", "w3"], ["y"]),
    ]
    constants = [
        initializer(random, "w1", 24, 64, scale=0.2), initializer(random, "b1", 64, scale=0.1),
        initializer(random, "w2", 64, 24, scale=0.15), initializer(random, "w3", 24, 12, scale=0.2),
    ]
    return nodes, constants, [2, 7, 24]


def save(path, nodes, constants, shape):
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "g", [x], [y], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
    onnx.save(onnx.shape_inference.infer_shapes(model), path)


class Inputs(quantization.CalibrationDataReader):
    """What ranges are taken from."""

    def __init__(self, values):
        self.rest = iter([{"x": value} for value in values])

    def get_next(self):
        return next(self.rest, None)


UNSIGNED, SIGNED = quantization.QuantType.QUInt8, quantization.QuantType.QInt8


def forms():
    """Name, whether ONNX Runtime is exact on every processor, and what quantizes."""
    for how in ("QDQ", "QOperator"):
        for activation in (UNSIGNED, SIGNED):
            for per_channel in (False, True):
                for reduce_range in (True, False):
                    if how == "QOperator" and activation == SIGNED and not per_channel:
                        continue
                    yield (
                        f"{how} {activation.name[1:]}{' per channel' if per_channel else ''}"
                        f"{' 7 bits' if reduce_range else ''}", reduce_range,
                        lambda source, target, values, how=how, activation=activation, per_channel=per_channel,
                        reduce_range=reduce_range: quantization.quantize_static(
                            str(source), str(target), Inputs(values), quant_format=quantization.QuantFormat[how],
                            activation_type=activation, weight_type=SIGNED, per_channel=per_channel,
                            reduce_range=reduce_range))
    for weights in (SIGNED, UNSIGNED):
        for reduce_range in (True, False):
            yield (
                f"dynamic {weights.name[1:]}{' 7 bits' if reduce_range else ''}", reduce_range,
                lambda source, target, values, weights=weights, reduce_range=reduce_range:
                quantization.quantize_dynamic(
                    str(source), str(target), weight_type=weights, reduce_range=reduce_range))


def has_wide_sums():
    """Whether the processor adds products to sums of 32 bits."""
    try:
        flags = pathlib.Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return "avx512_vnni" in flags or "avx_vnni" in flags or "asimddp" in flags


def differences(found, expected):
    """The relative L2 error, and the part of the elements that differ by more than rounding."""
    error = np.linalg.norm(found.astype(np.float64) - expected) / max(np.linalg.norm(expected), 1e-30)
    step = np.abs(expected).max() / 256
    return error, np.mean(np.abs(found - expected) > 0.1 * step)


def check_model(hinge, report, name, path, value, folder):
    # Without optimizations, each node is what the standard says of it.
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    expected = session.run(None, {"x": value})[0]
    np.save(folder / "x.npy", value)
    found = {}
    for engine in ("fast", "reference"):
        def compared(engine=engine):
            out = folder / engine
            run(hinge, "run", path, "--input", f"x={folder / 'x.npy'}", "--engine", engine, "--output-dir", out)
            found[engine] = np.load(out / "y.npy")
            error, rate = differences(found[engine], expected)
            if not error <= RELATIVE_L2:
                raise ValueError(f"relative L2 error {error:.1e} is above {RELATIVE_L2:.0e}")
            return f"relative L2 {error:.1e}, {rate:.1%} differ"

        report.check(f"quantized: {name}, {engine}", compared)


def check(hinge, report, folder):
    for index, network in enumerate((images, tokens)):
        random = np.random.default_rng(index + 1)
        nodes, constants, shape = network(random)
        source = folder / f"{network.__name__}.onnx"
        save(source, nodes, constants, shape)
        values = [random.standard_normal(shape).astype(np.float32) for _ in range(8)]
        for name, is_exact, quantize in forms():
            if not is_exact and not has_wide_sums():
                continue
            place = folder / f"{network.__name__} {name}".replace(" ", "-")
            place.mkdir()
            target = place / "model.onnx"
            quantize(source, target, values)
            check_model(hinge, report, f"{network.__name__} {name}", target, values[0], place)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hinge", type=pathlib.Path, help="the hinge program")
    parser.add_argument("--keep", type=pathlib.Path, help="a folder for the models")
    arguments = parser.parse_args()
    report = Report(verbose=True)
    if arguments.keep:
        arguments.keep.mkdir(parents=True, exist_ok=True)
        check(arguments.hinge.resolve(), report, arguments.keep)
    else:
        with tempfile.TemporaryDirectory() as folder:
            check(arguments.hinge.resolve(), report, pathlib.Path(folder))
    print(report.summary())
    sys.exit(report.failed > 0)


if __name__ == "__main__":
    main()
