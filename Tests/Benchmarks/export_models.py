#!/usr/bin/env python3
"""Writes the models that `./dev bench` measures into the cache.

    export_models.py [NAME …]

Each is NAME.onnx, and NAME.npz with its inputs (in_0, …) and ONNX Runtime's outputs for them (out_0, …).

Networks of torchvision and of `networks.py` with seeded random weights, exported by PyTorch at opset 18 with fixed
shapes, but for the length of what a decoder remembers and of T5's input; and three of them quantized by ONNX Runtime.
Weights stand inside the file. A model that is there already is left alone.
"""

import pathlib
import sys
import tempfile
import types
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Peers"))
from cache import cache_folder

OPSET = 18
IMAGE = (1, 3, 224, 224)
LENGTH = 128
# How far ONNX Runtime may be from PyTorch, relative L2: beyond it, an export is wrong, not rounded otherwise.
ERROR_LIMIT = 1e-5


def torchvision_models():
    """torchvision's model definitions, whether or not its compiled operators fit the installed torch."""
    # Registering shapes for the compiled operators fails without them; classification models use none.
    sys.modules.setdefault("torchvision._meta_registrations", types.ModuleType("torchvision._meta_registrations"))
    import torchvision.models

    return torchvision.models


def has_operators():
    """Stands for torchvision's check that its compiled operators are there; PyTorch compiles it with what calls it."""
    return None


def non_maximum_suppression():
    """Defines the one compiled operator of torchvision that detectors need, where the compiled one is missing.

    Only an export runs it: the exported model has ONNX's NonMaxSuppression.
    """
    import torch

    if hasattr(torch.ops.torchvision, "nms"):
        return
    library = torch.library.Library("torchvision", "FRAGMENT")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

    def nms(boxes, scores, threshold):
        areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
        rest, kept = scores.argsort(descending=True), []
        while rest.numel():
            best, rest = rest[0], rest[1:]
            kept.append(best)
            low, high = torch.maximum(boxes[best, :2], boxes[rest, :2]), torch.minimum(boxes[best, 2:], boxes[rest, 2:])
            overlap = (high - low).clamp(min=0).prod(dim=1)
            rest = rest[overlap / (areas[best] + areas[rest] - overlap) <= threshold]
        return torch.stack(kept) if kept else torch.zeros(0, dtype=torch.long)

    library.impl("nms", nms, "CompositeExplicitAutograd")
    non_maximum_suppression.library = library  # it goes when nobody holds it
    import torchvision.extension
    import torchvision.ops.boxes

    torchvision.extension._assert_has_ops = torchvision.ops.boxes._assert_has_ops = has_operators


def settle(network, shape):
    """Makes random weights behave as trained ones do, so that rounding errors stay as small as in a trained network.

    Batch normalization gets the statistics of its inputs, and each residual branch a small share of its sum.
    """
    import torch

    network.eval()  # nothing is dropped at random
    norms = (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d, torch.nn.BatchNorm3d)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, norms):
                module.momentum = None  # the plain average of what is seen
                module.train()
            last = last_norm(module, norms)
            if last is not None:
                last.weight *= 0.2
        network(torch.randn(4, *shape[1:]))
    network.eval()


def last_norm(module, norms):
    """The normalization at the end of a residual branch of torchvision's; none where a module has no such branch."""
    from torch import nn

    if hasattr(module, "bn3"):
        return module.bn3
    if getattr(module, "use_res_connect", False):
        branch = module.conv if hasattr(module, "conv") else module.block
    elif hasattr(module, "downsample") and hasattr(module, "conv2"):
        if not isinstance(module.conv2, nn.Sequential):
            return module.bn2
        branch = module.conv2
    else:
        return None
    found = [part for part in branch.modules() if isinstance(part, norms)]
    return found[-1] if found else None


def vision(name, shape=IMAGE, of=lambda models: models):
    """A classifier of torchvision's, settled, and an input."""
    import torch

    network = getattr(of(torchvision_models()), name)(weights=None)
    with torch.no_grad():
        for parameter in network.parameters():
            # Some heads begin with zeros, and whatever stands in front of them would count for nothing.
            if parameter.ndim > 1 and not parameter.any():
                parameter.normal_(std=0.02)
    settle(network, shape)
    return network, (torch.randn(*shape),)


