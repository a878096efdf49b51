"""Makes the files of this folder: models in which masks go from layer to layer, with outputs as Keras computes them.

    python make.py TAG [FOLDER] [--tf-keras] [--only GROUP]

TAG begins the files' names. Each group is one model of many branches: TAG_GROUP.keras, packed again with compression, and
TAG_GROUP.npz with its inputs in_0, … and outputs out_0, …. The outputs are those of the model that was read back from its
file. Those that are here are of keras 3.15.1 (k315) with TensorFlow 2.21; tf-keras and older versions can be made as well.
"""
import argparse
import io
import os
import pathlib
import zipfile

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np

STEPS, FEATURES = 6, 3


def recorded():
    """The inputs: padding in the middle, at the left, everywhere and nowhere."""
    random = np.random.default_rng(5)
    ids = np.array([[1, 2, 0, 3, 4, 5], [0, 0, 3, 1, 2, 0], [0] * 6, [5, 4, 3, 2, 1, 1]], "int32")
    other = np.array([[0, 2, 1, 0, 4, 5], [3, 3, 0, 0, 2, 1], [1, 2, 0, 0, 3, 3], [0] * 6], "int32")
    short = np.array([[1, 0, 2, 3], [0, 0, 0, 0], [4, 5, 0, 0], [0, 3, 2, 0]], "int32")
    docs = random.integers(0, 6, size=(4, 3, 5)).astype("int32")
    docs[:, :, 3:], docs[1, 0], docs[2] = 0, 0, 0
    normal = lambda *shape: random.normal(size=shape).astype("float32")
    x = normal(4, STEPS, FEATURES)
    x[ids == 0] = 0
    return dict(
        ids=ids, other=other, short=short, docs=docs, x=x, free=normal(4, STEPS, FEATURES), vector=normal(4, FEATURES),
        h=normal(4, 2), c=normal(4, 2), given=random.integers(0, 2, size=(4, STEPS)).astype(bool),
        pairs=random.integers(0, 2, size=(4, STEPS, STEPS)).astype(bool),
        long=np.concatenate([ids, other], axis=1), unknown=ids)


class Branches:
    """The inputs and outputs of one model while its branches are made."""

    def __init__(self, keras):
        self.keras, self.inputs, self.outputs = keras, {}, []
        self.isKeras3 = keras.__version__.startswith("3.")
        self.version = tuple(int(part) for part in keras.__version__.split(".")[:2])

    def input(self, name):
        if name not in self.inputs:
            example = recorded()[name]
            shape = (None,) if name in ("long", "unknown") else example.shape[1:]
            self.inputs[name] = self.keras.Input(shape, dtype=str(example.dtype), name=name)
        return self.inputs[name]

    def masked(self, name="ids", size=FEATURES):
        return self.keras.layers.Embedding(6, size, mask_zero=True)(self.input(name))

    def add(self, *values):
        self.outputs += values

    def follow(self, y):
        """Adds a sequence, and what reads its mask."""
        layers = self.keras.layers
        self.add(y, layers.GRU(2)(y), layers.GlobalAveragePooling1D()(y))


def layers(b):
    """Each layer behind an Embedding."""
    L = b.keras.layers
    made = [
        L.Activation("tanh"), L.ReLU(), L.LeakyReLU(), L.ELU(), L.PReLU(), L.Dense(4),
        L.EinsumDense("btc,cd->btd", output_shape=(None, 4)), L.Dropout(0.3), L.SpatialDropout1D(0.3), L.GaussianNoise(0.3),
        L.ActivityRegularization(0.1), L.Identity(), L.BatchNormalization(), L.LayerNormalization(), L.GroupNormalization(3),
        L.UnitNormalization(), L.Rescaling(2.0, 0.5), L.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 3.0]),
        L.Conv1D(4, 3, padding="same"), L.SeparableConv1D(4, 3, padding="causal" if not b.isKeras3 else "same"),
        L.MaxPooling1D(2), L.UpSampling1D(2), L.ZeroPadding1D(1), L.Cropping1D(1), L.Permute((1, 2)),
        L.Reshape((STEPS, FEATURES)), L.TimeDistributed(L.Dense(4)),
    ]
    if b.isKeras3:
        made += [L.SpectralNormalization(L.Dense(4))]
    if b.version >= (3, 9):
        made += [L.RMSNormalization()]
    for layer in made:
        b.follow(layer(b.masked()))
    b.follow(L.Dense(2)(L.Masking()(b.input("x"))))
    b.follow(L.RepeatVector(4)(L.GRU(3)(b.masked())))
    b.add(L.GlobalMaxPooling1D()(b.masked()), L.GlobalAveragePooling1D(keepdims=True)(b.masked()))
    if not b.isKeras3:
        b.add(L.Softmax()(L.Flatten()(b.masked())))


