#!/usr/bin/env python3
"""Writes models of Keras 3 with an output for each case, and what Keras computes for them.

    make_reading.py FOLDER

    k315_policies.keras    normalisation, activations, memories under every type policy; numbers so large that their
                           squares don't fit half precision
    k315_axes.keras        layers along every axis: GroupNormalization, LayerNormalization, attention, softmax
    k315_integers.keras    whole numbers: lookups, discretization, categories, quotients rounded down, mixed types
    k315_images.keras      every interpolation
    k315_applications.h5   the blocks of ConvNeXt and others that have variables without names

Made with Keras 3.15.1 and TensorFlow 2.21.
"""

import os
import pathlib
import sys

os.environ.update(KERAS_BACKEND="tensorflow", CUDA_VISIBLE_DEVICES="", TF_CPP_MIN_LOG_LEVEL="3")

import keras
import numpy as np
from keras import layers, ops

FOLDER = pathlib.Path(sys.argv[1])
POLICIES = ["mixed_float16", "mixed_bfloat16", "float16", "bfloat16", "float64"]


def save(name, inputs, outputs, values, formats=("keras",)):
    """Randomises the weights, and saves the model with its outputs for the values of its inputs."""
    generator = np.random.default_rng(7)
    model = keras.Model(inputs, outputs)
    for variable in model.variables:
        last = variable.path.split("/")[-1]
        if "int" in str(variable.dtype) or "seed" in last or last in ("mean", "count"):
            continue
        low, high = (0.3, 2) if "variance" in last else (-1, 1)
        if last in ("gamma", "scale"):
            low, high = 0.5, 1.5
        size = max(1, int(np.prod(variable.shape[:-1])))
        factor = 1 if len(variable.shape) < 2 else 1.5 / np.sqrt(size)
        variable.assign(factor * generator.uniform(low, high, variable.shape))
    results = model(list(values) if len(values) > 1 else values[0], training=False)
    arrays = {f"in_{index}": value for index, value in enumerate(values)}
    for index, result in enumerate(keras.tree.flatten(results)):
        arrays[f"out_{index}"] = keras.ops.convert_to_numpy(result)
    for extension in formats:
        model.save(FOLDER / f"{name}.{extension}")
    np.savez_compressed(FOLDER / f"{name}.npz", **arrays)
    print(name, len(arrays), "arrays")


def normal(*shape, seed=0, scale=1.5):
    return np.random.default_rng(seed).normal(0, scale, shape).astype("float32")


def policies():
    x = keras.Input((4, 6), name="x")
    images = keras.Input((4, 4, 6), name="images")
    outputs = []
    for policy in POLICIES:
        def add(value):
            # Everything comes out in a type that .npz has, whatever the policy.
            outputs.append(ops.cast(value, "float64" if policy == "float64" else "float32"))

        for layer in [
            layers.BatchNormalization(dtype=policy), layers.BatchNormalization(axis=1, dtype=policy),
            layers.LayerNormalization(dtype=policy), layers.LayerNormalization(axis=1, dtype=policy),
            layers.LayerNormalization(axis=[1, 2], dtype=policy), layers.RMSNormalization(dtype=policy),
            layers.GroupNormalization(2, dtype=policy), layers.Softmax(dtype=policy),
            layers.Dropout(0.5, dtype=policy), layers.GaussianNoise(0.5, dtype=policy),
            layers.Identity(dtype=policy),
        ]:
            add(layer(x))
        small = ops.multiply(x, 1 / 300)
        for layer in [
            layers.Activation("selu", dtype=policy), layers.Activation("hard_shrink", dtype=policy),
            layers.Activation("celu", dtype=policy), layers.ELU(0.5, dtype=policy),
            layers.Bidirectional(layers.LSTM(3, recurrent_initializer="zeros", dtype=policy), dtype=policy),
            layers.Bidirectional(layers.GRU(3, recurrent_initializer="zeros", dtype=policy)),
            layers.TimeDistributed(layers.Dense(3, dtype=policy)),
            layers.SpectralNormalization(layers.Dense(3, dtype=policy), dtype=policy),
        ]:
            add(layer(small))
        add(layers.Conv2D(3, 2, dtype=policy)(ops.multiply(images, 1 / 300)))
        add(layers.AveragePooling2D(2, dtype=policy)(images))
    save("k315_policies", [x, images], outputs, [normal(2, 4, 6, scale=300), normal(2, 4, 4, 6, seed=1, scale=300)])


def axes():
    x = keras.Input((4, 6, 8), name="x")
    y = keras.Input((3, 4, 6), name="y")
    outputs = []
    for axis in [1, 2, 3, -1, -2, -3]:
        for layer in [
            layers.GroupNormalization(2, axis=axis), layers.GroupNormalization(-1, axis=axis),
            layers.LayerNormalization(axis=axis), layers.BatchNormalization(axis=axis),
            layers.UnitNormalization(axis=axis), layers.Softmax(axis=axis),
        ]:
            outputs.append(layer(x))
    for several in [(1, 2), (2, 3), (1, 3), (1, 2, 3), (3, 1)]:
        outputs.append(layers.LayerNormalization(axis=list(several))(x))
        outputs.append(layers.RMSNormalization(axis=[2, 3])(x))
        outputs.append(layers.Softmax(axis=list(several))(x))
        outputs.append(ops.softmax(x, axis=several))
    outputs.append(ops.softmax(x, axis=None))
    outputs.append(layers.LayerNormalization(rms_scaling=True)(x))
    outputs.append(layers.LayerNormalization(rms_scaling=True, axis=1)(x))
    for several in [(1,), (2,), (1, 2), (2, 1), None]:
        attention = layers.MultiHeadAttention(2, 4, attention_axes=several)
        outputs += attention(y, y, return_attention_scores=True)
    save("k315_axes", [x, y], outputs, [normal(2, 4, 6, 8), normal(2, 3, 4, 6, seed=1)])


