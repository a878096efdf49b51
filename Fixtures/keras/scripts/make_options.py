#!/usr/bin/env python3
"""Writes small models of Keras 3, one for each option of a layer or operation, and what Keras computes for them.

    make_options.py FOLDER

Each NAME.keras has its inputs and outputs beside it in NAME.npz; `dt_0` says that an output was bfloat16. Made with
Keras 3.15.1 and TensorFlow 2.21. `make_options_tfk.py` does the same with tf-keras.
"""

import os
import pathlib
import sys
import zlib

os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")

import keras
import numpy as np
from keras import layers as L
from keras import ops as K

FOLDER = pathlib.Path(sys.argv[1])


def randomize(model, generator):
    for variable in model.variables:
        name = variable.path.split("/")[-1]
        if "int" in str(variable.dtype) or "seed" in name:
            continue
        shape = variable.shape
        if "variance" in name:
            value = generator.uniform(0.3, 2, shape)
        elif name in ("gamma", "scale"):
            value = generator.uniform(0.5, 1.5, shape)
        else:
            scale = 0.5 if len(shape) < 2 else 1.2 / np.sqrt(max(1, np.prod(shape[:-1])))
            value = generator.normal(0, scale, shape)
        variable.assign(value)


def sample(tensor, generator, whole):
    shape = [(2 if index == 0 else 5) if extent is None else extent for index, extent in enumerate(tensor.shape)]
    if str(tensor.dtype) == "bool":
        return generator.integers(0, 2, shape).astype(bool)
    if "int" in str(tensor.dtype):
        return generator.integers(*(whole or (0, 7)), shape).astype(str(tensor.dtype))
    return generator.normal(0, 1.5, shape).astype(str(tensor.dtype))


def case(name, make, *shapes, values=None, whole=None, weights=True):
    """Saves what `make` gives for inputs of the given shapes, which may end with a type."""
    keras.utils.clear_session(free_memory=False)
    inputs = [
        keras.Input(shape[:-1], dtype=shape[-1]) if shape and isinstance(shape[-1], str) else keras.Input(shape)
        for shape in shapes]
    model = keras.Model(inputs if len(inputs) > 1 else inputs[0], make(*inputs))
    generator = np.random.default_rng(zlib.crc32(name.encode()))
    if weights:
        randomize(model, generator)
    values = values or [sample(tensor, generator, whole) for tensor in model.inputs]
    tensors = [keras.ops.convert_to_tensor(value) for value in values]
    outputs = keras.tree.flatten(model(tensors if len(tensors) > 1 else tensors[0], training=False))
    model.save(FOLDER / f"{name}.keras")
    arrays = {f"in_{index}": value for index, value in enumerate(values)}
    for index, output in enumerate(outputs):
        array = keras.ops.convert_to_numpy(output)
        if array.dtype.name == "bfloat16":
            array = array.astype("float32")
            arrays[f"dt_{index}"] = np.array("bfloat16")
        arrays[f"out_{index}"] = array
    np.savez(FOLDER / f"{name}.npz", **arrays)


for p in ["mixed_float16", "mixed_bfloat16", "float16", "bfloat16", "float64"]:
    case(f"{p}-bn", L.BatchNormalization(dtype=p), (4, 5, 6))
    case(f"{p}-ln", L.LayerNormalization(dtype=p), (4, 6))
    case(f"{p}-drop", L.Dropout(0.5, dtype=p), (8, 8, 3))
    if p in ("bfloat16",):
        case(f"{p}-conv2d", L.Conv2D(4, 3, padding="same", strides=2, activation="relu", dtype=p), (8, 8, 3))
        case(f"{p}-ap", L.AveragePooling2D(2, padding="same", dtype=p), (8, 8, 3))
    if not p.startswith("mixed"):
        continue
    case(f"{p}-bn2", L.BatchNormalization(axis=2, dtype=p), (4, 5, 6))
    case(f"{p}-ln1", L.LayerNormalization(axis=1, dtype=p), (4, 6))
    case(f"{p}-gn", L.GroupNormalization(2, dtype=p), (4, 5, 6))
    case(f"{p}-rms", L.RMSNormalization(dtype=p), (4, 6))
    case(f"{p}-act-hard_shrink", L.Activation("hard_shrink", dtype=p), (4, 6))
    case(f"{p}-act-celu", L.Activation("celu", dtype=p), (4, 6))
    case(f"{p}-bi2lstm", L.Bidirectional(L.LSTM(4, recurrent_initializer="zeros", dtype=p)), (5, 3))
    case(f"{p}-bi3gru", L.Bidirectional(L.GRU(4, recurrent_initializer="zeros"), dtype=p), (5, 3))
    case(f"{p}-td2", L.TimeDistributed(L.Conv1D(4, 2, dtype=p)), (3, 5, 2))

