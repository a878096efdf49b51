"""ONNX Runtime's own operators: both of Hinge's engines and ONNX Runtime compute the same.

    microsoft.py HINGE [--seed N] [--count N] [--only TEXT] [--keep FOLDER]

Each case makes models of one operator with shapes and options drawn at random. Each model is run by ONNX Runtime and by both
engines, and once more after `hinge convert --standard`, which must leave only operators of the standard, which the standard's
check accepts and ONNX Runtime runs. Then real files: encoders and a decoder as ONNX Runtime's optimizers and quantizers leave
them.
"""

import argparse
import pathlib
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

import microsoft_models
from report import Report, run

DOMAIN = "com.microsoft"
ROUNDS = 4
TOLERANCE = 2e-5
# Of the version that the quantizer writes at least and that has most of what operators stand for.
OPSET = 21


class Case:
    """One node, its inputs, and what is to be compared of its outputs."""

    def __init__(self, node, inputs, constants=(), tolerance=TOLERANCE, steps=0, parts=None):
        self.node = node
        self.inputs = {name: value for name, value in inputs.items() if value is not None}
        self.constants = set(constants)
        self.tolerance = tolerance
        # By how many steps quantized outputs may differ.
        self.steps = steps
        # Takes the part of each output that is stated.
        self.parts = parts or (lambda outputs: outputs)

    def model(self, outputs=None, opset=OPSET):
        """The model; with the outputs that it gives, their types are stated."""
        inputs, initializers = [], []
        for name, value in self.inputs.items():
            tensor = numpy_helper.from_array(value, name)
            if name in self.constants:
                initializers.append(tensor)
            else:
                inputs.append(helper.make_tensor_value_info(name, tensor.data_type, value.shape))
        results = []
        for index, name in enumerate(name for name in self.node.output if name):
            if outputs is None:
                results.append(onnx.ValueInfoProto(name=name))
            else:
                kind = helper.np_dtype_to_tensor_dtype(outputs[index].dtype)
                results.append(helper.make_tensor_value_info(name, kind, outputs[index].shape))
        graph = helper.make_graph([self.node], "g", inputs, results, initializers)
        imports = [helper.make_opsetid("", opset), helper.make_opsetid(DOMAIN, 1)]
        return helper.make_model(graph, opset_imports=imports, ir_version=10)


def node(operator, inputs, outputs=("y",), domain=DOMAIN, **attributes):
    attributes = {name: value for name, value in attributes.items() if value is not None}
    return helper.make_node(operator, inputs, list(outputs), domain=domain, **attributes)


def named(inputs, *order):
    """The names of inputs in order, empty where there is none, without absent ones at the end."""
    names = [name if inputs.get(name) is not None else "" for name in order]
    while names and not names[-1]:
        names.pop()
    return names


def floats(random, *shape, dtype=np.float32, scale=1.0):
    return (random.standard_normal(shape) * scale).astype(dtype)


def maybe(random, value):
    return value if random.random() < 0.5 else None


def attention_mask(random, batch, length, total, kinds):
    kind = random.choice(kinds)
    if kind == "none":
        return None
    if kind == "lengths":
        return random.integers(1, total + 1, batch).astype(np.int32)
    if kind == "ends":
        ends = random.integers(1, total + 1, batch)
        starts = np.array([random.integers(0, end) for end in ends])
        return np.concatenate([ends, starts]).astype(np.int32)
    if kind == "keys":
        mask = random.integers(0, 2, (batch, total))
        mask[:, 0] = 1
        return mask.astype(np.int32)
    if kind == "all":
        return np.zeros((batch, total), np.int32)
    if kind == "packed":
        # The lengths, then where each sample's queries, and its keys, would begin were they one behind the other.
        places = np.arange(batch + 1)
        return np.concatenate([random.integers(1, total + 1, batch), places * length, places * total]).astype(np.int32)
    mask = random.integers(0, 2, (batch, length, total))
    return mask.astype(np.int32)


def tolerance_of(mask):
    """Where a mask leaves a query without a key, ONNX Runtime adds its -10000 to each score in single precision."""
    is_empty = mask is not None and mask.ndim > 1 and not mask.any(-1).all()
    return 2e-3 if is_empty else TOLERANCE


# --- Fused operators -----------------------------------------------------------------------------

ACTIVATIONS = {
    "Relu": [], "Sigmoid": [], "Tanh": [], "LeakyRelu": [0.2], "Clip": [-0.3, 0.4], "HardSigmoid": [0.3, 0.4],
}


