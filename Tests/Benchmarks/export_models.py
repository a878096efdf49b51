#!/usr/bin/env python3
"""Writes the models that `./dev bench` measures into the cache.

Each is NAME.onnx, and NAME.npz with an input (in_0) and ONNX Runtime's output for it (out_0).

torchvision's resnet50 and mobilenet_v2 with seeded random weights, [1, 3, 224, 224]; and a perceptron 784-512-512-10 with
batch 1 and 64. Fixed shapes, opset 18, weights inside the file. A model that is there already is left alone.
"""

import pathlib
import sys
import types
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Peers"))
from cache import cache_folder

OPSET = 18


def torchvision_models():
    """torchvision's model definitions, whether or not its compiled operators fit the installed torch."""
    # Registering shapes for the compiled operators fails without them; classification models use none.
    sys.modules.setdefault("torchvision._meta_registrations", types.ModuleType("torchvision._meta_registrations"))
    import torchvision.models

    return torchvision.models


def perceptron():
    from torch import nn

    return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))


# Name, the function that makes the network, the shape of its input.
MODELS = [
    ("resnet50", lambda: torchvision_models().resnet50(weights=None), (1, 3, 224, 224)),
    ("mobilenet_v2", lambda: torchvision_models().mobilenet_v2(weights=None), (1, 3, 224, 224)),
    ("mlp-1", perceptron, (1, 784)),
    ("mlp-64", perceptron, (64, 784)),
]


def settle(network, shape):
    """Makes random weights behave as trained ones do, so that rounding errors stay as small as in a trained network.

    Batch normalization gets the statistics of its inputs, and each residual branch a small share of its sum.
    """
    import torch

    network.train()
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = None  # the plain average of what is seen
            if hasattr(module, "bn3"):
                module.bn3.weight *= 0.2
            if getattr(module, "use_res_connect", False) and hasattr(module, "conv"):
                module.conv[-1].weight *= 0.2
        network(torch.randn(4, *shape[1:]))
    network.eval()


def export(name, make, shape, folder):
    import numpy as np
    import onnxruntime
    import torch

    torch.manual_seed(1)
    torch.set_num_threads(2)
    network = make()
    settle(network, shape)
    path, unfinished = folder / f"{name}.onnx", folder / f"{name}.unfinished"
    image = torch.randn(*shape)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network, (image,), str(unfinished), opset_version=OPSET, dynamo=False,
            input_names=["input"], output_names=["output"],
        )
    session = onnxruntime.InferenceSession(str(unfinished), providers=["CPUExecutionProvider"])
    (output,) = session.run(None, {"input": image.numpy()})
    with torch.no_grad():
        error = np.linalg.norm(network(image).numpy() - output) / np.linalg.norm(output)
    if not error < 2e-6:
        sys.exit(f"{name}: ONNX Runtime and PyTorch differ by {error:.1e}")
    np.savez(folder / f"{name}.npz", in_0=image.numpy(), out_0=output)
    unfinished.rename(path)


def exported(folder):
    """The paths of the models, exporting what is missing."""
    for name, make, shape in MODELS:
        if not (folder / f"{name}.onnx").exists():
            print(f"exporting {name}", file=sys.stderr)
            export(name, make, shape, folder)
    return [folder / f"{name}.onnx" for name, _, _ in MODELS]


if __name__ == "__main__":
    print(*exported(cache_folder("models")), sep="\n")
