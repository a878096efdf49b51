#!/usr/bin/env python3
"""Writes models of tf-keras and what it computes for them.

    make_reading_tfk.py FOLDER

    tfk_frozen_*.h5     models whose weights stand in an order that the configuration does not say: parts of layers
                        were frozen
    tfk_time.h5         recurrent layers with time_major, go_backwards, and every way to merge two directions
    tfk_policies.h5     normalisation under every type policy
    tfk_images.h5       tf.image and its siblings
    tfk_functions.h5    functions of TensorFlow with the arguments that they have besides their tensors

Made with tf-keras 2.21.0 and TensorFlow 2.21.
"""

import os
import pathlib
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="", TF_CPP_MIN_LOG_LEVEL="3")

import numpy as np
import tensorflow as tf
import tf_keras as keras
from tf_keras import layers

FOLDER = pathlib.Path(sys.argv[1])


def save(name, inputs, outputs, values):
    """Randomises the weights, and saves the model with its outputs for the values of its inputs."""
    generator = np.random.default_rng(7)
    model = keras.Model(inputs, outputs)
    for variable in model.variables:
        low, high = (0.3, 2) if "variance" in variable.name else (-1, 1)
        size = max(1, int(np.prod(variable.shape[:-1])))
        factor = 1 if len(variable.shape) < 2 else 1.5 / np.sqrt(size)
        variable.assign(factor * generator.uniform(low, high, variable.shape))
    results = model(list(values) if len(values) > 1 else values[0], training=False)
    arrays = {f"in_{index}": value for index, value in enumerate(values)}
    for index, result in enumerate(tf.nest.flatten(results)):
        arrays[f"out_{index}"] = np.asarray(result)
    model.save(FOLDER / f"{name}.h5")
    np.savez_compressed(FOLDER / f"{name}.npz", **arrays)
    print(name, len(arrays), "arrays")


def normal(*shape, seed=0, scale=1.5):
    return np.random.default_rng(seed).normal(0, scale, shape).astype("float32")


def frozen():
    x = keras.Input((4, 5), name="x")
    forward = layers.Bidirectional(layers.GRU(3))
    backward = layers.Bidirectional(layers.LSTM(3, return_sequences=True))
    outputs = [forward(x), backward(x)]
    forward.forward_layer.trainable = False
    backward.backward_layer.trainable = False
    attention = layers.MultiHeadAttention(2, 3)
    outputs.append(attention(x, x))
    attention._key_dense.trainable = False
    cells = [layers.LSTMCell(3), layers.LSTMCell(3), layers.LSTMCell(3)]
    outputs.append(layers.RNN(cells)(x))
    cells[0].trainable = False
    save("tfk_frozen_parts", x, outputs, [normal(2, 4, 5)])

    y = keras.Input((4, 5), name="y")
    first = layers.Bidirectional(layers.LSTM(3, return_sequences=True))
    z = first(y)
    first.forward_layer.trainable = False
    second = layers.Bidirectional(layers.LSTM(3))
    z = second(z)
    memory = layers.LSTM(4)
    w = memory(y)
    memory.cell.trainable = False
    inner = keras.Model(y, [z, layers.Dense(3)(w)])
    save("tfk_frozen_inside", x, inner(x), [normal(2, 4, 5)])

    y = keras.Input((6,), name="y")
    z = layers.Dense(6, name="d1")(y)
    z = layers.BatchNormalization(name="b1")(z)
    z = layers.Dense(6, name="d2")(z)
    z = layers.BatchNormalization(name="b2")(z)
    inner = keras.Model(y, z, name="inner")
    inner.get_layer("d1").trainable = False
    inner.get_layer("b2").trainable = False
    v = keras.Input((6,), name="v")
    save("tfk_frozen_model", v, layers.Dense(3)(inner(v)), [normal(2, 6)])


def time():
    steps = keras.Input((2, 5), batch_size=4, name="steps")
    x = keras.Input((4, 5), name="x")
    outputs = []
    for cell in [layers.LSTM, layers.GRU]:
        for sequences in [False, True]:
            for mode in ["concat", "sum", "mul", "ave", None]:
                layer = cell(3, return_sequences=sequences, time_major=True)
                outputs += tf.nest.flatten(layers.Bidirectional(layer, merge_mode=mode)(steps))
            outputs.append(cell(3, return_sequences=sequences, time_major=True, go_backwards=True)(steps))
            for input_, major in [(x, False), (steps, True)]:
                outputs.append(
                    layers.Bidirectional(
                        cell(3, return_sequences=sequences, go_backwards=True, time_major=major),
                        backward_layer=cell(3, return_sequences=sequences, time_major=major))(input_))
    save("tfk_time", [steps, x], outputs, [normal(4, 2, 5), normal(2, 4, 5, seed=1)])


def policies():
    x = keras.Input((4, 6), name="x")
    outputs = []
    for name in ["mixed_float16", "mixed_bfloat16", "float64"]:
        policy = keras.mixed_precision.Policy(name)
        for layer in [
            layers.BatchNormalization(dtype=policy), layers.BatchNormalization(axis=1, dtype=policy),
            layers.LayerNormalization(dtype=policy), layers.LayerNormalization(axis=1, dtype=policy),
            layers.Softmax(dtype=policy), layers.Dropout(0.5, dtype=policy),
        ]:
            outputs.append(tf.cast(layer(x), tf.float64 if name == "float64" else tf.float32))
    save("tfk_policies", x, outputs, [normal(2, 4, 6, scale=300)])