def recurrent(b):
    """Layers with a memory, in every form."""
    L = b.keras.layers
    sequence = dict(return_sequences=True)
    made = [
        L.LSTM(3, **sequence), L.GRU(3, reset_after=False, **sequence), L.SimpleRNN(3, go_backwards=True, **sequence),
        L.LSTM(3, unroll=True, go_backwards=True, **sequence), L.GRU(3, activation="gelu", **sequence),
        L.RNN([L.LSTMCell(3), L.GRUCell(2)], **sequence),
        L.RNN(L.GRUCell(3), zero_output_for_mask=True, go_backwards=True, **sequence),
        L.RNN(L.GRUCell(3), zero_output_for_mask=True, unroll=True, go_backwards=True, **sequence),
        L.RNN(L.GRUCell(3, activation="gelu"), zero_output_for_mask=True, unroll=True, go_backwards=True, **sequence),
        L.Bidirectional(L.LSTM(3, **sequence)), L.Bidirectional(L.GRU(3, **sequence), merge_mode="mul"),
        L.Bidirectional(L.LSTM(3, unroll=True, **sequence), merge_mode="sum"),
        L.Bidirectional(L.SimpleRNN(3, activation="gelu", **sequence), merge_mode="ave"),
    ]
    for layer in made:
        b.follow(layer(b.masked()))
    for layer in [
        L.LSTM(3), L.GRU(3, go_backwards=True), L.Bidirectional(L.LSTM(3)), L.Bidirectional(L.GRU(3, unroll=True)),
        L.RNN(L.GRUCell(3), zero_output_for_mask=True), L.RNN(L.GRUCell(3), zero_output_for_mask=True, go_backwards=True),
    ]:
        b.add(layer(b.masked()))
    y, h, c = L.LSTM(3, return_state=True, **sequence)(b.masked())
    b.follow(y)
    b.add(h, c)
    first, second = L.Bidirectional(L.GRU(3, **sequence), merge_mode=None)(b.masked())
    b.follow(first)
    b.follow(second)
    b.follow(L.GRU(2, **sequence)(b.masked(), initial_state=b.input("h")))
    b.follow(L.LSTM(2, **sequence)(b.masked(), initial_state=[b.input("h"), b.input("c")]))
    b.follow(L.Bidirectional(L.GRU(2, **sequence))(b.masked(), initial_state=[b.input("h"), b.input("c")]))
    b.follow(L.GRU(3, **sequence)(b.input("free"), mask=b.input("given")))
    b.follow(L.GRU(3, **sequence)(b.masked(), mask=b.input("given")))
    b.add(L.TimeDistributed(L.GRU(3))(b.masked("docs")), L.TimeDistributed(L.GlobalAveragePooling1D())(b.masked("docs")))
    if not b.isKeras3:
        b.follow(L.TimeDistributed(L.GRU(3))(b.masked("docs")))
        words = L.TimeDistributed(L.Embedding(6, 3, mask_zero=True))(b.input("docs"))
        b.follow(L.TimeDistributed(L.LSTM(3))(words))


def unknown(b):
    """Sequences whose number of steps only a run can tell."""
    L = b.keras.layers
    e = b.masked("long")
    for layer in [
        L.LSTM(3, return_sequences=True), L.GRU(3, return_sequences=True, go_backwards=True),
        L.SimpleRNN(3, return_sequences=True), L.Bidirectional(L.LSTM(3, return_sequences=True)),
        L.RNN([L.LSTMCell(3), L.LSTMCell(2)], return_sequences=True),
        L.RNN(L.GRUCell(3), return_sequences=True, zero_output_for_mask=True),
        L.RNN(L.GRUCell(3, reset_after=False), return_sequences=True, zero_output_for_mask=True, go_backwards=True),
    ]:
        b.follow(layer(e))
    states = [b.input("h"), b.input("c")]
    mask = {"mask": b.keras.ops.not_equal(b.input("long"), 0)} if b.isKeras3 else {}
    for backwards in (False, True):
        b.follow(L.LSTM(2, return_sequences=True, go_backwards=backwards)(e, initial_state=states, **mask))
        b.add(*L.LSTM(2, return_state=True, go_backwards=backwards)(e, initial_state=states, **mask))
    b.add(L.RNN(L.GRUCell(3), zero_output_for_mask=True)(e), L.GRU(3, go_backwards=True)(e))
    b.add(L.LSTM(3)(e), L.Bidirectional(L.GRU(3))(e), *L.LSTM(2, return_state=True)(e))
    b.follow(L.MultiHeadAttention(2, 2)(e, b.masked("unknown"), use_causal_mask=True))
    b.follow(L.Attention()([e, b.masked("unknown")], use_causal_mask=True))


