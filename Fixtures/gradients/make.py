#!/usr/bin/env python3
"""Records gradients by PyTorch's autograd, for tests that run without it. Run by `./dev fixtures`.

lstm and transformer are NAME.onnx, whose outputs are those of a node Gradient, and NAME.npz: in_0 is the input, out_0, out_1 ...
are the outputs. digits.npz is of the network ../digits/digits-torch.onnx: in_0 is its input, and under the name of each input and
small weight is the gradient of the sum of the squares of its output.
"""

import pathlib
import sys

import numpy as np
import torch

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "Tests/Peers"))

import gradients  # noqa: E402

# Weights with more elements than this are left out.
LIMIT = 1000

for title, module, shapes in gradients.networks():
    name = {"LSTM": "lstm", "transformer block": "transformer"}.get(title)
    inputs = [torch.randn(shape, dtype=torch.float64) for shape in shapes]
    if name is None:
        continue
    model, xs, values, known = gradients.module_gradients(module, inputs)
    model = gradients.differentiated(model, "y", xs)
    (HERE / f"{name}.onnx").write_bytes(model.SerializeToString())
    arrays = {f"in_{index}": value for index, value in enumerate(values)}
    arrays.update({f"out_{index}": value for index, value in enumerate(known)})
    np.savez_compressed(HERE / f"{name}.npz", **arrays)

model, xs, (image,), known = gradients.digits_gradients()
arrays = {x: gradient for x, gradient in zip(xs, known) if gradient.size <= LIMIT}
np.savez_compressed(HERE / "digits.npz", in_0=image, **arrays)
