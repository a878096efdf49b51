#!/usr/bin/env python3
"""Measures how far results are from exact arithmetic. Run by `./dev bench --precision`.

    precision.py HINGE [--only NAME,…] [--fast]

Twelve networks of vision and language, with seeded random weights that behave as trained ones do, are exported by PyTorch,
in single precision. Hinge's reference engine and ONNX Runtime, with its optimizations and without, run them; PyTorch
evaluates the same weights on the same inputs in double precision. Prints the relative L2 of each to that, and the ratio of
Hinge's to the better one of ONNX Runtime. Exits 1 when one of the ratios is above one half. With --fast, the fast engine's
too.
"""

import argparse
import pathlib
import sys
import tempfile
import warnings

import numpy as np
import onnxruntime
import torch
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Peers"))
from export_models import settle, torchvision_models
from report import relative_l2, run

LIMIT = 0.5
IMAGE = (1, 3, 64, 64)


class Reading(nn.Module):
    """A language model of a kind that is chosen: tokens to scores of the next ones."""

    def __init__(self, kind, layers=4, size=128, words=500):
        super().__init__()
        self.embedding = nn.Embedding(words, size)
        self.kind = kind
        if kind == "lstm":
            self.body = nn.LSTM(size, size, layers, batch_first=True)
        elif kind == "gru":
            self.body = nn.GRU(size, size, layers, batch_first=True)
        else:
            block = nn.TransformerEncoderLayer(
                size, 4, 4 * size, activation="gelu", batch_first=True, norm_first=kind == "decoder")
            self.body = nn.TransformerEncoder(block, layers, enable_nested_tensor=False)
        self.head = nn.Linear(size, words)

    def forward(self, tokens):
        x = self.embedding(tokens)
        if self.kind in ("lstm", "gru"):
            return self.head(self.body(x)[0])
        count = tokens.shape[1]
        mask = torch.full((count, count), float("-inf"), dtype=x.dtype).triu(1) if self.kind == "decoder" else None
        return self.head(self.body(x, mask=mask))


def networks():
    """Names, networks and inputs."""
    vision = torchvision_models()
    for name in ["resnet18", "resnet50", "mobilenet_v2", "efficientnet_b0", "squeezenet1_1", "densenet121",
                 "convnext_tiny", "swin_t"]:
        torch.manual_seed(len(name))
        network = getattr(vision, name)(weights=None)
        settle(network, IMAGE)
        yield name, network, torch.randn(*IMAGE)
    for kind in ["encoder", "decoder", "lstm", "gru"]:
        torch.manual_seed(len(kind))
        yield kind, Reading(kind).eval(), torch.randint(0, 500, (2, 24))


def theirs(path, x, level):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = level
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return session.run(None, {"input": x})[0]


def ours(hinge, path, x, folder, engine):
    np.save(folder / "input.npy", x)
    run(hinge, "run", path, "--engine", engine, "--input", folder / "input.npy", "--output-dir", folder)
    return np.load(folder / "output.npy")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hinge", type=pathlib.Path, help="the hinge program, built in release mode")
    parser.add_argument("--only", default="", help="names of networks, comma-separated")
    parser.add_argument("--fast", action="store_true", help="measure the fast engine too")
    arguments = parser.parse_args()
    hinge, only = arguments.hinge.resolve(), set(filter(None, arguments.only.split(",")))
    warnings.simplefilter("ignore")
    torch.backends.mha.set_fastpath_enabled(False)

    engines = ["reference"] + ["fast"] * arguments.fast
    levels = onnxruntime.GraphOptimizationLevel
    print(f"{'network':16}", *(f"{engine:>10}" for engine in engines), f"{'ORT plain':>10} {'ORT':>10} {'ratio':>7}")
    failures = 0
    for name, network, x in networks():
        if only and name not in only:
            continue
        with tempfile.TemporaryDirectory() as folder, torch.no_grad():
            folder = pathlib.Path(folder)
            path = folder / "model.onnx"
            torch.onnx.export(network, (x,), str(path), opset_version=18, dynamo=False, do_constant_folding=False,
                              input_names=["input"], output_names=["output"])
            x = x.numpy()
            found = [ours(hinge, path, x, folder, engine) for engine in engines]
            found += [theirs(path, x, level) for level in (levels.ORT_DISABLE_ALL, levels.ORT_ENABLE_ALL)]
            exact = network.double()(torch.from_numpy(x if x.dtype.kind == "i" else x.astype(np.float64))).numpy()
        errors = [relative_l2(each, exact) for each in found]
        ratio = errors[0] / min(errors[-2:])
        failures += not ratio <= LIMIT
        print(f"{name:16}", *(f"{error:10.2e}" for error in errors), f"{ratio:7.2f}", flush=True)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