def merging(b):
    """Layers of several inputs, with masks on all or some of them."""
    L = b.keras.layers
    made = [L.Add, L.Multiply, L.Average, L.Maximum, L.Minimum, L.Concatenate, lambda: L.Concatenate(axis=1), L.Subtract]
    for index, make in enumerate(made):
        b.follow(make()([b.masked(), b.masked("other")]))
        isAlong = index == 6
        if not isAlong or b.version >= (3, 4):
            b.follow(make()([b.masked(), b.input("free")]))
            b.follow(make()([b.input("free"), b.masked("other")]))
        if make is not L.Subtract:
            b.follow(make()([b.masked(), L.Masking()(b.input("x")), b.masked("other")]))
    e = b.masked()
    b.follow(L.Multiply()([e, L.Dense(1, activation="sigmoid")(e)]))
    b.follow(L.Add()([e, b.input("vector")]) if b.isKeras3 else L.Add()([e, e]))
    b.follow(L.Dot(axes=(2, 2))([e, b.masked("other")]))


def attention(b):
    """Attention without heads."""
    L = b.keras.layers
    for make, call in [
        (L.Attention, {}), (L.Attention, {"use_causal_mask": True}), (L.AdditiveAttention, {}),
    ]:
        e = b.masked()
        b.follow(make()([e, e], **call))
        b.follow(make()([b.masked(), b.masked("short")], **call))
        b.follow(make()([b.input("free"), b.masked(), L.Dense(3)(e)], **call))
    y, scores = L.Attention()([b.masked(), b.masked("short")], return_attention_scores=True)
    b.follow(y)
    b.add(scores)
    b.follow(L.Attention()([b.input("free"), b.input("x")], mask=[b.input("given"), b.input("given")]))


def heads(b):
    """Attention with heads, which in some versions takes masks away from its inputs."""
    L = b.keras.layers
    made = [lambda: L.MultiHeadAttention(2, 2), lambda: L.MultiHeadAttention(2, 2, dropout=0.1)]
    if b.isKeras3:
        made.append(lambda: L.GroupQueryAttention(2, 4, 2))
    for make in made:
        e = b.masked()
        y = make()(e, e)
        b.follow(y)
        b.follow(L.Maximum()([e, y]))
        b.follow(L.Attention()([e, y]))
        b.follow(make()(b.masked(), b.masked("short"), use_causal_mask=True))
        b.follow(make()(b.input("free"), b.masked(), b.masked("other")))
        x = b.masked()
        for _ in range(2):
            x = L.LayerNormalization()(L.Add()([x, make()(x, x)]))
            x = L.Add()([x, L.Dense(3)(x)])
        b.follow(x)
    e = b.masked()
    y, scores = L.MultiHeadAttention(2, 2)(e, b.masked("short"), return_attention_scores=True)
    b.add(y, scores, L.MultiHeadAttention(2, 2)(e, e, attention_mask=b.input("pairs")))
    e = b.masked()
    first = L.Attention()([e, e])
    second = L.MultiHeadAttention(2, 2)(e, e)
    third = L.Attention()([L.Dense(3)(L.Dense(3)(e)), e])
    b.add(first, second, third, L.Maximum()([e, b.masked("other")]), L.Attention()([e, L.Dense(3)(first)]))


def nested(b):
    """Models inside the model, which masks enter and leave."""
    K, L = b.keras, b.keras.layers
    i = K.Input((STEPS, FEATURES))
    for inside in [L.GRU(3, return_sequences=True)(L.Dense(3)(i)), L.Dense(3)(i), L.Conv1D(3, 2, padding="same")(i)]:
        b.follow(K.Model(i, inside)(b.masked()))
    ids = K.Input((STEPS,), dtype="int32")
    inner = K.Model(ids, L.Dense(3)(L.Embedding(6, 3, mask_zero=True)(ids)))
    b.follow(L.Dense(2)(inner(b.input("ids"))))
    b.follow(L.Add()([inner(b.input("ids")), inner(b.input("other"))]))
    b.follow(K.Sequential([K.Input((STEPS, FEATURES)), L.Dense(3), L.GRU(3, return_sequences=True)])(b.masked()))
    one, two = K.Input((STEPS, FEATURES)), K.Input((STEPS, FEATURES))
    pair = K.Model([one, two], [L.Maximum()([one, two]), L.GRU(2)(one), L.Attention()([one, two])])
    for values in [[b.masked(), b.masked("other")], [b.masked(), b.input("free")]]:
        x, y, z = pair(values)
        b.follow(x)
        b.add(y)
        b.follow(z)
    e = b.masked()
    y = K.Model(i, L.MultiHeadAttention(2, 2)(i, i))(e)
    b.follow(y)
    b.add(L.Maximum()([e, y]))