def fused_conv(random):
    activation = random.choice([None, *ACTIVATIONS])
    channels, maps, group = [(4, 6, 1), (4, 4, 2), (3, 3, 3)][random.integers(3)]
    size = random.integers(1, 4)
    inputs = {
        "x": floats(random, 2, channels, 7, 6), "w": floats(random, maps, channels // group, size, size),
        "b": maybe(random, floats(random, maps)),
    }
    pads = [int(size // 2)] * 4
    strides = [int(random.integers(1, 3))] * 2
    shape = [2, maps] + [(n + 2 * pads[0] - size) // strides[0] + 1 for n in (7, 6)]
    inputs["z"] = maybe(random, floats(random, *shape))
    parameters = ACTIVATIONS.get(activation) or None
    return Case(
        node("FusedConv", named(inputs, "x", "w", "b", "z"), group=group, pads=pads, strides=strides,
             activation=activation, activation_params=parameters), inputs, {"w", "b"})


def fused_gemm(random):
    activation = random.choice(["Relu", "LeakyRelu", "Sigmoid", "Tanh", "Softsign", "Softplus"])
    rows, columns, depth = (int(n) for n in random.integers(1, 9, 3))
    a, b = bool(random.integers(2)), bool(random.integers(2))
    inputs = {
        "a": floats(random, *((depth, rows) if a else (rows, depth))),
        "b": floats(random, *((columns, depth) if b else (depth, columns))),
        "c": maybe(random, floats(random, *[(columns,), (rows, columns), (1, columns), (rows, 1)][random.integers(4)])),
    }
    return Case(
        node("FusedGemm", named(inputs, "a", "b", "c"), transA=int(a), transB=int(b), alpha=0.7, beta=1.3,
             activation=activation, activation_alpha=0.2 if activation == "LeakyRelu" else None), inputs)


def fused_matmul(random):
    rank = int(random.integers(2, 5))
    a, b = bool(random.integers(2)), bool(random.integers(2))
    moves_a, moves_b = (bool(random.integers(2)) and rank > 2 for _ in range(2))
    batch = [int(n) for n in random.integers(1, 4, rank - 2)]
    rows, columns, depth = (int(n) for n in random.integers(1, 7, 3))

    def shape(height, width, is_transposed, is_moved):
        # The matrices [batch…, height, width] before what the operator does to them.
        dimensions = [*batch, *((width, height) if is_transposed else (height, width))]
        if is_moved:
            dimensions = [dimensions[-2], *dimensions[:-2], dimensions[-1]]
        return dimensions

    # A moved batch comes before the transposition.
    inputs = {"a": floats(random, *shape(rows, depth, a, moves_a)), "b": floats(random, *shape(depth, columns, b, moves_b))}
    return Case(
        node("FusedMatMul", ["a", "b"], transA=int(a), transB=int(b), transBatchA=int(moves_a),
             transBatchB=int(moves_b), alpha=float(random.choice([1, 0.5]))), inputs)


def transpose_matmul(random):
    batch = [int(n) for n in random.integers(1, 4, random.integers(0, 3))]
    rows, columns, depth = (int(n) for n in random.integers(1, 7, 3))
    a, b = bool(random.integers(2)), bool(random.integers(2))
    inputs = {
        "a": floats(random, *batch, *((depth, rows) if a else (rows, depth))),
        "b": floats(random, *batch, *((columns, depth) if b else (depth, columns))),
    }
    return Case(
        node("TransposeMatMul", ["a", "b"], transA=int(a), transB=int(b), alpha=float(random.choice([1, 0.5]))), inputs)


# --- Gelu and normalizations ---------------------------------------------------------------------

def shape(random, rank=3):
    return [int(n) for n in random.integers(1, 6, rank)]


def gelu(random):
    return Case(node("Gelu", ["x"]), {"x": floats(random, *shape(random))})


def bias_gelu(random):
    dimensions = shape(random)
    return Case(node("BiasGelu", ["x", "b"]), {"x": floats(random, *dimensions), "b": floats(random, dimensions[-1])})


def fast_gelu(random):
    dimensions = shape(random)
    inputs = {"x": floats(random, *dimensions), "b": maybe(random, floats(random, dimensions[-1]))}
    return Case(node("FastGelu", named(inputs, "x", "b")), inputs)


def quick_gelu(random):
    return Case(node("QuickGelu", ["x"], alpha=maybe(random, 1.3)), {"x": floats(random, *shape(random))})


def simplified_layer_normalization(random):
    dimensions = shape(random)
    inputs = {"x": floats(random, *dimensions), "s": floats(random, dimensions[-1])}
    outputs = ["y", "d"][:random.integers(1, 3)]
    return Case(
        node("SimplifiedLayerNormalization", ["x", "s"], outputs, domain="", axis=-1, epsilon=1e-5), inputs)


def skip_layer_normalization(random):
    batch, length, size = shape(random)
    dtype = random.choice([np.float32, np.float32, np.float16])
    skip = [(batch, length, size), (1, length, size), (length, size)][random.integers(3)]
    inputs = {
        "x": floats(random, batch, length, size, dtype=dtype), "s": floats(random, *skip, dtype=dtype),
        "g": floats(random, size, dtype=dtype), "b": maybe(random, floats(random, size, dtype=dtype)),
        "c": maybe(random, floats(random, size, dtype=dtype)),
    }
    outputs = ["y"] if random.integers(2) else ["y", "", "", "sum"]
    return Case(
        node("SkipLayerNormalization", named(inputs, "x", "s", "g", "b", "c"), outputs, epsilon=1e-3), inputs,
        tolerance=TOLERANCE if dtype == np.float32 else 2e-3)


def skip_simplified_layer_normalization(random):
    batch, length, size = shape(random)
    dtype = random.choice([np.float32, np.float32, np.float16])
    inputs = {
        "x": floats(random, batch, length, size, dtype=dtype), "s": floats(random, batch, length, size, dtype=dtype),
        "g": floats(random, size, dtype=dtype), "c": maybe(random, floats(random, size, dtype=dtype)),
    }
    outputs = ["y"] if random.integers(2) else ["y", "", "", "sum"]
    return Case(
        node("SkipSimplifiedLayerNormalization", named(inputs, "x", "s", "g", "c"), outputs, epsilon=1e-5), inputs,
        tolerance=TOLERANCE if dtype == np.float32 else 2e-3)


def embed_layer_normalization(random):
    batch, length, size = shape(random)
    segments = bool(random.integers(2))
    inputs = {
        "ids": random.integers(0, 11, (batch, length)).astype(np.int32),
        "segments": random.integers(0, 2, (batch, length)).astype(np.int32) if segments else None,
        "words": floats(random, 11, size), "places": floats(random, 9, size),
        "kinds": floats(random, 2, size) if segments else None,
        "g": floats(random, size), "b": floats(random, size),
        "mask": maybe(random, (np.arange(length) < random.integers(0, length + 1, (batch, 1))).astype(np.int32)),
    }
    if random.integers(2):
        inputs["ids2"] = random.integers(0, 9, (random.choice([1, batch]), length)).astype(np.int32)
    return Case(
        node("EmbedLayerNormalization", named(
            inputs, "ids", "segments", "words", "places", "kinds", "g", "b", "mask", "ids2"),
            ["y", "count", "sum"], epsilon=1e-3), inputs, {"words", "places", "kinds"})


def q_embed_layer_normalization(random):
    batch, length, size = shape(random)
    dtype = random.choice([np.uint8, np.int8])
    segments = bool(random.integers(2))
    tables = {"words": (11, size), "places": (9, size), "kinds": (2, size) if segments else None, "g": (size,), "b": (size,)}
    element = [[], [1]][random.integers(2)]
    inputs = {
        "ids": random.integers(0, 11, (batch, length)).astype(np.int32),
        "segments": random.integers(0, 2, (batch, length)).astype(np.int32) if segments else None,
        **{name: dims and quantized(random, *dims, dtype=dtype) for name, dims in tables.items()},
        "mask": maybe(random, (np.arange(length) < random.integers(0, length + 1, (batch, 1))).astype(np.int32)),
        **{f"{name}-s": dims and scale(random, *element) for name, dims in tables.items()},
        **{f"{name}-z": dims and quantized(random, *element, dtype=dtype) for name, dims in tables.items()},
    }
    return Case(
        node("QEmbedLayerNormalization", named(inputs, *inputs), ["y", "count"], epsilon=1e-3), inputs,
        {name for name in inputs if name not in ("ids", "segments", "mask")}, tolerance=1e-4)


# --- Attention -----------------------------------------------------------------------------------

def attention(random):
    batch, length, heads, size = (int(n) for n in (random.integers(1, 4), random.integers(1, 6), random.integers(1, 4), 4))
    past = int(random.integers(0, 4))
    own = size if past else int(random.choice([4, 6]))
    hidden, width = heads * size, heads * own
    total = length + past
    columns = 2 * hidden + width
    mask = attention_mask(random, batch, length, total, ["none", "lengths", "ends", "keys", "all", "pairs", "packed"])
    inputs = {
        "x": floats(random, batch, length, 5), "w": floats(random, 5, columns), "b": maybe(random, floats(random, columns)),
        "mask": mask,
        "past": floats(random, 2, batch, heads, past, size) if past else None,
        "bias": None if past else maybe(
            random, floats(random, int(random.choice([1, batch])), int(random.choice([1, heads])), length, total)),
    }
    outputs = ["y", "present"] if past or own == size and random.integers(2) else ["y"]
    return Case(
        node("Attention", named(inputs, "x", "w", "b", "mask", "past", "bias"), outputs, num_heads=heads,
             unidirectional=int(random.integers(2)), scale=maybe(random, 0.3),
             mask_filter_value=maybe(random, -1e4),
             qkv_hidden_sizes=[hidden, hidden, width] if own != size else None), inputs, {"w", "b"},
        tolerance=tolerance_of(mask))


def multi_head_attention(random):
    batch, length, heads = (int(n) for n in random.integers(1, 4, 3))
    size, own = 4, int(random.choice([4, 6]))
    kind = random.choice(["self", "cross", "past", "heads"])
    new = length if kind in ("self", "past") else int(random.integers(1, 6))
    past = int(random.integers(1, 4)) if kind == "past" else 0
    # How many rows a buffer has that holds what is past and what comes.
    room = past and int(random.choice([0, new, new + 3]))
    if kind in ("past", "heads"):
        own = size
    total = new + past
    hidden, width = heads * size, heads * own
    is_causal = int(random.integers(2)) if kind in ("self", "past") else 0
    key = (batch, heads, new, size) if kind == "heads" else (batch, new, hidden)
    value = (batch, heads, new, own) if kind == "heads" else (batch, new, width)
    inputs = {
        "q": floats(random, batch, length, hidden), "k": floats(random, *key), "v": floats(random, *value),
        "b": maybe(random, floats(random, 2 * hidden + width)) if kind != "heads" else None,
        "mask": attention_mask(random, batch, length, total, ["none", "keys", "all", "pairs"] + ([] if past else ["lengths", "packed"])),
        "bias": maybe(random, floats(random, int(random.choice([1, batch])), int(random.choice([1, heads])), length, total)),
        "pk": floats(random, batch, heads, past + room, size) if past else None,
        "pv": floats(random, batch, heads, past + room, own) if past else None,
        "past": np.full([[], [1]][random.integers(2)], past, np.int32) if room else None,
    }
    outputs = ["y", "ak", "av"] if kind == "past" or kind == "self" and random.integers(2) else ["y"]
    return Case(
        node("MultiHeadAttention", named(inputs, "q", "k", "v", "b", "mask", "bias", "pk", "pv", "past"), outputs,
             num_heads=heads, unidirectional=is_causal, scale=maybe(random, 0.3)), inputs,
        tolerance=tolerance_of(inputs["mask"]))


def multi_head_attention_of_beams(random):
    searches, beams, heads = (int(n) for n in random.integers(1, 4, 3))
    size, past, room = 4, int(random.integers(1, 5)), int(random.integers(1, 4))
    batch, hidden = searches * beams, heads * size
    inputs = {
        **{name: floats(random, batch, 1, hidden) for name in "qkv"}, "b": maybe(random, floats(random, 3 * hidden)),
        "mask": attention_mask(random, batch, 1, past + 1, ["none", "keys"]),
        # ONNX Runtime adds the first sample's numbers to all scores.
        "bias": maybe(random, floats(random, 1, int(random.choice([1, heads])), 1, past + 1)),
        "pk": floats(random, batch, heads, past + room, size), "pv": floats(random, batch, heads, past + room, size),
        "past": np.array([past], np.int32),
        "beams": random.integers(0, beams, (searches, beams, past + room)).astype(np.int32),
    }
    return Case(
        node("MultiHeadAttention", named(inputs, "q", "k", "v", "b", "mask", "bias", "pk", "pv", "past", "beams"),
             ["y", "ak", "av"], num_heads=heads, scale=maybe(random, 0.3)), inputs, tolerance=tolerance_of(inputs["mask"]))


def rotary_embedding(random):
    batch, length, heads = (int(n) for n in random.integers(1, 4, 3))
    size, rotated = 8, int(random.choice([0, 4]))
    dtype = random.choice([np.float32, np.float32, np.float16])
    half = (rotated or size) // 2
    four = bool(random.integers(2)) or rotated != 0
    dimensions = (batch, heads, length, size) if four else (batch, length, heads * size)
    positions = (
        np.array([random.integers(0, 4)]) if random.integers(2) else random.integers(0, 12, (batch, length))
    ).astype(np.int64)
    inputs = {
        "x": floats(random, *dimensions, dtype=dtype), "p": positions, "c": floats(random, 12, half, dtype=dtype),
        "s": floats(random, 12, half, dtype=dtype),
    }
    return Case(
        node("RotaryEmbedding", ["x", "p", "c", "s"], interleaved=int(random.integers(2)),
             num_heads=heads if rotated else int(random.choice([0, heads])), rotary_embedding_dim=rotated), inputs,
        tolerance=TOLERANCE if dtype == np.float32 else 4e-3)


def group_query_attention(random):
    heads, shared, size = [(2, 1), (4, 2), (3, 3)][random.integers(3)] + (32,)
    is_prompt = bool(random.integers(2))
    batch = int(random.integers(1, 4))
    length = int(random.integers(1, 6)) if is_prompt else (1 if batch > 1 else int(random.integers(1, 4)))
    room = int(random.integers(0, 3))
    if is_prompt:
        counts = np.full(batch, length) if random.integers(2) else random.integers(1, length + 1, batch)
        counts[0] = length
        total, past = length, 0
        cache = random.choice([0, length + room])
    else:
        before = random.integers(1, 6, batch)
        counts = before + length
        total = int(counts.max())
        cache = total + room if random.integers(2) else int(before.max())
        if random.integers(2):
            counts[:] = total
            cache = random.choice([total - length, total + room])
    is_packed = bool(random.integers(2))
    width = (heads + 2 * shared if is_packed else heads) * size
    do_rotary = int(random.integers(2))
    rotated = int(random.choice([16, 32]))
    window = int(random.choice([-1, 1, 2, 3]))
    inputs = {
        "q": floats(random, batch, length, width),
        "k": None if is_packed else floats(random, batch, length, shared * size),
        "v": None if is_packed else floats(random, batch, length, shared * size),
        "pk": floats(random, batch, shared, cache, size) if cache or not is_prompt else None,
        "pv": floats(random, batch, shared, cache, size) if cache or not is_prompt else None,
        "counts": (counts - 1).astype(np.int32), "total": np.array(total, np.int32),
        "c": floats(random, 32, rotated // 2) if do_rotary else None,
        "s": floats(random, 32, rotated // 2) if do_rotary else None,
        "bias": maybe(random, floats(random, int(random.choice([1, batch])), int(random.choice([1, heads])), length, total)),
    }
    # What came last is drawn last.
    inputs["sinks"] = maybe(random, floats(random, heads))
    scores = [None, 1, 2][random.integers(3)]

    def parts(outputs):
        # What is beyond the keys of a sample is anything.
        y, key, value, *products = outputs
        result = []
        for index, count in enumerate(counts):
            result.append(y[index, :count] if is_prompt else y[index])
            result += [key[index, :, :count], value[index, :, :count]]
            result += [p[index, :, :count if is_prompt else length, :count] for p in products]
        return result

    return Case(
        node("GroupQueryAttention", named(
            inputs, "q", "k", "v", "pk", "pv", "counts", "total", "c", "s", "ids", "bias", "sinks"),
            ["y", "ak", "av", "scores"][:4 if scores else 3], qk_output=scores, smooth_softmax=maybe(random, 1),
            num_heads=heads, kv_num_heads=shared, do_rotary=do_rotary, rotary_interleaved=int(random.integers(2)),
            local_window_size=window, scale=maybe(random, 0.3), softcap=maybe(random, 2.0)), inputs, {"total"}, parts=parts)


# --- Quantized operators -------------------------------------------------------------------------

def quantized(random, *shape, dtype=np.uint8):
    low, high = (0, 256) if dtype == np.uint8 else (-128, 128)
    return random.integers(low, high, shape).astype(dtype)


def scale(random, *shape):
    return random.uniform(0.01, 0.1, shape).astype(np.float32)


def linear(operator):
    def make(random):
        dtype = random.choice([np.uint8, np.int8, np.uint16, np.int16])
        dimensions = shape(random)
        axis = int(random.integers(-3, 3))
        lanes = [[], [1], [dimensions[axis]]][random.integers(3)]
        low, high = np.iinfo(dtype).min, np.iinfo(dtype).max + 1
        integers = random.integers(low, high, dimensions).astype(dtype)
        inputs = {
            "x": integers if operator == "DequantizeLinear" else floats(random, *dimensions, scale=9),
            "s": scale(random, *lanes), "z": maybe(random, np.asarray(random.integers(low, high, lanes), dtype)),
        }
        if operator == "DequantizeLinear" and random.integers(4) == 0:
            inputs |= {"x": integers.astype(np.int32), "z": None}
        return Case(
            node(operator, named(inputs, "x", "s", "z"), axis=axis if axis != 1 else None), inputs,
            {"s", "z"} if random.integers(2) else set())
    return make


def one_operand(operator, **attributes):
    def make(random):
        dtype = random.choice([np.uint8, np.int8])
        is_image = "Pool" in operator
        dimensions = [2, 3, 6, 5] if is_image else shape(random)
        inputs = {
            "x": quantized(random, *dimensions, dtype=dtype), "xs": scale(random), "xz": quantized(random, dtype=dtype),
            "ys": scale(random), "yz": quantized(random, dtype=dtype),
        }
        given = {name: value(random) if callable(value) else value for name, value in attributes.items()}
        if operator == "QLinearSoftmax":
            inputs["ys"] = np.array(1 / 256, np.float32)
            inputs["yz"] = np.array(0 if dtype == np.uint8 else -128, dtype)
        if operator in ("QLinearSigmoid", "QLinearLeakyRelu") and random.integers(2):
            inputs["xz"] = None
        return Case(
            node(operator, named(inputs, "x", "xs", "xz", "ys", "yz"), **given), inputs, {"xs", "xz", "ys", "yz"}, steps=1)
    return make


def two_operands(operator):
    def make(random):
        dtype = random.choice([np.uint8, np.int8])
        dimensions = shape(random)
        other = [dimensions, dimensions[-1:], [1, 1, 1], [dimensions[0], 1, 1]][random.integers(4)]
        inputs = {
            "a": quantized(random, *dimensions, dtype=dtype), "as": scale(random), "az": quantized(random, dtype=dtype),
            "b": quantized(random, *other, dtype=dtype), "bs": scale(random), "bz": quantized(random, dtype=dtype),
            "ys": scale(random) * 4, "yz": quantized(random, dtype=dtype),
        }
        return Case(
            node(operator, named(inputs, "a", "as", "az", "b", "bs", "bz", "ys", "yz")), inputs,
            {"as", "az", "bs", "bz", "ys", "yz"}, steps=1)
    return make


def q_linear_concat(random):
    dtype = random.choice([np.uint8, np.int8])
    axis = int(random.integers(-3, 3))
    dimensions = shape(random)
    inputs = {"ys": scale(random), "yz": quantized(random, dtype=dtype)}
    for index in range(int(random.integers(1, 4))):
        dimensions[axis] = int(random.integers(1, 4))
        inputs |= {
            f"x{index}": quantized(random, *dimensions, dtype=dtype), f"s{index}": scale(random),
            f"z{index}": quantized(random, dtype=dtype),
        }
    constants = [name for name in inputs if name[0] in "syz"]
    return Case(node("QLinearConcat", list(inputs), axis=axis), inputs, constants, steps=1)


def weights(random, depth, columns):
    """Weights, their scale and zero point, one or one for each column.

    They are small: where a processor has no instructions for products of 8-bit integers, ONNX Runtime adds up two of them in
    16 bits, which larger ones overflow.
    """
    dtype = random.choice([np.uint8, np.int8])
    channels = [columns] if random.integers(2) else []
    low, high = (65, 192) if dtype == np.uint8 else (-63, 64)
    zero = np.asarray(random.integers(low, high, channels)).astype(dtype)
    return random.integers(low, high, (depth, columns)).astype(dtype), scale(random, *channels), zero


def dynamic_quantize_matmul(random):
    depth, columns = (int(n) for n in random.integers(1, 9, 2))
    w, s, z = weights(random, depth, columns)
    inputs = {
        "a": floats(random, 2, 3, depth), "b": w, "s": s, "z": maybe(random, z),
        "bias": maybe(random, floats(random, columns)),
    }
    return Case(
        node("DynamicQuantizeMatMul", named(inputs, "a", "b", "s", "z", "bias")), inputs, {"b", "s", "z", "bias"})


def matmul_integer_to_float(random):
    depth, columns = (int(n) for n in random.integers(1, 9, 2))
    w, s, z = weights(random, depth, columns)
    dtype = random.choice([np.uint8, np.int8])
    if dtype == np.int8 and w.dtype == np.uint8:
        dtype = np.uint8
    inputs = {
        "a": quantized(random, 2, 3, depth, dtype=dtype), "b": w, "as": scale(random), "bs": s,
        "az": maybe(random, quantized(random, dtype=dtype)), "bz": maybe(random, z),
        "bias": maybe(random, floats(random, columns)),
    }
    return Case(
        node("MatMulIntegerToFloat", named(inputs, "a", "b", "as", "bs", "az", "bz", "bias")), inputs,
        {"b", "as", "bs", "az", "bz", "bias"})


def q_gemm(random):
    rows, depth, columns = (int(n) for n in random.integers(1, 9, 3))
    a, b = bool(random.integers(2)), bool(random.integers(2))
    w, s, z = weights(random, depth, columns)
    dtype = np.uint8 if w.dtype == np.uint8 else random.choice([np.uint8, np.int8])
    result = bool(random.integers(2))
    inputs = {
        "a": quantized(random, *((depth, rows) if a else (rows, depth)), dtype=dtype), "as": scale(random),
        "az": quantized(random, dtype=dtype), "b": np.ascontiguousarray(w.T) if b else w, "bs": s, "bz": z,
        "c": maybe(random, random.integers(-900, 900, columns).astype(np.int32)),
        "ys": scale(random) * 9 if result else None, "yz": quantized(random, dtype=dtype) if result else None,
    }
    return Case(
        node("QGemm", named(inputs, "a", "as", "az", "b", "bs", "bz", "c", "ys", "yz"), transA=int(a), transB=int(b),
             alpha=float(random.choice([1, 0.5]))), inputs, {"as", "az", "b", "bs", "bz", "c", "ys", "yz"}, steps=1)


def matmul_n_bits(random):
    bits = int(random.choice([4, 4, 8, 2]))
    block = int(random.choice([16, 32]))
    columns, depth = int(random.integers(1, 9)), int(random.choice([16, 32, 48, 96]))
    blocks = -(-depth // block)
    kind = random.choice(["none", "packed", "numbers"])
    groups = maybe(random, random.integers(0, blocks, depth).astype(np.int32)) if bits == 4 and kind == "none" else None
    dtype = random.choice([np.float32, np.float32, np.float16])
    zeros = None
    if kind == "packed":
        zeros = quantized(random, columns * -(-blocks * bits // 8))
    elif kind == "numbers":
        zeros = (floats(random, columns, blocks, scale=2) + 8).astype(dtype)
    inputs = {
        "a": floats(random, 2, int(random.integers(1, 4)), depth, dtype=dtype),
        "b": quantized(random, columns, blocks, block * bits // 8), "s": scale(random, columns * blocks).astype(dtype),
        "z": zeros, "g": groups, "bias": maybe(random, floats(random, columns, dtype=dtype)),
    }
    return Case(
        node("MatMulNBits", named(inputs, "a", "b", "s", "z", "g", "bias"), K=depth, N=columns, bits=bits,
             block_size=block), inputs, {"b", "s", "z", "g", "bias"}, tolerance=1e-4 if dtype == np.float32 else 1e-2)


def q_attention(random):
    batch, length, heads, size = int(random.integers(1, 4)), int(random.integers(1, 6)), int(random.integers(1, 4)), 4
    past = int(random.integers(0, 3))
    columns = 3 * heads * size
    w, s, z = weights(random, 6, columns)
    inputs = {
        "x": quantized(random, batch, length, 6), "w": w, "b": floats(random, columns), "xs": scale(random) * 0.2, "ws": s,
        "mask": attention_mask(random, batch, length, length + past, ["none", "lengths", "keys"]),
        "xz": quantized(random), "wz": z, "past": floats(random, 2, batch, heads, past, size) if past else None,
    }
    return Case(
        node("QAttention", named(inputs, "x", "w", "b", "xs", "ws", "mask", "xz", "wz", "past"),
             ["y", "present"] if past else ["y"], num_heads=heads, unidirectional=int(random.integers(2))), inputs,
        {"w", "b", "xs", "ws", "xz", "wz"}, tolerance=1e-4)


def image(random):
    return int(random.integers(2))


CASES = {
    "FusedConv": fused_conv, "FusedGemm": fused_gemm, "FusedMatMul": fused_matmul, "Gelu": gelu, "BiasGelu": bias_gelu,
    "FastGelu": fast_gelu, "QuickGelu": quick_gelu, "SimplifiedLayerNormalization": simplified_layer_normalization,
    "SkipLayerNormalization": skip_layer_normalization,
    "SkipSimplifiedLayerNormalization": skip_simplified_layer_normalization,
    "EmbedLayerNormalization": embed_layer_normalization, "Attention": attention,
    "MultiHeadAttention": multi_head_attention, "MultiHeadAttention of beams": multi_head_attention_of_beams,
    "RotaryEmbedding": rotary_embedding,
    "GroupQueryAttention": group_query_attention, "QLinearAdd": two_operands("QLinearAdd"),
    "QLinearMul": two_operands("QLinearMul"), "QLinearSigmoid": one_operand("QLinearSigmoid"),
    "QLinearLeakyRelu": one_operand("QLinearLeakyRelu", alpha=0.2),
    "QLinearSoftmax": one_operand("QLinearSoftmax", axis=-1, opset=13),
    "QLinearGlobalAveragePool": one_operand("QLinearGlobalAveragePool", channels_last=image),
    "QLinearAveragePool": one_operand(
        "QLinearAveragePool", kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 1, 1], count_include_pad=image,
        channels_last=image),
    "QLinearConcat": q_linear_concat, "DynamicQuantizeMatMul": dynamic_quantize_matmul,
    "MatMulIntegerToFloat": matmul_integer_to_float, "QGemm": q_gemm, "MatMulNBits": matmul_n_bits,
    "QAttention": q_attention, "TransposeMatMul": transpose_matmul,
    "QEmbedLayerNormalization": q_embed_layer_normalization, "QuantizeLinear": linear("QuantizeLinear"),
    "DequantizeLinear": linear("DequantizeLinear"),
}


# --- Running -------------------------------------------------------------------------------------

def onnxruntime_outputs(model, inputs):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    names = {item.name for item in session.get_inputs()}
    return session.run(None, {name: value for name, value in inputs.items() if name in names})


def agree(found, expected, case, where):
    """Raises unless two lists of outputs agree; returns the largest error."""
    worst = 0.0
    for index, (f, e) in enumerate(zip(found, expected, strict=True)):
        f, e = np.asarray(f), np.asarray(e)
        if f.shape != e.shape or f.dtype != e.dtype:
            raise ValueError(f"{where}: output {index}: expected {e.dtype}{e.shape}, found {f.dtype}{f.shape}")
        if not e.size:
            continue
        difference = np.abs(f.astype(np.float64) - e.astype(np.float64))
        limit = case.steps if e.dtype.kind in "iu" else case.tolerance * np.maximum(1, np.abs(e.astype(np.float64)))
        if not (difference <= limit).all():
            raise ValueError(f"{where}: output {index}: the error {difference.max():.2e} is above the limit")
        worst = max(worst, float(difference.max()))
    return worst


def run_hinge(hinge, path, inputs, folder, engine):
    arguments = []
    names = {info.name for info in onnx.load(path).graph.input}
    for name, value in inputs.items():
        if name in names:
            np.save(folder / f"{name}.npy", value)
            arguments += ["--input", f"{name}={folder / name}.npy"]
    out = folder / f"out-{engine}"
    out.mkdir(exist_ok=True)
    run(hinge, "run", path, *arguments, "--engine", engine, "--output-dir", out, "--quiet")
    names = [info.name for info in onnx.load(path).graph.output]
    return [np.load(out / f"{name}.npy") for name in names]


def domains(model):
    return {entry.domain for entry in model.graph.node}


def try_case(hinge, report, name, case, folder):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.onnx"

    def check():
        outputs = onnxruntime_outputs(case.model().SerializeToString(), case.inputs)
        onnx.save(case.model(outputs), path)
        expected = case.parts(outputs)
        worst = 0.0
        for engine in ("reference", "fast"):
            found = run_hinge(hinge, path, case.inputs, folder, engine)
            worst = max(worst, agree(case.parts(found), expected, case, engine))
        standard = folder / "standard.onnx"
        run(hinge, "convert", path, standard, "--standard", "--no-verify")
        written = onnx.load(standard)
        if domains(written) - {""}:
            raise ValueError(f"the standard form has operators of {domains(written)}")
        onnx.checker.check_model(str(standard))
        agree(case.parts(onnxruntime_outputs(str(standard), case.inputs)), expected, case, "standard form")
        return f"error {worst:.1e}"

    report.check(f"microsoft: {name}", check)


def check_cases(hinge, report, folder, seeds, only=""):
    for name, make in CASES.items():
        for seed in seeds:
            if only not in name:
                continue
            random = np.random.default_rng([seed, *name.encode()])
            try_case(hinge, report, f"{name} {seed}", make(random), folder / f"{name}-{seed}")


def check(hinge, report, folder):
    check_cases(hinge, report, folder, range(ROUNDS))
    microsoft_models.check(hinge, report, folder / "models")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hinge", type=pathlib.Path, help="the hinge program")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--count", type=int, default=ROUNDS, help="how many models of each operator to make")
    parser.add_argument("--only", default="", help="only the operators whose names contain this")
    parser.add_argument("--keep", type=pathlib.Path, help="where to leave the models")
    arguments = parser.parse_args()
    report = Report(verbose=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or pathlib.Path(temporary)
        seeds = range(arguments.seed, arguments.seed + arguments.count)
        check_cases(arguments.hinge, report, folder, seeds, arguments.only)
    print(report.summary())
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
