#!/usr/bin/env python3
"""Random Keras models: written by Keras, converted by Hinge, loaded and run by ONNX Runtime, compared with Keras.

    random_keras.py HINGE [--count N] [--first SEED] [--only FAMILY] [--keep FOLDER] [--verbose]

A seed makes one model: an input of some kind, one to six layers or operations that fit it, now and then branches that
are merged, a model inside the model, a layer that is called twice, more outputs, an input that is an output. All
weights are random. ONNX Runtime loads the file at its default optimization level.
"""

import argparse
import os
import pathlib
import sys
import tempfile

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import numpy as np

from report import Refused, Report, compare, run, run_onnx

# How many models `./dev peers` makes.
STANDARD_COUNT = 100

# Rounding errors grow in networks of random weights, and most where values nearly cancel.
RELATIVE_L2 = 2e-5
HALF_RELATIVE_L2 = 2e-2

# Opsets that some of the models are written at besides the one that Hinge chooses.
OPSETS = [11, 13, 15, 17, 18, 20, 22, 23, 24, 26, 28]

# The seeds of the standard models that Hinge refuses, with a part of the message.
REFUSED = {96: "the operation 'Norm' is not supported"}

# The seeds whose outputs may be further apart: TensorFlow rounds the coefficients of cubic interpolation to 1/1024.
TOLERANCES = {60: 1e-3}

# The seeds that crop an image to one without rows before they resize it, which ONNX Runtime refuses to run.
EMPTY = {36}

# What other models may be refused for, by a part of the message.
REASONS = ["needs opset"]


class Random:
    """Choices of one model."""

    def __init__(self, seed):
        self.generator = np.random.default_rng(seed)

    def pick(self, *options):
        return options[self.generator.integers(len(options))]

    def whole(self, low, high):
        """A whole number from `low` to `high`, both included."""
        return int(self.generator.integers(low, high + 1))

    def chance(self, probability):
        return bool(self.generator.random() < probability)

    def normal(self, shape, scale=1.0):
        return (self.generator.normal(size=shape) * scale).astype(np.float32)


# MARK: Layers, by the rank of what they take (without the batch). Each is called with a tensor and the choices.


def activation(r):
    return r.pick(None, None, "relu", "tanh", "sigmoid", "gelu", "elu", "softplus", "silu", "leaky_relu")


def window(r, x, rank):
    """Padding, strides and dilation of a convolution, such that the output isn't empty."""
    options = {"padding": r.pick("valid", "same"), "kernel_size": r.whole(1, min([3, *x.shape[1:-1]]))}
    if r.chance(0.3):
        options["strides"] = r.whole(1, 2)
    elif r.chance(0.3):
        options |= {"dilation_rate": 2, "padding": "same"}
    return options | {"use_bias": r.chance(0.7), "activation": activation(r)}


def convolution(kind, rank):
    def make(x, r):
        options = window(r, x, rank)
        if kind == "Conv" and rank == 1 and r.chance(0.2):
            options |= {"padding": "causal"}
        if kind != "DepthwiseConv":
            options["filters"] = r.whole(1, 5)
        if kind in ("DepthwiseConv", "SeparableConv"):
            options["depth_multiplier"] = r.whole(1, 2)
        return layer(f"{kind}{rank}D", **options)(x)

    return make


def transposed(rank):
    def make(x, r):
        kernel, strides = r.whole(1, 3), r.whole(1, 2)
        options = {"padding": r.pick("valid", "same"), "strides": strides, "use_bias": r.chance(0.7)}
        if strides > 1 and r.chance(0.3) and kernel > 1:
            options["output_padding"] = r.whole(0, strides - 1)
        return layer(f"Conv{rank}DTranspose", filters=r.whole(1, 4), kernel_size=kernel, **options)(x)

    return make


def pooling(kind, rank):
    def make(x, r):
        size = r.whole(1, min([3, *x.shape[1:-1]]))
        return layer(f"{kind}Pooling{rank}D", pool_size=size, strides=r.pick(None, 1, 2), padding=r.pick("valid", "same"))(x)

    return make


def global_pooling(kind, rank):
    return lambda x, r: layer(f"Global{kind}Pooling{rank}D", keepdims=r.chance(0.3))(x)


def adaptive_pooling(kind, rank):
    return lambda x, r: layer(f"Adaptive{kind}Pooling{rank}D", output_size=r.whole(1, min(x.shape[1:-1])))(x)