def images():
    x = keras.Input((6, 5, 3), name="x")
    bytes_ = keras.Input((6, 5, 3), dtype="uint8", name="bytes")
    outputs = []
    for method in ["bilinear", "nearest", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic"]:
        for size in [(9, 4), (12, 11), (3, 2)]:
            outputs.append(tf.image.resize(x, size, method=method))
            if method in ("bilinear", "nearest", "lanczos3"):
                outputs.append(tf.image.resize(x, size, method=method, antialias=True))
    outputs += [
        tf.image.resize(bytes_, (9, 4)), tf.image.resize(bytes_, (9, 4), method="nearest"),
        tf.image.resize(x, (9, 4), preserve_aspect_ratio=True), tf.image.resize(x, (6, 5)),
        tf.image.flip_left_right(x), tf.image.flip_up_down(x), tf.image.rot90(x), tf.image.rot90(x, k=3),
        tf.image.transpose(x), tf.image.central_crop(x, 0.5), tf.image.crop_to_bounding_box(x, 1, 1, 3, 4),
        tf.image.pad_to_bounding_box(x, 1, 2, 9, 9), tf.image.resize_with_crop_or_pad(x, 4, 9),
        tf.image.resize_with_pad(x, 9, 12), tf.image.rgb_to_grayscale(x), tf.image.rgb_to_yuv(x),
        tf.image.rgb_to_yiq(x), tf.image.per_image_standardization(x), tf.image.adjust_brightness(x, 0.2),
        tf.image.adjust_contrast(x, 2.0), tf.image.convert_image_dtype(bytes_, tf.float32),
    ]
    for align, half in [(False, False), (True, False), (False, True)]:
        for resize in [tf.compat.v1.image.resize_bilinear, tf.compat.v1.image.resize_nearest_neighbor]:
            outputs.append(resize(x, (9, 4), align_corners=align, half_pixel_centers=half))
    outputs.append(tf.compat.v1.image.resize(x, (9, 4), align_corners=True))
    generator = np.random.default_rng(3)
    save("tfk_images", [x, bytes_], outputs, [normal(2, 6, 5, 3), generator.integers(0, 256, (2, 6, 5, 3)).astype("uint8")])


def functions():
    x = keras.Input((4, 6), name="x")
    y = keras.Input((4, 6), name="y")
    image = keras.Input((6, 6, 4), name="image")
    kernel = np.round(normal(3, 3, 4, 2), 3)
    outputs = [
        tf.cumsum(x, 1, exclusive=True), tf.cumsum(x, 1, reverse=True), tf.argmax(x, axis=1),
        tf.argmax(x, axis=1, output_type=tf.int32), tf.nn.silu(x, 2.0), tf.nn.swish(x, beta=0.5),
        tf.nn.softmax(x, axis=1), tf.math.l2_normalize(x, axis=[1, 2]), tf.nn.l2_normalize(x, axis=1, epsilon=4.0),
        tf.split(x, [1, -1], axis=-1)[1], tf.one_hot(tf.argmax(x, axis=1), 5, on_value=2.0, off_value=-1.0, axis=1),
        tf.math.atan2(x, y), tf.math.divide_no_nan(x, tf.nn.relu(y)), tf.math.xlogy(tf.nn.relu(x), tf.abs(y)),
        tf.math.floordiv(x, y), tf.math.floormod(x, y), tf.norm(x, axis=1), tf.norm(x, ord=1, axis=-1, keepdims=True),
        tf.gather(x, [[0, 2], [1, 1]], axis=-1), tf.sort(x, axis=1, direction="DESCENDING"), tf.argsort(x),
        tf.math.top_k(x, 3)[1], tf.tensordot(x, y, [[2], [2]])[:2], tf.slice(x, [0, 1, 2], [-1, 2, 3]),
        tf.strided_slice(x, [0, 1, 0], [2, 3, 6], [1, 1, 2]), tf.math.reduce_euclidean_norm(x, axis=1, keepdims=True),
        tf.nn.bias_add(x, np.arange(6, dtype="float32")), tf.math.add_n([x, y, x]), tf.shape(x),
        tf.reshape(x, [tf.shape(x)[0], 24]), tf.linalg.matmul(x, y, transpose_b=True),
        tf.nn.depth_to_space(image, 2), tf.nn.space_to_depth(image, 2), tf.nn.max_pool2d(image, 2, 2, "SAME"),
        tf.nn.avg_pool2d(image, 3, 2, "SAME"), tf.nn.conv2d(image, kernel, 1, "SAME", dilations=2),
        tf.nn.depthwise_conv2d(image, kernel, [1, 2, 2, 1], "VALID"),
    ]
    save("tfk_functions", [x, y, image], outputs, [normal(2, 4, 6), normal(2, 4, 6, seed=1), normal(2, 6, 6, 4, seed=2)])


for make in [frozen, time, policies, images, functions]:
    make()