def own(name, *arguments, shape=None, **options):
    """A network of `networks.py`, and an input of normally distributed numbers."""
    import networks
    import torch

    network = getattr(networks, name)(*arguments, **options)
    settle(network, shape)
    return network, (torch.randn(*shape),)


def detector():
    import networks
    import torch

    models = torchvision_models()
    non_maximum_suppression()
    network = models.detection.ssdlite320_mobilenet_v3_large(weights=None, weights_backbone=None)
    settle(network.backbone, (1, 3, 320, 320))
    image = torch.rand(3, 320, 320)
    return networks.Detector(network, 2 * image - 1), (image,)


def reading(name, *arguments, words, masked=True):
    """A network of `networks.py` that reads tokens, the last ones of which are padding where it takes a mask."""
    import networks
    import torch

    inputs = (torch.randint(0, words, (1, LENGTH)),)
    if masked:
        inputs += ((torch.arange(LENGTH) < LENGTH - 16).long()[None],)
    return getattr(networks, name)(*arguments), inputs


def decoding():
    """One step of a decoder that remembers `LENGTH` tokens."""
    import networks
    import torch

    network = networks.GPT(cached=True)
    past = tuple(torch.randn(1, 8, LENGTH, 64) for _ in range(2 * len(network.layers)))
    return network, (torch.randint(0, 32000, (1, 1)), *past)


# Name, and what makes the network and its inputs.
MODELS = {
    "resnet50": lambda: vision("resnet50"),
    "mobilenet_v2": lambda: vision("mobilenet_v2"),
    "mobilenet_v3_large": lambda: vision("mobilenet_v3_large"),
    "efficientnet_b0": lambda: vision("efficientnet_b0"),
    "densenet121": lambda: vision("densenet121"),
    "convnext_tiny": lambda: vision("convnext_tiny"),
    "vit_b_16": lambda: vision("vit_b_16"),
    "swin_t": lambda: vision("swin_t"),
    "maxvit_t": lambda: vision("maxvit_t"),
    "unet": lambda: own("UNet", shape=(1, 3, 256, 256)),
    "r3d_18": lambda: vision("r3d_18", (1, 3, 16, 112, 112), lambda models: models.video),
    "ssdlite320": detector,
    "lstm": lambda: own("lstm", shape=(1, LENGTH, 256)),
    "gru": lambda: own("bidirectional_gru", shape=(1, LENGTH, 256)),
    "bert": lambda: reading("BERT", "hand", words=30522),
    "bert-sdpa": lambda: reading("BERT", "sdpa", words=30522),
    "gpt": lambda: reading("GPT", False, words=32000, masked=False),
    "gpt-cached": decoding,
    "t5-encoder": lambda: reading("T5Encoder", words=32128),
    "wav2vec2": lambda: own("Wav2Vec2", shape=(1, 16000)),
    "mlp-1": lambda: own("perceptron", shape=(1, 784)),
    "mlp-64": lambda: own("perceptron", shape=(64, 784)),
}
# Axes of other lengths than the example's, by the names of inputs and outputs.
DYNAMIC = {
    "t5-encoder": {"tokens": {1: "length"}, "attention_mask": {1: "length"}},
    "gpt-cached": {f"past.{index}": {2: "past"} for index in range(12)},
}
# Name, the model that is quantized, and how.
QUANTIZED = {
    "resnet50-qdq": ("resnet50", "QDQ"),
    "resnet50-qlinear": ("resnet50", "QOperator"),
    "bert-int8": ("bert", "dynamic"),
}
NAMES = [*MODELS, *QUANTIZED]


def input_names(name, count):
    if name == "gpt-cached":
        return ["tokens"] + [f"past.{index}" for index in range(count - 1)]
    return ["tokens", "attention_mask"][:count] if name.startswith(("bert", "t5", "gpt")) else ["input"]