def upsampling(rank):
    def make(x, r):
        options = {"size": r.whole(1, 3)}
        if rank == 2:
            options |= {"size": (r.whole(1, 3), r.whole(1, 3)), "interpolation": r.pick("nearest", "bilinear", "bicubic")}
        return layer(f"UpSampling{rank}D", **options)(x)

    return make


def resizing(x, r):
    options = {"interpolation": r.pick("nearest", "bilinear", "bicubic")}
    if r.chance(0.2):
        options["crop_to_aspect_ratio"] = True
    elif r.chance(0.2):
        options["pad_to_aspect_ratio"] = True
    elif r.chance(0.2) and options["interpolation"] != "nearest":
        options["antialias"] = True
    return layer("Resizing", height=r.whole(1, 12), width=r.whole(1, 12), **options)(x)


def borders(kind, rank):
    def make(x, r):
        limit = 2 if kind == "ZeroPadding" else min(x.shape[1:-1]) // 2 - (min(x.shape[1:-1]) % 2 == 0)
        amounts = [(r.whole(0, max(0, min(limit, 2))), r.whole(0, max(0, min(limit, 2)))) for _ in range(rank)]
        return layer(f"{kind}{rank}D", amounts[0] if rank == 1 else amounts)(x)

    return make


def recurrent(kind):
    def make(x, r):
        options = {"units": r.whole(1, 4), "return_sequences": r.chance(0.5), "use_bias": r.chance(0.8)}
        if r.chance(0.3):
            options["go_backwards"] = True
        if r.chance(0.2):
            options["activation"] = r.pick("relu", "sigmoid", "softsign", "linear")
        if kind in ("LSTM", "GRU") and r.chance(0.2):
            options["recurrent_activation"] = r.pick("hard_sigmoid", "tanh")
        if kind == "GRU":
            options["reset_after"] = r.chance(0.6)
        if kind == "LSTM" and r.chance(0.3):
            options["unit_forget_bias"] = False
        if r.chance(0.2):
            cell = {k: v for k, v in options.items() if k not in ("return_sequences", "go_backwards")}
            cells = [layer(f"{kind}Cell", **cell)] + [layer("LSTMCell", units=3)] * r.chance(0.3)
            outer = {k: v for k, v in options.items() if k in ("return_sequences", "go_backwards")}
            return layer("RNN", cells if len(cells) > 1 else cells[0], **outer)(x)
        if r.chance(0.15):
            options["return_state"] = True
            outputs = layer(kind, **options)(x)
            return outputs[r.whole(0, len(outputs) - 1)]
        return layer(kind, **options)(x)

    return make


def bidirectional(x, r):
    inner = layer(r.pick("LSTM", "GRU", "SimpleRNN"), units=r.whole(1, 3), return_sequences=r.chance(0.5))
    return layer("Bidirectional", inner, merge_mode=r.pick("concat", "sum", "mul", "ave"))(x)


def time_distributed(x, r):
    inner = {2: lambda: layer("Dense", r.whole(1, 4)), 3: lambda: layer("Conv1D", 2, 2), 4: lambda: layer("Conv2D", 2, 1)}
    return layer("TimeDistributed", inner[len(x.shape) - 1]())(x)


def conv_lstm(rank):
    def make(x, r):
        options = {"padding": r.pick("valid", "same"), "return_sequences": r.chance(0.5), "use_bias": r.chance(0.7)}
        if r.chance(0.3):
            options["go_backwards"] = True
        return layer(f"ConvLSTM{rank}D", filters=r.whole(1, 3), kernel_size=r.whole(1, 2), **options)(x)

    return make


def attention(x, r):
    kind = r.pick("Attention", "AdditiveAttention", "MultiHeadAttention", "GroupQueryAttention")
    other = layer("Dense", x.shape[-1])(x) if r.chance(0.5) else x
    causal = {"use_causal_mask": True} if r.chance(0.3) else {}
    if kind == "Attention":
        return layer(kind, use_scale=r.chance(0.5), score_mode=r.pick("dot", "concat"))([x, other], **causal)
    if kind == "AdditiveAttention":
        return layer(kind, use_scale=r.chance(0.5))([x, other], **causal)
    if kind == "MultiHeadAttention":
        options = {"num_heads": r.whole(1, 3), "key_dim": r.whole(1, 3), "use_bias": r.chance(0.7)}
        if r.chance(0.3):
            options["value_dim"] = r.whole(1, 4)
        if r.chance(0.2):
            options["output_shape"] = r.whole(1, 4)
        return layer(kind, **options)(x, other, **causal)
    return layer(kind, head_dim=2, num_query_heads=4, num_key_value_heads=r.pick(1, 2, 4))(x, other, **causal)


