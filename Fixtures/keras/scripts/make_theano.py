#!/usr/bin/env python3
"""Writes a file as Keras 2.2.4 with Theano would have, and what that computes, worked out here with NumPy.

    make_theano.py FOLDER

    theano_same.h5    `same` padding of convolutions and poolings whose windows are even, odd, dilated or move by steps

What Theano does stands in `keras/backend/theano_backend.py` of Keras 2.2.4: convolutions mirror their kernels and pad
half of the window on both sides, of which what is too much at the end is cut off; poolings pad the window less 1, or
less 2 where the window is odd and greater than 2; a transposed convolution is the gradient of such a convolution.
"""

import json
import pathlib
import sys

import h5py
import numpy as np

FOLDER = pathlib.Path(sys.argv[1])
generator = np.random.default_rng(11)
x = generator.normal(size=(2, 7, 8, 3)).astype("float32")


def spans(size, dilation):
    return [(s - 1) * d + 1 for s, d in zip(size, dilation)]


def patches(image, span, before, steps, counts, fill):
    """All windows [N, rows, columns, span..., C] of an image, with `before` elements added in front."""
    sizes = [(count - 1) * step + s for count, step, s in zip(counts, steps, span)]
    padded = np.full((image.shape[0], *(max(size, b + e) for size, b, e in zip(sizes, before, image.shape[1:3])), image.shape[3]), fill, image.dtype)
    padded[:, before[0]:before[0] + image.shape[1], before[1]:before[1] + image.shape[2]] = image
    return np.stack([
        np.stack([
            padded[:, r * steps[0]:r * steps[0] + span[0], c * steps[1]:c * steps[1] + span[1]]
            for c in range(counts[1])], axis=1)
        for r in range(counts[0])], axis=1)


def counts(steps):
    return [-(-extent // step) for extent, step in zip(x.shape[1:3], steps)]


def convolution(kernel, steps, dilation):
    size = kernel.shape[:2]
    span = spans(size, dilation)
    windows = patches(x, span, [s // 2 for s in span], steps, counts(steps), 0)
    windows = windows[:, :, :, ::dilation[0], ::dilation[1]]
    return np.einsum("nrchwi,hwio->nrco", windows, kernel[::-1, ::-1], dtype="float64")


def pooling(size, steps, mode):
    before = [s - 2 if s > 2 and s % 2 == 1 else s - 1 for s in size]
    windows = patches(x.astype("float64"), size, before, steps, counts(steps), np.nan)
    return (np.nanmax if mode == "max" else np.nanmean)(windows, axis=(3, 4))


def transposed(kernel, step):
    """The gradient of a convolution with half padding: what each element gives to the larger image."""
    size = kernel.shape[0]
    rows, columns = x.shape[1] * step, x.shape[2] * step
    result = np.zeros((x.shape[0], rows + 2 * size, columns + 2 * size, kernel.shape[2]))
    mirrored = kernel[::-1, ::-1]
    for r in range(x.shape[1]):
        for c in range(x.shape[2]):
            top, left = r * step - size // 2 + size, c * step - size // 2 + size
            result[:, top:top + size, left:left + size] += np.einsum("ni,hwoi->nhwo", x[:, r, c], mirrored)
    return result[:, size:size + rows, size:size + columns]


layers, weights, outputs = [], {}, []


def add(class_name, config, arrays, output):
    name = f"{class_name.lower()}_{len(layers)}"
    base = {"name": name, "trainable": True, "data_format": "channels_last"}
    layers.append({
        "class_name": class_name, "config": base | config, "name": name, "inbound_nodes": [[["x", 0, 0, {}]]]})
    weights[name] = arrays
    outputs.append(output.astype("float32"))


for size, steps, dilation in [
    ((3, 3), (1, 1), (1, 1)), ((2, 2), (1, 1), (1, 1)), ((4, 4), (1, 1), (1, 1)), ((3, 3), (2, 2), (1, 1)),
    ((4, 2), (2, 2), (1, 1)), ((4, 4), (3, 2), (1, 1)), ((3, 3), (1, 1), (2, 2)), ((2, 4), (1, 1), (2, 2)),
    ((5, 5), (2, 3), (1, 1)),
]:
    kernel = generator.normal(size=(*size, 3, 2)).astype("float32")
    add(
        "Conv2D",
        {"filters": 2, "kernel_size": size, "strides": steps, "padding": "same", "dilation_rate": dilation,
         "activation": "linear", "use_bias": False},
        {"kernel": kernel}, convolution(kernel, steps, dilation))
for size, steps in [((2, 2), (2, 2)), ((2, 2), (1, 1)), ((3, 3), (2, 2)), ((3, 3), (1, 1)), ((4, 4), (2, 2)), ((5, 4), (3, 2))]:
    for class_name, mode in [("MaxPooling2D", "max"), ("AveragePooling2D", "mean")]:
        add(class_name, {"pool_size": size, "strides": steps, "padding": "same"}, {}, pooling(size, steps, mode))
for size, step in [(3, 1), (3, 2), (5, 2), (3, 3)]:
    kernel = generator.normal(size=(size, size, 2, 3)).astype("float32")
    add(
        "Conv2DTranspose",
        {"filters": 2, "kernel_size": [size, size], "strides": [step, step], "padding": "same",
         "activation": "linear", "use_bias": False},
        {"kernel": kernel}, transposed(kernel, step))

source = {
    "class_name": "InputLayer", "name": "x", "inbound_nodes": [],
    "config": {"name": "x", "batch_input_shape": [None, *x.shape[1:]], "dtype": "float32", "sparse": False}}
config = {
    "class_name": "Model",
    "config": {
        "name": "model", "layers": [source] + layers, "input_layers": [["x", 0, 0]],
        "output_layers": [[layer["name"], 0, 0] for layer in layers]}}
with h5py.File(FOLDER / "theano_same.h5", "w") as file:
    file.attrs["keras_version"] = "2.2.4"
    file.attrs["backend"] = "theano"
    file.attrs["model_config"] = json.dumps(config).encode()
    group = file.create_group("model_weights")
    group.attrs["layer_names"] = np.array([b"x"] + [layer["name"].encode() for layer in layers])
    for name in ["x", *weights]:
        entry = group.create_group(name)
        arrays = weights.get(name, {})
        entry.attrs["weight_names"] = np.array([f"{name}/{key}".encode() for key in arrays])
        for key, value in arrays.items():
            entry.create_dataset(f"{name}/{key}", data=value)
np.savez_compressed(FOLDER / "theano_same.npz", in_0=x, **{f"out_{i}": value for i, value in enumerate(outputs)})