def operations(b):
    """Masks that operations make."""
    L, ops = b.keras.layers, b.keras.ops
    ids, other, x = b.input("ids"), b.input("other"), b.input("x")
    mask = ops.not_equal(ids, 0)
    both = ops.logical_and(mask, ops.logical_not(ops.equal(other, 0)))
    either = ops.logical_or(both, ops.greater(ids, 3))
    every = ops.all(ops.stack([mask, ops.any(ops.not_equal(x, 0.0), axis=-1)], axis=0), axis=0)
    where = ops.cast(ops.where(mask, ops.zeros_like(ids), ops.ones_like(other)), "bool")
    e = L.Embedding(6, FEATURES)(ids)
    b.add(*(L.GRU(2)(e, mask=m) for m in (either, every, where)), L.GlobalAveragePooling1D()(e, mask=both))
    pairs = ops.logical_and(ops.expand_dims(mask, 1), ops.expand_dims(mask, 2))
    b.add(L.MultiHeadAttention(2, 2)(e, e, attention_mask=pairs))
    number = lambda value: ops.cast(value, "float32")
    b.add(
        number(ops.concatenate([mask, both], axis=1)), number(ops.logical_xor(mask, both)), number(ops.full_like(ids, 7)),
        number(ops.zeros_like(x, dtype="bool")), number(ops.ones_like(x, dtype="int32")), number(ops.convert_to_tensor(mask)),
        number(ops.count_nonzero(ids, axis=1)), number(ops.cumsum(ops.cast(mask, "int32"), axis=1)),
        ops.where(ops.expand_dims(mask, -1), x, -1e9), number(ops.tril(b.input("pairs"))),
        number(ops.triu(b.input("pairs"), k=1)), number(ops.isin(ids, [1, 2])), number(ops.bitwise_and(ids, other)))
    for y in [ops.multiply(b.masked(), 2.0), ops.cast(b.masked(), "float32"), ops.reshape(b.masked(), (-1, STEPS, FEATURES))]:
        b.add(y, L.GRU(2)(y))


GROUPS = [layers, recurrent, unknown, merging, attention, heads, nested, operations]


def fill(model):
    """Gives every weight a number that tells it from others."""
    random = np.random.default_rng(11)
    for weight in model.weights:
        name = getattr(weight, "path", weight.name)
        if any(part in name for part in ("count", "seed", "vector_u")):
            continue
        value = random.normal(size=weight.shape) * 0.6
        weight.assign((np.abs(value) + 0.5 if "variance" in name or "gamma" in name else value).astype("float32"))


def packed(path):
    """Packs a `.keras` file again, with compression and without its date."""
    source = zipfile.ZipFile(path)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name), source.read(name), zipfile.ZIP_DEFLATED)
    path.write_bytes(buffer.getvalue())


def make(keras, group, tag, folder):
    keras.utils.set_random_seed(7)
    branches = Branches(keras)
    group(branches)
    names = sorted(branches.inputs)
    model = keras.Model([branches.inputs[name] for name in names], branches.outputs)
    fill(model)
    path = folder / f"{tag}_{group.__name__}.keras"
    model.save(path)
    packed(path)
    inputs = [recorded()[name] for name in names]
    outputs = keras.models.load_model(path, compile=False)(inputs if len(inputs) > 1 else inputs[0], training=False)
    arrays = {f"in_{index}": value for index, value in enumerate(inputs)}
    arrays |= {f"out_{index}": np.asarray(value) for index, value in enumerate(outputs)}
    np.savez_compressed(path.with_suffix(".npz"), **arrays)
    print(path.name, len(outputs), "outputs", path.stat().st_size, "bytes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("tag")
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    parser.add_argument("--tf-keras", action="store_true")
    parser.add_argument("--only", action="append")
    arguments = parser.parse_args()
    if arguments.tf_keras:
        import tf_keras as keras
    else:
        import keras
    for group in GROUPS:
        if arguments.only and group.__name__ not in arguments.only:
            continue
        if group is operations and not keras.__version__.startswith("3."):
            continue
        make(keras, group, arguments.tag, arguments.folder)