def integers():
    a = keras.Input((4, 6), dtype="int32", name="a")
    b = keras.Input((4, 6), dtype="int32", name="b")
    x = keras.Input((4, 6), name="x")
    tokens = keras.Input((6,), dtype="int64", name="tokens")
    values = keras.Input((5,), name="values")
    outputs = [
        a // b, a % b, ops.floor_divide(a, 3), ops.mod(a, -3), 7 // b, 7 % b, ops.floor_divide(x, b), ops.mod(x, 2.5),
        ops.mod(x, -2.5), x // 2.0, ops.relu(a), ops.max(x, axis=1, initial=1.0), layers.Add()([x, a]),
        layers.Multiply()([x, a]), layers.Concatenate()([x, a]), layers.Dense(3)(a), layers.GlobalAveragePooling1D()(a),
    ]
    for mode in ["int", "one_hot", "multi_hot", "count"]:
        outputs.append(layers.Discretization([-1.0, 0.0, 0.5], output_mode=mode)(values))
        outputs.append(layers.IntegerLookup(vocabulary=[3, 1, 7], output_mode=mode)(tokens))
        outputs.append(
            layers.IntegerLookup(vocabulary=[3, 1, 7], num_oov_indices=2, mask_token=0, output_mode=mode)(tokens))
    outputs.append(layers.IntegerLookup(vocabulary=[3, 1, 7], num_oov_indices=3)(tokens))
    outputs.append(layers.IntegerLookup(vocabulary=[3, 1, 7], invert=True)(tokens))
    outputs.append(
        layers.IntegerLookup(vocabulary=[3, 1, 7], output_mode="tf_idf", idf_weights=[0.5, 0.6, 0.7])(tokens))
    outputs.append(layers.CategoryEncoding(9, output_mode="count")(ops.abs(tokens), count_weights=ops.cast(tokens, "float32")))
    outputs.append(layers.CategoryEncoding(9, output_mode="multi_hot")(ops.abs(a)))
    embedding = layers.ReversibleEmbedding(9, 4, logit_soft_cap=2.0)
    outputs.append(embedding(embedding(ops.abs(tokens)), reverse=True))
    generator = np.random.default_rng(3)
    divisors = generator.integers(-5, 6, (2, 4, 6))
    save(
        "k315_integers", [a, b, x, tokens, values], outputs,
        [
            generator.integers(-8, 9, (2, 4, 6)).astype("int32"), np.where(divisors == 0, 3, divisors).astype("int32"),
            normal(2, 4, 6, scale=4), generator.integers(-8, 9, (2, 6)), normal(2, 5),
        ])


def images():
    x = keras.Input((6, 5, 3), name="x")
    bytes_ = keras.Input((6, 5, 3), dtype="uint8", name="bytes")
    outputs = []
    for interpolation in ["nearest", "bilinear", "lanczos3", "lanczos5"]:
        for height, width in [(9, 4), (3, 3), (12, 11)]:
            for antialias in [False, True]:
                outputs.append(layers.Resizing(height, width, interpolation, antialias=antialias)(x))
        outputs.append(layers.Resizing(4, 7, interpolation, crop_to_aspect_ratio=True)(x))
        outputs.append(layers.UpSampling2D((2, 3), interpolation=interpolation)(x))
    outputs.append(layers.Resizing(9, 4)(bytes_))
    outputs.append(layers.Resizing(9, 4, "nearest")(bytes_))
    outputs.append(layers.Pipeline([layers.Rescaling(1 / 255), layers.RandomFlip(), layers.Resizing(4, 4)])(x))
    generator = np.random.default_rng(3)
    save("k315_images", [x, bytes_], outputs, [normal(2, 6, 5, 3), generator.integers(0, 256, (2, 6, 5, 3)).astype("uint8")])


def applications():
    from keras.src.applications.convnext import LayerScale

    x = keras.Input((4, 4, 6), name="x")
    y = layers.DepthwiseConv2D(3, padding="same", name="depthwise")(x)
    y = layers.LayerNormalization(epsilon=1e-6, name="normalization")(y)
    y = layers.Dense(12, activation="gelu", name="expand")(y)
    y = layers.Dense(6, name="reduce")(y)
    y = LayerScale(1e-6, 6, name="scale")(y)
    inner = keras.Model(x, layers.Add()([x, y]), name="block")
    z = keras.Input((4, 4, 6), name="z")
    w = LayerScale(1e-6, 6, name="outer_scale")(z)
    save("k315_applications", [z], [inner(w)], [normal(2, 4, 4, 6)], formats=("keras", "h5"))


for make in [policies, axes, integers, images, applications]:
    make()
