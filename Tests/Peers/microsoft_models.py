"""Files as ONNX Runtime's optimizers and quantizers leave them: both engines of Hinge and ONNX Runtime compute the same.

The encoders of Fixtures/encoders and the digits network that PyTorch exported: saved by a session at its extended level, by
the transformer optimizer, and by the quantizers. Each is also written as operators of the standard, which ONNX Runtime runs.
Weights are quantized to 7 bits: where a processor has no instructions for products of 8-bit integers, ONNX Runtime adds up two
of them in 16 bits, which larger ones overflow.
"""

import logging

import numpy as np
import onnx
import onnxruntime

from report import FIXTURES, recorded, run

# Sums in another order, relative to the greater of the outputs' size and 1.
TOLERANCE = 1e-4
# Steps in which quantized values are rounded to one or the other neighbour, in networks of a few layers.
QUANTIZED = 5e-2
ENCODERS = FIXTURES / "encoders"
DIGITS = FIXTURES / "digits"


def extended(source, target):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(target)
    onnxruntime.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])


def transformer(source, target):
    from onnxruntime.transformers import optimizer

    optimizer.optimize_model(
        str(source), model_type="bert", num_heads=0, hidden_size=0, opt_level=0).save_model_to_file(str(target))


def transformer_bits(source, target):
    from onnxruntime.quantization import matmul_nbits_quantizer

    model = onnx.load(source)
    quantizer = matmul_nbits_quantizer.MatMulNBitsQuantizer(model, block_size=16, is_symmetric=False)
    quantizer.process()
    onnx.save(quantizer.model.model, target)


def dynamic(source, target):
    from onnxruntime.quantization import QuantType, quantize_dynamic

    middle = target.with_suffix(".dynamic.onnx")
    quantize_dynamic(str(source), str(middle), weight_type=QuantType.QInt8, reduce_range=True)
    extended(middle, target)


def quantized_attention(source, target):
    from onnxruntime.quantization import QuantType, quantize_dynamic

    middle = target.with_suffix(".fused.onnx")
    transformer(source, middle)
    quantize_dynamic(
        str(middle), str(target), weight_type=QuantType.QInt8, reduce_range=True,
        op_types_to_quantize=["MatMul", "Attention"], extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT})


class Calibration:
    """The recorded inputs, once."""

    def __init__(self, feeds):
        self.feeds = iter(feeds)

    def get_next(self):
        return next(self.feeds, None)


def static(feeds, per_channel):
    def make(source, target):
        from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

        CalibrationDataReader.register(Calibration)
        quantize_static(
            str(source), str(target), Calibration([feeds]), quant_format=QuantFormat.QOperator,
            per_channel=per_channel, reduce_range=True, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)
    return make


def onnxruntime_outputs(path, inputs):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return session.run(None, dict(zip([item.name for item in session.get_inputs()], inputs)))


def agree(found, expected, tolerance, where):
    worst = 0.0
    for f, e in zip(found, expected, strict=True):
        if f.shape != e.shape:
            raise ValueError(f"{where}: expected shape {e.shape}, found {f.shape}")
        error = float(np.max(np.abs(f - e) / np.maximum(1, np.abs(e)), initial=0))
        if not error <= tolerance:
            raise ValueError(f"{where}: the error {error:.2e} is above {tolerance:.0e}")
        worst = max(worst, error)
    return worst


def try_model(hinge, report, name, make, source, inputs, folder, tolerance):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.onnx"

    def check():
        make(source, path)
        model = onnx.load(path)
        theirs = sorted({node.op_type for node in model.graph.node if node.domain == "com.microsoft"})
        expected = onnxruntime_outputs(path, inputs)
        arguments = []
        for info, value in zip(model.graph.input, inputs):
            np.save(folder / f"{info.name}.npy", value)
            arguments += ["--input", f"{info.name}={folder / info.name}.npy"]
        worst = 0.0
        for engine in ("reference", "fast"):
            out = folder / engine
            out.mkdir(exist_ok=True)
            run(hinge, "run", path, *arguments, "--engine", engine, "--output-dir", out, "--quiet")
            found = [np.load(out / f"{info.name}.npy") for info in model.graph.output]
            worst = max(worst, agree(found, expected, tolerance, engine))
        standard = folder / "standard.onnx"
        run(hinge, "convert", path, standard, "--standard", *arguments)
        left = {node.domain for node in onnx.load(standard).graph.node} - {""}
        if left:
            raise ValueError(f"the standard form has operators of {left}")
        onnx.checker.check_model(str(standard))
        agree(onnxruntime_outputs(standard, inputs), expected, tolerance, "standard form")
        return f"error {worst:.1e}: {', '.join(theirs)}"

    report.check(f"microsoft: {name}", check)


def check(hinge, report, folder):
    logging.disable(logging.CRITICAL)
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(ENCODERS.glob("*.onnx")):
        inputs = recorded(ENCODERS / f"{path.stem.split('-')[1]}.npz")[0]
        for make in (extended, transformer):
            try_model(
                hinge, report, f"{path.name} {make.__name__}", make, path, inputs,
                folder / f"{path.stem}-{make.__name__}", TOLERANCE)
    path = ENCODERS / "script-eager-17.onnx"
    inputs = recorded(ENCODERS / "eager.npz")[0]
    for make in (transformer_bits, dynamic, quantized_attention):
        try_model(
            hinge, report, f"{path.name} {make.__name__}", make, path, inputs, folder / f"eager-{make.__name__}",
            TOLERANCE if make is transformer_bits else QUANTIZED)
    path = DIGITS / "digits-torch.onnx"
    inputs = [value[:32] for value in recorded(DIGITS / "digits-torch.npz")[0]]
    feeds = dict(zip([info.name for info in onnx.load(path).graph.input], inputs))
    forms = {
        "extended": extended, "dynamic": dynamic, "static": static(feeds, False),
        "static by channel": static(feeds, True),
    }
    for index, (name, make) in enumerate(forms.items()):
        try_model(
            hinge, report, f"digits-torch.onnx {name}", make, path, inputs, folder / f"digits-{index}",
            TOLERANCE if name == "extended" else QUANTIZED)