case("gn2", L.GroupNormalization(2, axis=2), (4, 6, 8))
case("gnall-2", L.GroupNormalization(-1, axis=-2), (4, 6, 8))
case("ln-13", L.LayerNormalization(axis=[1, 3]), (4, 6, 8))
case("lnrms1", L.LayerNormalization(axis=1, rms_scaling=True), (4, 6))
case("mha4-12", lambda q: L.MultiHeadAttention(2, 4, attention_axes=(1, 2))(q, q), (3, 4, 6))
case(
    "mha4s-21", lambda q: L.MultiHeadAttention(2, 4, attention_axes=(2, 1))(q, q, return_attention_scores=True),
    (3, 4, 6))
for mode in ["int", "multi_hot"]:
    case(
        f"il2-{mode}", L.IntegerLookup(vocabulary=[3, 1, 7], num_oov_indices=2, output_mode=mode, mask_token=0),
        (6, "int64"), whole=(-2, 9), weights=False)
case("il-inv", L.IntegerLookup(vocabulary=[3, 1, 7], invert=True), (6, "int64"), whole=(0, 4), weights=False)
case("disc-count", L.Discretization([-1.0, 0.0, 0.5], output_mode="count"), (5,), weights=False)
case("cat-weights", lambda i, w: L.CategoryEncoding(8, output_mode="count")(i, count_weights=w), (5, "int32"), (5,))
case("cat2-multi_hot", L.CategoryEncoding(8, output_mode="multi_hot"), (3, 4, "int32"))
embedding = L.ReversibleEmbedding(9, 4, logit_soft_cap=2.0)
case("revembcap", lambda i: embedding(embedding(i), reverse=True), (5, "int32"))
case("pipeline", L.Pipeline([L.Rescaling(1 / 255.0), L.RandomFlip(), L.Resizing(4, 4)]), (8, 8, 3))
case("rsz-lanczos3-last-94", L.Resizing(9, 4, interpolation="lanczos3", data_format="channels_last"), (6, 5, 3))
case(
    "rsza-lanczos5-first-33",
    L.Resizing(3, 3, interpolation="lanczos5", antialias=True, data_format="channels_first"), (3, 6, 5))
case("rsz-int", L.Resizing(4, 4), (6, 6, 3, "uint8"))
case("mg-add-mixed", lambda a, b: L.Add()([a, b]), (4, 6), (4, 6, "int32"))
case("cat-mixed", lambda a, b: L.Concatenate()([a, b]), (4, 6), (4, 6, "int32"))
case("i32-gap", L.GlobalAveragePooling2D(), (6, 6, 3, "int32"))
case("int-dense", L.Dense(4), (6, "int32"))

whole = [
    np.random.default_rng(6).integers(-9, 10, (2, 4, 6)).astype("int32"),
    (lambda a: np.where(a == 0, 3, a))(np.random.default_rng(7).integers(-5, 6, (2, 4, 6))).astype("int32")]
case("py-floordiv", lambda a, b: a // b, (4, 6, "int32"), (4, 6, "int32"), values=whole)
case("py-mod", lambda a, b: a % b, (4, 6, "int32"), (4, 6, "int32"), values=whole)
case("py-fmod", lambda a, b: a % b, (4, 6), (4, 6))
case("py-rfloordiv", lambda a: 7 // a, (4, 6, "int32"), values=[whole[1]])
case("b-floor_divide-isn", lambda x: K.floor_divide(x, -3), (4, 6, "int32"), values=[whole[0]])
case("b-mod-isn", lambda x: K.mod(x, -3), (4, 6, "int32"), values=[whole[0]])
case("sm-None", lambda x: K.softmax(x, axis=None), (4, 6))
case("r-max-init", lambda x: K.max(x, axis=1, initial=1.0), (4, 6))
case(
    "u-relu-int", K.relu, (4, 6, "int32"),
    values=[np.random.default_rng(5).integers(-5, 6, (2, 4, 6)).astype("int32")])
case(
    "maxpool2-same-channels_first", lambda x: K.max_pool(x, 2, 2, "same", data_format="channels_first"), (3, 8, 8))
case("roll2", lambda x: K.roll(x, (1, 2), axis=(1, 2)), (4, 6))
case("b-arctan2", K.arctan2, (4, 6), (4, 6))
case(
    "bn",
    lambda x: K.batch_normalization(
        x, np.arange(6, dtype="float32"), np.arange(1, 7, dtype="float32"), -1, np.ones(6, "float32"),
        np.full(6, 2.0, "float32")),
    (4, 6))
