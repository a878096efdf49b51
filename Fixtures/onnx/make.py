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
import warnings
from collections.abc import Callable

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn

import parts
from networks import (
    GRU, LSTM, Elman, Mathematics, Mobile, Residual, Series, Transformer, UNet, Volume,
)

HERE = pathlib.Path(__file__).resolve().parent
SEED = 5

# The checker's shape inference takes a sparse initializer for a value of sparse type, which no operator accepts.
WITHOUT_SHAPES = {"onnx-every-field"}


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


def forget_source(path):
    """Drops the stack traces that the newer exporter writes: they name this machine's folders."""
    model = onnx.load(path)
    for node in model.graph.node:
        kept = [entry for entry in node.metadata_props if entry.key != "pkg.torch.onnx.stack_trace"]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
    path.write_bytes(model.SerializeToString(deterministic=True))


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
    if case.newer_exporter:
        forget_source(HERE / f"{case.name}.onnx")
    expected = [expected] if isinstance(expected, torch.Tensor) else list(expected)
    record(case.name, [value.numpy() for value in inputs], [value.numpy() for value in expected])


def write(name, make):
    made, inputs = make(np.random.default_rng(SEED))
    path = HERE / f"{name}.onnx"
    if make is parts.external:
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
    ("onnx-external", parts.external),
    ("onnx-control-flow", parts.control_flow),
    ("onnx-functions", parts.functions),
    ("onnx-data-types", parts.data_types),
    ("onnx-sequences", parts.sequences),
    ("onnx-every-field", parts.every_field),
    ("ort-int8", parts.int8),
]


def main():
    logging.disable(logging.WARNING)
    for case in CASES:
        export(case)
    for name, make in OTHERS:
        write(name, make)


if __name__ == "__main__":
    main()