def record(path, target, inputs, expected=None):
    """Writes the .npz of a model: inputs and ONNX Runtime's outputs, which must be those that are expected."""
    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = [item.name for item in session.get_inputs()]
    outputs = session.run(None, dict(zip(names, inputs, strict=True)))
    for index, output in enumerate(outputs):
        if not np.isfinite(output).all() or np.ptp(output) == 0:
            sys.exit(f"{target.stem}: output {index} tells nothing: its elements are equal, or not finite")
    for index, (output, value) in enumerate(zip(outputs, expected or [])):
        if output.shape != value.shape:
            sys.exit(f"{target.stem}: PyTorch's output {index} is {value.shape}, ONNX Runtime's {output.shape}")
        error = np.linalg.norm(value - output) / max(np.linalg.norm(output), 1e-30)
        if not error < ERROR_LIMIT:
            sys.exit(f"{target.stem}: ONNX Runtime and PyTorch differ by {error:.1e}")
    arrays = {f"in_{index}": value for index, value in enumerate(inputs)}
    np.savez(target, **arrays, **{f"out_{index}": value for index, value in enumerate(outputs)})


def export(name, folder):
    import torch

    torch.manual_seed(1)
    torch.set_num_threads(2)
    torch.backends.mha.set_fastpath_enabled(False)
    network, inputs = MODELS[name]()
    network.eval()
    path, unfinished = folder / f"{name}.onnx", folder / f"{name}.unfinished"
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        outputs = network(*inputs)
        outputs = [outputs] if torch.is_tensor(outputs) else list(outputs)
        names = ["output"] + [f"output.{index}" for index in range(1, len(outputs))]
        torch.onnx.export(
            network, inputs, str(unfinished), opset_version=OPSET, dynamo=False,
            input_names=input_names(name, len(inputs)), output_names=names, dynamic_axes=DYNAMIC.get(name),
        )
    record(
        unfinished, folder / f"{name}.npz", [value.numpy() for value in inputs], [value.numpy() for value in outputs])
    unfinished.rename(path)


def quantize(name, folder):
    """Quantizes an exported model, with the ranges of some inputs where it wants ranges.

    Weights have seven bits: with eight, ONNX Runtime's sums of two products saturate on processors without VNNI, and
    its outputs are no yardstick.
    """
    import numpy as np
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    source, how = QUANTIZED[name]
    path, unfinished = folder / f"{source}.onnx", folder / f"{name}.unfinished"
    with np.load(path.with_suffix(".npz")) as archive:
        inputs = [archive[f"in_{index}"] for index in range(sum(key.startswith("in_") for key in archive))]

    class Reader(quantization.CalibrationDataReader):
        def __init__(self):
            random = np.random.default_rng(1)
            images = [inputs[0]] + [random.standard_normal(inputs[0].shape, np.float32) for _ in range(3)]
            self.rest = iter({"input": image} for image in images)

        def get_next(self):
            return next(self.rest, None)

    with tempfile.TemporaryDirectory() as scratch:
        prepared = pathlib.Path(scratch, "prepared.onnx")
        quant_pre_process(str(path), str(prepared), skip_symbolic_shape=True)
        if how == "dynamic":
            quantization.quantize_dynamic(
                str(prepared), str(unfinished), weight_type=quantization.QuantType.QInt8, reduce_range=True)
        else:
            quantization.quantize_static(
                str(prepared), str(unfinished), Reader(), quant_format=quantization.QuantFormat[how],
                activation_type=quantization.QuantType.QUInt8, weight_type=quantization.QuantType.QInt8,
                per_channel=True, reduce_range=True)
    record(unfinished, folder / f"{name}.npz", inputs)
    unfinished.rename(folder / f"{name}.onnx")


def exported(folder, names=None):
    """The paths of the models, exporting what is missing; what one is made of comes first."""
    names = NAMES if names is None else names
    for name in [*(QUANTIZED[name][0] for name in names if name in QUANTIZED), *names]:
        if (folder / f"{name}.onnx").exists():
            continue
        print(f"exporting {name}", file=sys.stderr, flush=True)
        (quantize if name in QUANTIZED else export)(name, folder)
    return [folder / f"{name}.onnx" for name in names]


if __name__ == "__main__":
    print(*exported(cache_folder("models"), sys.argv[1:] or None), sep="\n")