def normalization(x, r):
    rank = len(x.shape) - 1
    kind = r.pick("Batch", "Layer", "Unit", "Group", "RMS", "Fixed", "Spectral", "BatchAxis")
    if kind == "Batch":
        return layer("BatchNormalization", center=r.chance(0.7), scale=r.chance(0.7))(x)
    if kind == "BatchAxis":
        return layer("BatchNormalization", axis=r.whole(1, rank))(x)
    if kind == "Layer":
        axis = r.pick(-1, -1, list(range(-r.whole(1, rank), 0)), r.whole(1, rank))
        return layer("LayerNormalization", axis=axis, center=r.chance(0.7), scale=r.chance(0.7))(x)
    if kind == "Unit":
        return layer("UnitNormalization", axis=r.pick(-1, -1, r.whole(1, rank)))(x)
    if kind == "Group":
        return layer("GroupNormalization", groups=r.pick(1, -1), center=r.chance(0.7), scale=r.chance(0.7))(x)
    if kind == "RMS":
        return layer("RMSNormalization")(x)
    if kind == "Spectral":
        return layer("SpectralNormalization", layer("Dense", r.whole(1, 4)))(x)
    mean, variance = r.normal(x.shape[-1:]), np.abs(r.normal(x.shape[-1:])) + 0.5
    return layer("Normalization", mean=mean, variance=variance, invert=r.chance(0.2))(x)


def activations(x, r):
    kind = r.pick(
        "relu", "relu6", "tanh", "sigmoid", "hard_sigmoid", "softplus", "softsign", "selu", "elu", "gelu", "silu",
        "exponential", "leaky_relu", "mish", "hard_silu", "log_softmax", "softmax", "celu", "glu", "hard_tanh",
        "hard_shrink", "soft_shrink", "tanh_shrink", "squareplus", "threshold", "sparse_plus", "log_sigmoid",
        "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax",
    )
    if kind == "glu" and x.shape[-1] % 2:
        kind = "relu"
    if kind == "threshold":
        return ops().threshold(x, 0.2, -0.3)
    if kind == "ReLU":
        return layer(kind, max_value=r.pick(None, 2.0), negative_slope=r.pick(0.0, 0.1), threshold=r.pick(0.0, 0.5))(x)
    if kind == "PReLU":
        shared = list(range(1, len(x.shape) - 1)) if r.chance(0.5) else None
        return layer(kind, shared_axes=shared or None)(x)
    if kind == "Softmax":
        return layer(kind, axis=r.pick(-1, r.whole(1, len(x.shape) - 1)))(x)
    return layer(kind)(x) if kind[0].isupper() else layer("Activation", kind)(x)


