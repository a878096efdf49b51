#!/usr/bin/env python3
"""Writes small models of tf-keras, one for each function of TensorFlow or frozen part of a layer.

    make_options_tfk.py FOLDER

Each NAME.h5 has its inputs and what tf-keras computes beside it in NAME.npz. Made with tf-keras 2.21.0 and
TensorFlow 2.21; see `make_options.py`.
"""

import os
import pathlib
import sys
import zlib

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")

import numpy as np
import tensorflow as tf
import tf_keras as keras
from tf_keras import layers as L

FOLDER = pathlib.Path(sys.argv[1])


def randomize(model, generator):
    for variable in model.variables:
        name, shape = variable.name.split("/")[-1].split(":")[0], variable.shape
        if "int" in variable.dtype.name:
            continue
        if "variance" in name:
            value = generator.uniform(0.3, 2, shape)
        elif name in ("gamma", "scale"):
            value = generator.uniform(0.5, 1.5, shape)
        else:
            scale = 0.5 if len(shape) < 2 else 1.2 / np.sqrt(max(1, np.prod(shape[:-1])))
            value = generator.normal(0, scale, shape)
        variable.assign(value)


def case(name, make, *shapes, values=None):
    """Saves what `make` gives for inputs of the given shapes, which may end with a type."""
    keras.backend.clear_session()
    inputs = [
        keras.Input(shape[:-1], dtype=shape[-1]) if shape and isinstance(shape[-1], str) else keras.Input(shape)
        for shape in shapes]
    model = keras.Model(inputs if len(inputs) > 1 else inputs[0], make(*inputs))
    generator = np.random.default_rng(zlib.crc32(name.encode()))
    randomize(model, generator)
    if values is None:
        values = []
        for tensor in model.inputs:
            shape, kind = [2 if extent is None else extent for extent in tensor.shape], tensor.dtype.name
            values.append(
                generator.integers(0, 7, shape).astype(kind) if "int" in kind
                else generator.normal(0, 1.5, shape).astype(kind))
    tensors = [tf.convert_to_tensor(value) for value in values]
    outputs = tf.nest.flatten(model(tensors if len(tensors) > 1 else tensors[0], training=False))
    model.save(FOLDER / f"{name}.h5")
    arrays = {f"in_{index}": value for index, value in enumerate(values)}
    np.savez(FOLDER / f"{name}.npz", **arrays, **{f"out_{i}": np.asarray(output) for i, output in enumerate(outputs)})


image = (6, 6, 4)
case("im-bilinear-94", lambda x: tf.image.resize(x, (9, 4), method="bilinear"), image)
case("im-area-32", lambda x: tf.image.resize(x, (3, 2), method="area"), image)
case("im-lanczos3-94", lambda x: tf.image.resize(x, (9, 4), method="lanczos3"), image)
case("im-gaussian-32", lambda x: tf.image.resize(x, (3, 2), method="gaussian"), image)
case("im-int", lambda x: tf.image.resize(x, (9, 4)), (6, 6, 3, "uint8"))
case("im-rwp", lambda x: tf.image.resize_with_pad(x, 9, 12), image)
case("im-std", tf.image.per_image_standardization, (6, 6, 3))
case("im-cc", lambda x: tf.image.central_crop(x, 0.5), image)
case("v1-resize_bilinear-10", lambda x: tf.compat.v1.image.resize_bilinear(x, (9, 4), align_corners=True), image)
case(
    "v1-resize_nearest_neighbor-10",
    lambda x: tf.compat.v1.image.resize_nearest_neighbor(x, (9, 4), align_corners=True), image)
case("m-cumsum-both", lambda x: tf.cumsum(x, 1, exclusive=True, reverse=True), (4, 6))
case("m-argmax-1", lambda x: tf.math.argmax(x, axis=1), (4, 6))
case("n-silu-b", lambda x: tf.nn.silu(x, 2.0), (4, 6))
case("splitm", lambda a: tf.split(a, [1, -1], axis=-1), (4, 6))
case("onehot2", lambda i: tf.one_hot(i, 7, on_value=2.0, off_value=-1.0, axis=1), (3, "int32"))
case(
    "gather-t", lambda a, i: tf.gather(a, i, axis=1, batch_dims=1), (4, 6), (3, "int32"),
    values=[
        np.random.default_rng(0).normal(size=(2, 4, 6)).astype("float32"),
        np.array([[0, 1, 3], [2, 2, 1]], "int32")])
case("b-atan2", tf.math.atan2, (4, 6), (4, 6))
case("n-d2s", lambda x: tf.nn.depth_to_space(x, 2), image)
case("n-maxpool4", lambda x: tf.nn.max_pool2d(x, [1, 2, 2, 1], [1, 2, 2, 1], "SAME"), image)
case(
    "b-floordiv-int", tf.math.floordiv, (4, 6, "int32"), (4, 6, "int32"),
    values=[
        np.random.default_rng(6).integers(-9, 10, (2, 4, 6)).astype("int32"),
        (lambda a: np.where(a == 0, 3, a))(np.random.default_rng(7).integers(-5, 6, (2, 4, 6))).astype("int32")])


def half(cell, attribute, **options):
    """Two directions of which one is frozen."""
    def make(x):
        layer = L.Bidirectional(cell(3, **options))
        y = layer(x)
        getattr(layer, attribute).trainable = False
        return y
    return make


case("bi-lstm-f", half(L.LSTM, "forward_layer"), (4, 5))
case("bi-rnn-f", half(L.SimpleRNN, "forward_layer"), (4, 5))
case("bis-lstm-f", half(L.LSTM, "forward_layer", return_sequences=True), (4, 5))
case("bis-gru-b", half(L.GRU, "backward_layer", return_sequences=True), (4, 5))


def attention(part):
    def make(x):
        layer = L.MultiHeadAttention(2, 3)
        y = layer(x, x)
        getattr(layer, part).trainable = False
        return y
    return make


case("mha_key_dense", attention("_key_dense"), (4, 6))
case("mha_output_dense", attention("_output_dense"), (4, 6))


def nested(mask):
    """A model inside a model, of whose layers those without a bit in `mask` are frozen."""
    def make(x):
        source = keras.Input((6,))
        y = L.Dense(6, name="d1")(source)
        y = L.BatchNormalization(name="b1")(y)
        y = L.Dense(6, name="d2")(y)
        y = L.BatchNormalization(name="b2")(y)
        inner = keras.Model(source, y, name="inner")
        for index, layer in enumerate(inner.layers[1:]):
            layer.trainable = bool(mask >> index & 1)
        return L.Dense(3)(inner(x))
    return make


for mask in [5, 10]:
    case(f"nested-{mask}", nested(mask), (6,))