def reshaping(x, r):
    rank, count = len(x.shape) - 1, int(np.prod(x.shape[1:]))
    kind = r.pick("Flatten", "Reshape", "Permute", "RepeatVector")
    if kind == "RepeatVector" and rank == 1:
        return layer(kind, r.whole(1, 3))(x)
    if kind == "Permute":
        return layer(kind, tuple(int(i) + 1 for i in r.generator.permutation(rank)))(x)
    if kind == "Reshape":
        factors = [d for d in range(1, count + 1) if count % d == 0]
        first = r.pick(*factors)
        return layer(kind, r.pick((first, count // first), (-1, first), (1, first, count // first)))(x)
    return layer("Flatten")(x)


def dense(x, r):
    if r.chance(0.2) and len(x.shape) == 3:
        return layer("EinsumDense", "abc,cd->abd", output_shape=(None, r.whole(1, 4)), bias_axes="d")(x)
    return layer("Dense", r.whole(1, 6), use_bias=r.chance(0.7), activation=activation(r))(x)


def regularization(x, r):
    kind = r.pick("Dropout", "GaussianNoise", "GaussianDropout", "AlphaDropout", "ActivityRegularization", "Identity")
    return layer(kind, *([0.3] if kind not in ("ActivityRegularization", "Identity") else []))(x)


def merging(x, r):
    kind = r.pick("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot")
    other = r.pick(lambda: layer("Activation", "tanh")(x), lambda: layer("Dense", x.shape[-1])(x), lambda: x)()
    if kind == "Dot" and len(x.shape) in (2, 3):
        return layer("Dot", axes=-1, normalize=r.chance(0.3))([x, other])
    if kind == "Concatenate" or kind == "Dot":
        return layer("Concatenate", axis=r.pick(-1, r.whole(1, len(x.shape) - 1)))([x, other])
    return layer(kind)([x, other] + [x] * (kind != "Subtract" and r.chance(0.3)))


def scaling(x, r):
    return layer("Rescaling", r.pick(0.5, 1 / 255, 2.0), offset=r.pick(0.0, -1.0))(x)


def crop(x, r):
    return layer("CenterCrop", r.whole(1, x.shape[1]), r.whole(1, x.shape[2]))(x)


def ops():
    import keras

    return keras.ops


def operations(x, r):
    """One function of keras.ops, or an operator of Python."""
    o, rank = ops(), len(x.shape) - 1
    axis = r.pick(-1, r.whole(1, rank))
    keep = r.chance(0.5) or rank == 1
    return r.pick(
        lambda: o.abs(x), lambda: o.exp(-o.abs(x)), lambda: o.square(x), lambda: o.sqrt(o.abs(x) + 0.1),
        lambda: o.log(o.abs(x) + 0.5), lambda: o.sin(x), lambda: o.cos(x), lambda: o.floor(x), lambda: o.ceil(x),
        lambda: o.sign(x), lambda: o.clip(x, -0.5, 0.7), lambda: o.maximum(x, 0.1), lambda: o.minimum(x, 0.3),
        lambda: x + 1.5, lambda: 2.0 - x, lambda: x * 3.0, lambda: x / 2.0, lambda: -x, lambda: x ** 2,
        lambda: x * x + x, lambda: 1.0 / (o.abs(x) + 1.0),
        lambda: o.mean(x, axis=axis, keepdims=keep), lambda: o.sum(x, axis=axis, keepdims=keep),
        lambda: o.max(x, axis=axis, keepdims=keep), lambda: o.min(x, axis=axis, keepdims=keep),
        lambda: o.prod(x, axis=axis, keepdims=keep), lambda: o.var(x, axis=axis, keepdims=keep),
        lambda: o.std(x, axis=axis, keepdims=keep), lambda: o.logsumexp(x, axis=axis, keepdims=keep),
        lambda: o.softmax(x, axis=axis), lambda: o.cumsum(x, axis=axis), lambda: o.flip(x, axis=axis),
        lambda: o.expand_dims(x, axis), lambda: o.concatenate([x, x * 2.0], axis=axis), lambda: o.stack([x, -x], axis=axis),
        lambda: o.where(x > 0.0, x, x * 0.1), lambda: o.transpose(x, (0, *(int(i) + 1 for i in r.generator.permutation(rank)))),
        lambda: o.reshape(x, (-1, int(np.prod(x.shape[1:])))), lambda: o.split(x, 1, axis=axis)[0],
        lambda: o.pad(x, [(0, 0)] * rank + [(1, 0)]), lambda: o.repeat(x, 2, axis=axis), lambda: o.tile(x, (1,) * rank + (2,)),
        lambda: o.roll(x, 1, axis=axis), lambda: o.take(x, [0, 0], axis=axis), lambda: x[:, :1], lambda: x[..., ::-1],
        lambda: o.matmul(x, o.swapaxes(x, -1, -2)) if rank >= 2 else o.tanh(x), lambda: o.erf(x), lambda: o.rsqrt(o.abs(x) + 0.2),
        lambda: o.logical_and(x > 0.0, x < 1.0), lambda: o.cast(x > 0.0, "float32"), lambda: o.argmax(x, axis=axis),
        lambda: o.isfinite(x), lambda: o.round(x), lambda: o.arctan(x), lambda: o.sinh(x), lambda: o.silu(x),
        lambda: o.top_k(x, 1)[0], lambda: o.sort(x, axis=axis), lambda: o.norm(x, axis=-1), lambda: o.cast(x, "int32"),
        lambda: o.zeros_like(x) + x, lambda: o.ones_like(x) * x, lambda: o.full_like(x, 2.0) * x, lambda: o.mod(x, 0.7),
        lambda: o.floor_divide(x, 0.3), lambda: o.tanh(x), lambda: o.squeeze(o.expand_dims(x, 1), 1),
    )()


def integer_operations(x, r):
    """One function of keras.ops of integers or booleans."""
    o, rank, axis = ops(), len(x.shape) - 1, r.pick(-1, r.whole(1, len(x.shape) - 1))
    if x.dtype == "bool":
        return r.pick(
            lambda: o.logical_not(x), lambda: o.logical_and(x, o.flip(x, axis)), lambda: o.any(x, axis=axis, keepdims=True),
            lambda: o.all(x, axis=axis, keepdims=True), lambda: o.cast(x, "int32"), lambda: o.where(x, 2, 3),
            lambda: o.where(x, x, o.flip(x, axis)), lambda: o.logical_xor(x, o.flip(x, axis)), lambda: o.concatenate([x, x], axis=axis),
            lambda: o.pad(x, [(0, 0)] * rank + [(1, 0)]), lambda: o.repeat(x, 2, axis=axis), lambda: o.cast(x, "float32"),
            lambda: o.transpose(x), lambda: x[:, :1], lambda: o.max(x, axis=axis, keepdims=True), lambda: o.equal(x, o.flip(x, axis)),
            lambda: o.argmax(x, axis=axis), lambda: o.sum(x, axis=axis, keepdims=True), lambda: o.count_nonzero(x, axis=axis),
        )()
    return r.pick(
        lambda: x + 2, lambda: x * 3, lambda: 5 - x, lambda: x // 3, lambda: x % 3, lambda: -x, lambda: x ** 2, lambda: x / 3,
        lambda: o.abs(x), lambda: o.sign(x), lambda: o.square(x), lambda: o.maximum(x, 2), lambda: o.minimum(x, o.flip(x, axis)),
        lambda: o.clip(x, 1, 4), lambda: o.sum(x, axis=axis, keepdims=True), lambda: o.max(x, axis=axis, keepdims=True),
        lambda: o.min(x, axis=axis, keepdims=True), lambda: o.prod(x, axis=axis, keepdims=True), lambda: o.cumsum(x, axis=axis),
        lambda: o.mean(x, axis=axis, keepdims=True), lambda: o.argmax(x, axis=axis), lambda: o.argmin(x, axis=axis),
        lambda: o.where(x > 2, x, 0), lambda: x > 2, lambda: o.equal(x, 3), lambda: o.not_equal(x, 3), lambda: x <= 3,
        lambda: o.cast(x, r.pick("float32", "int64", "bool", "uint8", "float16", "int16")), lambda: o.one_hot(x, 5),
        lambda: o.concatenate([x, x], axis=axis), lambda: o.pad(x, [(0, 0)] * rank + [(1, 0)], constant_values=1),
        lambda: o.repeat(x, 2, axis=axis), lambda: o.tile(x, (1,) * rank + (2,)), lambda: o.roll(x, 1, axis=axis),
        lambda: o.take(x, [0, 0], axis=axis), lambda: o.expand_dims(x, axis), lambda: o.stack([x, x], axis=axis),
        lambda: o.floor_divide(x, 2), lambda: o.mod(x, 4), lambda: o.power(x, 2), lambda: o.relu(x), lambda: o.sqrt(x),
        lambda: o.exp(x), lambda: o.sort(x, axis=axis), lambda: o.top_k(x, 1)[1], lambda: o.flip(x, axis), lambda: o.bitwise_and(x, 3),
        lambda: o.left_shift(x, 1), lambda: o.var(x, axis=axis), lambda: o.transpose(x), lambda: o.zeros_like(x) + x, lambda: o.round(x),
        lambda: o.floor(x), lambda: layer("Rescaling", 0.5)(x), lambda: layer("Add")([x, x]), lambda: layer("Flatten")(x),
        lambda: layer("Maximum")([x, o.flip(x, axis)]), lambda: layer("Multiply")([x, x]), lambda: layer("Embedding", 12, 3)(o.clip(x, 0, 11)),
    )()


def nested(x, r):
    """A model inside the model."""
    import keras

    inner = keras.Input(x.shape[1:])
    y = apply(inner, r, depth=2)
    return keras.Model(inner, y)(x)


def sequential(x, r):
    import keras

    return keras.Sequential([layer("Dense", r.whole(1, 4)), layer("Activation", "relu"), layer("Dropout", 0.2)])(x)


def twice(x, r):
    """A layer that is called twice."""
    shared = r.pick(lambda: layer("Dense", x.shape[-1]), lambda: layer("BatchNormalization"), lambda: layer("PReLU"))()
    return shared(shared(x))


def layer(name, *arguments, **options):
    import keras

    return getattr(keras.layers, name)(*arguments, **options)


ANY = {
    "dense": dense, "activation": activations, "normalization": normalization, "merging": merging,
    "operations": operations, "more operations": operations, "reshaping": reshaping, "regularization": regularization,
    "rescaling": scaling, "nested": nested, "sequential": sequential, "twice": twice,
}


def spatial(rank):
    families = {
        "conv": convolution("Conv", rank), "transposed": transposed(rank), "max": pooling("Max", rank),
        "average": pooling("Average", rank), "global max": global_pooling("Max", rank),
        "global average": global_pooling("Average", rank), "adaptive max": adaptive_pooling("Max", rank),
        "adaptive average": adaptive_pooling("Average", rank), "upsampling": upsampling(rank),
        "padding": borders("ZeroPadding", rank), "cropping": borders("Cropping", rank),
    }
    if rank < 3:
        families |= {"depthwise": convolution("DepthwiseConv", rank), "separable": convolution("SeparableConv", rank)}
    return families


FAMILIES = {
    1: ANY,
    2: ANY | spatial(1) | {
        "LSTM": recurrent("LSTM"), "GRU": recurrent("GRU"), "SimpleRNN": recurrent("SimpleRNN"),
        "bidirectional": bidirectional, "attention": attention, "more attention": attention,
        "time distributed": time_distributed,
    },
    3: ANY | spatial(2) | {
        "resizing": resizing, "crop": crop, "ConvLSTM1D": conv_lstm(1), "time distributed": time_distributed,
    },
    4: ANY | spatial(3) | {"ConvLSTM2D": conv_lstm(2), "time distributed": time_distributed},
    5: ANY | {"ConvLSTM3D": conv_lstm(3)},
}


# MARK: Models


def usable(x):
    """Whether layers can go on from a tensor: floating-point, known extents, neither empty nor large."""
    shape = x.shape[1:]
    return x.dtype in ("float32", "float16", "float64") and None not in shape and 1 <= len(shape) <= 5 and 0 < np.prod(shape) < 3000


def apply(x, r, depth, only=None):
    """Layers after `x`; the last may give what no layer takes."""
    for _ in range(r.whole(1, depth)):
        if not usable(x):
            break
        families = FAMILIES[len(x.shape) - 1]
        name = only if only in families else r.pick(*families)
        y = families[name](x, r)
        if 0 in y.shape[1:] or np.prod(y.shape[1:]) > 20000:
            continue
        x = y
    return x


def source(r):
    """The inputs of a model, and the floating-point tensor that layers go on from."""
    import keras

    kind = r.pick(
        "vector", "sequence", "sequence", "image", "image", "volume", "tokens", "frames", "category", "bins", "integers"
    )
    if kind == "integers":
        x = y = keras.Input(tuple(r.whole(1, 4) for _ in range(r.whole(1, 3))), dtype=r.pick("int32", "int32", "int64", "bool", "uint8"))
        for _ in range(r.whole(1, 5)):
            y = integer_operations(y, r) if "float" not in y.dtype and len(y.shape) > 1 and None not in y.shape[1:] else y
        return x, y
    if kind == "tokens":
        x = keras.Input((r.whole(2, 6),), dtype="int32")
        return x, layer("Embedding", 7, r.whole(1, 4))(x)
    if kind == "category":
        x = keras.Input((r.whole(1, 3),), dtype="int32")
        return x, layer("CategoryEncoding", 7, output_mode=r.pick("multi_hot", "count"))(x)
    if kind == "bins":
        x = keras.Input((r.whole(1, 4),))
        mode = r.pick("one_hot", "multi_hot", "count", "int")
        y = layer("Discretization", bin_boundaries=[-0.5, 0.1, 0.8], output_mode=mode)(x)
        return x, y if mode != "int" else ops().cast(y, "float32")
    shape = {
        "vector": lambda: (r.whole(1, 6),), "sequence": lambda: (r.whole(2, 8), r.whole(1, 4)),
        "image": lambda: (r.whole(2, 8), r.whole(2, 8), r.whole(1, 4)),
        "volume": lambda: (r.whole(2, 5), r.whole(2, 5), r.whole(2, 5), r.whole(1, 3)),
        "frames": lambda: (r.whole(2, 3), r.whole(2, 4), r.whole(2, 4), r.whole(2, 3), r.whole(1, 2)),
    }[kind]()
    x = keras.Input(shape)
    return x, x


def make(seed, only=None):
    """A Keras model."""
    import keras

    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    r = Random(seed)
    keras.config.set_dtype_policy(r.pick("float16", "mixed_float16") if r.chance(0.08) else "float32")
    x, y = source(r)
    outputs = []
    if r.chance(0.2) and usable(y):
        outputs.append(apply(y, r, 2, only))
    y = apply(y, r, 5, only)
    outputs.append(y)
    if r.chance(0.05):
        outputs.append(x)
    if r.chance(0.05):
        outputs.append(y)
    model = keras.Model(x, outputs if len(outputs) > 1 or r.chance(0.1) else outputs[0])
    for weight in model.weights:
        if "float" not in weight.dtype or not weight.trainable and "moving" not in weight.path:
            continue
        values = r.normal(weight.shape, 0.4)
        if "variance" in weight.path:
            values = np.abs(values) + 0.5
        elif "gamma" in weight.path or "scale" in weight.path:
            values += 1
        weight.assign(values)
    if x.dtype == "bool":
        inputs = r.generator.random((2, *x.shape[1:])) < 0.5
    elif "int" in x.dtype:
        inputs = r.generator.integers(0, 7, size=(2, *x.shape[1:])).astype(x.dtype)
    else:
        inputs = r.normal((2, *x.shape[1:])).astype(x.dtype)
    return model, inputs


def describe(model):
    import keras

    def names(model):
        return [f"{item.__class__.__name__}({', '.join(names(item))})" if isinstance(item, keras.Model) else item.__class__.__name__
                for item in model.layers]

    return " ".join(names(model))


def check_seed(hinge, report, folder, seed, only=None):
    import keras

    try:
        model, inputs = make(seed, only)
        outputs = [keras.ops.convert_to_numpy(value) for value in keras.tree.flatten(model(inputs, training=False))]
    except (ValueError, TypeError, AttributeError, NotImplementedError) as error:
        # Keras itself does not take this combination.
        return report.note(f"random: {seed}: {str(error).splitlines()[0][:200]}")
    except Exception as error:
        return report.note(f"random: {seed}: {type(error).__name__}: {str(error).splitlines()[0][:200]}")
    half = keras.config.dtype_policy().name in ("float16", "mixed_float16") or any(o.dtype == np.float16 for o in outputs)
    tolerance = HALF_RELATIVE_L2 if half else RELATIVE_L2
    source = folder / f"random-{seed}{'.h5' if seed % 5 == 4 else '.keras'}"
    try:
        model.save(source)
    except Exception as error:
        return report.note(f"random: {seed}: not saved: {str(error).splitlines()[0][:200]}")
    if seed in EMPTY:
        return report.note(f"random: {seed}: resizes nothing")
    tolerance = TOLERANCES.get(seed, tolerance)
    opset = OPSETS[seed // 4 % len(OPSETS)] if seed % 4 == 0 else None

    def convert():
        out = folder / f"random-{seed}.onnx"
        run(hinge, "convert", source, out, "--no-verify", *(["--opset", opset] if opset else []))
        run(hinge, "check", out)
        return compare(run_onnx(out, [inputs]), outputs, tolerance)

    name = f"random: {seed}{f' at opset {opset}' if opset else ''}: {describe(model)}"
    if seed < STANDARD_COUNT and not only:
        return report.check(name, convert, REFUSED.get(seed))

    def attempt():
        try:
            return convert()
        except Refused as error:
            if not any(reason in str(error) for reason in REASONS):
                raise
            return f"refused: {error}"

    report.check(name, attempt)


def check(hinge, report, folder, count=STANDARD_COUNT, first=0, only=None):
    import warnings

    warnings.simplefilter("ignore")
    for seed in range(first, first + count):
        check_seed(hinge, report, folder, seed, only)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hinge", type=pathlib.Path, help="the hinge program")
    parser.add_argument("--count", type=int, default=STANDARD_COUNT, help="how many models")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--only", help="use layers of this family where they fit")
    parser.add_argument("--keep", type=pathlib.Path, help="keep the files in this folder")
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    report = Report(arguments.verbose)
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        check(arguments.hinge.resolve(), report, folder, arguments.count, arguments.first, arguments.only)
    print(report.summary())
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
