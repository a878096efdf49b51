"""Random ONNX models, written as .keras and .h5, loaded by Keras and compared with ONNX Runtime.

Each family below makes a small model around a few operators: windows with every kind of padding, integers, axes from either
end, old spellings of attributes that are inputs today. The seeds are fixed. Every model must be written as .keras; of
the families in LAYERS, which Keras has layers for, as .h5 too. Keras loads the files in safe mode, without custom
objects, under settings that are not its defaults: what a file doesn't state would be taken from them.
"""

import numpy as np

from report import compare, run

SEEDS = range(4)
TOLERANCE = 1e-5  # relative L2; sums of a few dozen products of random numbers, in another order

# The versions that a model is written in.
OPSETS = [7, 9, 11, 13, 17, 18, 21, 23]

FAMILIES = {}
LAYERS = {"dense", "convolution", "image_network", "sequence"}


def family(make):
    FAMILIES[make.__name__] = make
    return make


class Builder:
    """Nodes, inputs and constants of a model under construction; `r` is the source of random numbers."""

    def __init__(self, seed, opset):
        self.r, self.opset = np.random.default_rng(seed), opset
        self.nodes, self.constants, self.inputs, self.outputs = [], [], {}, []

    def at_least(self, opset):
        self.opset = max(self.opset, opset)

    def pick(self, *items):
        return items[self.r.integers(len(items))]

    def coin(self):
        return self.r.random() < 0.5

    def floats(self, *shape):
        return self.r.standard_normal(shape).astype(np.float32)

    def integers(self, low, high, *shape, dtype=np.int64):
        return self.r.integers(low, high, shape).astype(dtype)

    def given(self, array):
        name = f"x{len(self.inputs)}"
        self.inputs[name] = array
        return name

    def constant(self, array):
        from onnx import numpy_helper

        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def add(self, kind, *inputs, outputs=1, **attributes):
        from onnx import helper

        names = [f"v{len(self.nodes)}_{index}" for index in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names if outputs > 1 else names[0]

    def give(self, *names):
        self.outputs += names

    def with_numbers(self, kind, x, key, numbers, since, **attributes):
        """An operator whose numbers are an attribute before a version and an input from then on."""
        if self.opset < since:
            return self.add(kind, x, **{key: numbers}, **attributes)
        return self.add(kind, x, self.constant(np.array(numbers, np.int64)), **attributes)

    def model(self):
        import onnx
        from onnx import helper

        inputs = [
            helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
            for name, array in self.inputs.items()
        ]
        outputs = [helper.make_empty_tensor_value_info(name) for name in self.outputs]
        graph = helper.make_graph(self.nodes, "random", inputs, outputs, self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=8)
        known = onnx.shape_inference.infer_shapes(model).graph
        types = {value.name: value for value in [*known.value_info, *known.output]}
        del model.graph.output[:]
        model.graph.output.extend(types[name] for name in self.outputs)
        return model


# MARK: Families


@family
def activations(b):
    x = b.given(b.floats(2, 3, 4))
    kind, attributes = b.pick(
        ("LeakyRelu", {"alpha": 0.01}), ("Elu", {"alpha": 0.7}), ("Selu", {"alpha": 1.1, "gamma": 0.9}),
        ("HardSigmoid", {}), ("HardSigmoid", {"alpha": 0.3, "beta": 0.4}), ("Softplus", {}), ("Softsign", {}),
    )
    b.give(b.add(kind, x, **attributes))
    low, high = b.pick((None, 0.5), (-0.5, None), (-0.5, 0.5), (0.0, 6.0))
    if b.opset < 11:
        b.give(b.add("Clip", x, **{k: v for k, v in (("min", low), ("max", high)) if v is not None}))
    else:
        b.give(b.add("Clip", x, *("" if v is None else b.constant(np.float32(v)) for v in (low, high))))
    axis = int(b.r.integers(0, 3))
    b.give(b.add(b.pick("Softmax", "LogSoftmax", "Hardmax"), x, axis=axis))
    b.give(b.add("PRelu", x, b.constant(b.floats(*b.pick((3, 1), (4,), (3, 4), (1,))))))


@family
def broadcasting(b):
    shapes = b.pick(((2, 3), (3,)), ((3,), (2, 3)), ((2, 3), ()), ((2, 1, 4), (2, 3, 1)), ((4,), (2, 1, 1, 4)))
    x, y = b.given(b.floats(*shapes[0])), b.pick(b.given, b.constant)(b.floats(*shapes[1]))
    for kind in ("Add", "Sub", "Mul", "Div"):
        b.give(b.add(kind, x, y) if b.coin() else b.add(kind, y, x))
    b.at_least(8)
    b.give(b.add(b.pick("Max", "Min", "Sum", "Mean"), x, y, x))


@family
def whole_numbers(b):
    b.at_least(13)
    dtype = b.pick(np.int32, np.int64)
    dividend = b.integers(-20, 21, 3, 4, dtype=dtype)
    if dtype == np.int64:
        dividend[0] += 2**53 + 1
    divisor = b.pick(3, -3, 7) * np.ones(4, dtype)
    x, y = b.given(dividend), b.pick(b.given, b.constant)(divisor)
    b.give(b.add("Div", x, y), b.add("Mod", x, y), b.add("Mod", x, y, fmod=1), b.add("Mul", x, y))
    b.give(b.add("Cast", b.add(b.pick("Less", "Equal"), x, y), to=6))
    b.give(b.add("CumSum", x, b.constant(np.array(b.pick(0, -1))), exclusive=int(b.coin()), reverse=int(b.coin())))
    levels = b.constant(np.array(b.pick([0, 1], [-1, 2]), np.float32))
    b.give(b.add("OneHot", b.add("Cast", x, to=7), b.constant(np.array(5)), levels, axis=-1))


@family
def reductions(b):
    b.at_least(11)
    x, rank = b.given(b.floats(2, 3, 4)), 3
    axes = sorted(int(a) for a in b.r.permutation(rank)[: b.r.integers(1, rank + 1)])
    if b.coin():
        axes = [axis - rank for axis in axes]
    keep = int(b.coin())
    b.give(b.with_numbers("ReduceSum", x, "axes", axes, 13, keepdims=keep))
    kind = b.pick("ReduceMean", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceLogSumExp", "ReduceProd")
    b.give(b.with_numbers(kind, x, "axes", axes, 18, keepdims=keep))
    last = {"select_last_index": 1} if b.opset >= 12 and b.coin() else {}
    b.give(b.add(b.pick("ArgMax", "ArgMin"), x, axis=b.pick(0, 1, 2), keepdims=keep, **last))
    b.give(*b.add("TopK", x, b.constant(np.array([2])), outputs=2, axis=b.pick(-1, 1), largest=int(b.coin())))


@family
def shapes(b):
    x = b.given(b.floats(2, 3, 1, 4))
    b.give(b.with_numbers("Squeeze", x, "axes", [2], 13), b.with_numbers("Unsqueeze", x, "axes", [b.pick(0, 2, 4)], 13))
    b.give(b.add("Flatten", x, axis=b.pick(1, 2, 3)), b.add("Transpose", x, perm=[int(p) for p in b.r.permutation(4)]))
    b.give(b.add("Reshape", x, b.constant(np.array(b.pick([0, -1], [-1, 4], [0, 0, 4], [2, 12])))))
    b.give(b.add("Concat", x, b.add("Relu", x), axis=b.pick(0, 1, 3)))
    starts, ends = b.pick(([1, 0], [3, 3]), ([0, -3], [2**31 - 1, -1]))
    if b.opset < 10:
        b.give(b.add("Slice", x, starts=starts, ends=ends, axes=[1, 3]))
    else:
        b.give(b.add("Slice", x, *(b.constant(np.array(v)) for v in (starts, ends, [1, 3], b.pick([1, 1], [1, 2])))))
    pads, value = [0, 1, 0, 2, 0, 0, 1, -1], b.pick(0.0, 1.5)
    if b.opset < 11:
        b.give(b.add("Pad", x, pads=pads, value=value))
    else:
        b.give(b.add("Pad", x, b.constant(np.array(pads)), b.constant(np.float32(value))))
    b.give(b.add("Gather", x, b.constant(b.integers(-4 if b.opset >= 11 else 0, 4, 2)), axis=3))


@family
def lookups(b):
    b.at_least(13)
    ids = b.given(b.integers(-6, 6, 2, 3, dtype=b.pick(np.int32, np.int64)))
    b.give(b.add("Gather", b.constant(b.floats(6, 4)), ids), b.add("Gather", b.constant(b.integers(0, 9, 6)), ids))
    x = b.given(b.floats(4, 3, 2))
    places = b.integers(-2, 2, 5, 3)
    places[:, 0] = b.integers(-4, 4, 5)
    places[:, 1] = b.integers(-3, 3, 5)
    b.give(b.add("GatherND", x, b.pick(b.given, b.constant)(places[:, : b.pick(1, 2, 3)])))
    b.give(b.add("GatherElements", x, b.constant(b.integers(-3, 3, 4, 2, 2)), axis=1))
    b.give(b.add("Where", b.given(b.integers(0, 2, 3, 2).astype(bool)), x, b.constant(np.float32(-1))))


@family
def dense(b):
    x, width = b.given(b.floats(3, 4)), 4
    for _ in range(b.r.integers(1, 4)):
        units = int(b.r.integers(2, 6))
        if b.coin():
            x = b.add("Gemm", x, b.constant(b.floats(units, width)), b.constant(b.floats(units)), transB=1, alpha=0.5)
        else:
            x = b.add("Add", b.add("MatMul", x, b.constant(b.floats(width, units))), b.constant(b.floats(units)))
        x, width = b.add(b.pick("Relu", "Tanh", "Sigmoid", "Elu"), x), units
    b.give(b.add("Softmax", x, axis=1), b.add("Mul", x, b.constant(b.floats(width))))


def window(b, kernel, dilations=True, overlaps=False):
    """The attributes of a window: strides, dilations and padding of every kind."""
    rank = len(kernel)
    attributes = {"kernel_shape": kernel}
    if b.coin():
        # ONNX Runtime can't leave out elements between the windows of a pooling that pads by itself.
        attributes["strides"] = [int(b.r.integers(1, (size if overlaps else 3) + 1)) for size in kernel]
    if dilations and b.r.random() < 0.3:
        attributes["dilations"] = [int(d) for d in b.r.integers(1, 3, rank)]
    kind = b.pick("none", "pads", "SAME_UPPER", "SAME_LOWER", "VALID")
    if kind == "pads":
        attributes["pads"] = [int(b.r.integers(0, kernel[axis % rank])) for axis in range(2 * rank)]
    elif kind != "none":
        attributes["auto_pad"] = kind
    return attributes


@family
def convolution(b):
    rank, groups = b.pick(1, 2, 2, 3), b.pick(1, 1, 2)
    kernel = [int(k) for k in b.r.integers(1, 4, rank)]
    channels, filters = groups * b.pick(1, 2, 3), groups * b.pick(1, 2)
    x = b.given(b.floats(2, channels, *b.r.integers(6, 9, rank)))
    weights = b.constant(b.floats(filters, channels // groups, *kernel))
    y = b.add("Conv", x, weights, b.constant(b.floats(filters)), group=groups, **window(b, kernel))
    b.give(b.add("Relu", y) if b.coin() else y)


@family
def transposed(b):
    b.at_least(11)
    rank = b.pick(1, 2)
    kernel = [int(k) for k in b.r.integers(1, 4, rank)]
    attributes = window(b, kernel, dilations=False)
    x = b.given(b.floats(2, 2, *b.r.integers(3, 6, rank)))
    b.give(b.add("ConvTranspose", x, b.constant(b.floats(2, 3, *kernel)), b.constant(b.floats(3)), **attributes))


@family
def pooling(b):
    b.at_least(11)
    rank = b.pick(1, 2, 2, 3)
    x = b.given(b.floats(2, 3, *b.r.integers(5, 9, rank)))
    kernel = [int(k) for k in b.r.integers(1, 4, rank)]
    b.give(b.add("MaxPool", x, **window(b, kernel, overlaps=True), ceil_mode=int(b.coin())))
    attributes = window(b, kernel, dilations=False, overlaps=True)
    b.give(b.add("AveragePool", x, **attributes, ceil_mode=int(b.coin()), count_include_pad=int(b.coin())))
    b.give(b.add(b.pick("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"), x))


@family
def normalization(b):
    b.at_least(9)
    x = b.given(b.floats(2, 4, 3, 5))
    vectors = [b.constant(b.floats(4)) for _ in range(3)] + [b.constant(np.abs(b.floats(4)) + 0.1)]
    b.give(b.add("BatchNormalization", x, *vectors, epsilon=b.pick(1e-5, 0.1)))
    b.give(b.add("InstanceNormalization", x, *vectors[:2]), b.add("LRN", x, size=3, alpha=0.1))
    b.give(b.add("LpNormalization", x, axis=b.pick(1, 3), p=b.pick(1, 2)))
    if b.opset >= 17:
        shape = b.pick((5,), (3, 5))
        scale = b.constant(b.floats(*shape)), b.constant(b.floats(*shape))
        b.give(b.add("LayerNormalization", x, *scale, axis=-len(shape), epsilon=0.01))


@family
def resizing(b):
    b.at_least(13)
    x = b.given(b.floats(2, 3, 4, 5))
    mode, attributes = b.pick("nearest", "linear", "cubic"), {}
    if mode == "nearest":
        attributes["nearest_mode"] = b.pick("floor", "ceil", "round_prefer_floor", "round_prefer_ceil")
    coordinates = b.pick("half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel")
    scales = np.array([1, 1, *b.pick((2, 2), (2, 3), (1.5, 0.75))], np.float32)
    b.give(b.add("Resize", x, "", b.constant(scales), mode=mode, coordinate_transformation_mode=coordinates, **attributes))
    y = b.given(b.floats(2, 8, 4, 6))
    b.give(b.add("DepthToSpace", y, blocksize=2, mode=b.pick("DCR", "CRD")), b.add("SpaceToDepth", y, blocksize=2))


@family
def image_network(b):
    b.at_least(9)
    x, channels, size = b.given(b.floats(2, 3, 8, 8)), 3, 8
    for _ in range(b.r.integers(2, 5)):
        step = b.pick("convolve", "convolve", "pool", "normalize", "double", "depthwise", "scale")
        if step == "convolve":
            filters = int(b.r.integers(2, 6))
            weights = b.constant(b.floats(filters, channels, 3, 3) * 0.3)
            x, channels = b.add("Conv", x, weights, b.constant(b.floats(filters)), pads=[1] * 4), filters
        elif step == "pool" and size >= 4:
            x = b.add(b.pick("MaxPool", "AveragePool"), x, kernel_shape=[2, 2], strides=[2, 2])
            size //= 2
        elif step == "normalize":
            vectors = [b.constant(b.floats(channels)) for _ in range(3)]
            x = b.add("BatchNormalization", x, *vectors, b.constant(np.abs(b.floats(channels)) + 0.2))
        elif step == "double":
            x, channels = b.add("Concat", x, b.add("Relu", x), axis=1), 2 * channels
        elif step == "depthwise":
            x = b.add("Conv", x, b.constant(b.floats(channels, 1, 3, 3)), pads=[1] * 4, group=channels)
        elif step == "scale":
            x = b.add("Mul", x, b.constant(b.floats(*b.pick((1, channels, 1, 1), (channels, 1, 1), (1,)))))
    flat = b.add("Flatten", x) if b.coin() else b.add("Flatten", b.add("GlobalAveragePool", x))
    width = channels * size * size if b.nodes[-1].input[0] == x else channels
    b.give(b.add("MatMul", flat, b.constant(b.floats(width, 2) * 0.2)))


@family
def sequence(b):
    b.at_least(11)
    kind, gates = b.pick(("LSTM", 4), ("GRU", 3), ("RNN", 1))
    directions = b.pick(1, 1, 2)
    direction = "bidirectional" if directions == 2 else "forward"
    x = b.add("Transpose", b.given(b.floats(2, 4, 3)), perm=[1, 0, 2])
    weights = [(3,), (5,)]
    tensors = [b.constant(b.floats(directions, gates * 5, *shape) * 0.3) for shape in weights]
    tensors.append(b.constant(b.floats(directions, 2 * gates * 5) * 0.3))
    attributes = {"linear_before_reset": int(b.coin())} if kind == "GRU" else {}
    y, _ = b.add(kind, x, *tensors, outputs=2, hidden_size=5, direction=direction, **attributes)
    if directions == 1:
        b.give(b.add("Transpose", b.with_numbers("Squeeze", y, "axes", [1], 13), perm=[1, 0, 2]))
    else:
        moved = b.add("Transpose", y, perm=[2, 0, 1, 3])
        b.give(b.add("Reshape", moved, b.constant(np.array([0, 0, 10]))))


# MARK: The check


def outputs_of(path, arrays):
    """What Keras computes; the settings are put back."""
    import keras

    settings = keras.config.image_data_format(), keras.config.floatx(), keras.config.epsilon()
    try:
        keras.config.set_image_data_format("channels_first")
        keras.config.set_floatx("float16")
        keras.config.set_epsilon(0.01)
        model = keras.saving.load_model(path, custom_objects=None, compile=False, safe_mode=True)
        found = model(arrays[0] if len(arrays) == 1 else arrays, training=False)
        return [keras.ops.convert_to_numpy(value) for value in keras.tree.flatten(found)]
    finally:
        keras.config.set_image_data_format(settings[0])
        keras.config.set_floatx(settings[1])
        keras.config.set_epsilon(settings[2])


def check(hinge, report, folder):
    import onnx
    import onnxruntime

    onnxruntime.set_default_logger_severity(3)
    for index, (name, make) in enumerate(FAMILIES.items()):
        for seed in SEEDS:
            builder = Builder([index, seed], OPSETS[(index + 3 * seed) % len(OPSETS)])
            make(builder)
            model = builder.model()
            source = folder / f"{name}-{seed}.onnx"
            onnx.save(model, source)

            def convert(extension):
                session = onnxruntime.InferenceSession(source, providers=["CPUExecutionProvider"])
                expected = session.run(None, builder.inputs)
                target = source.with_suffix(extension)
                run(hinge, "convert", source, target, "--quiet")
                found = outputs_of(target, list(builder.inputs.values()))
                for f, e in zip(found, expected):
                    if f.dtype != e.dtype:
                        raise ValueError(f"expected {e.dtype}, found {f.dtype}")
                return compare(found, expected, TOLERANCE)

            for extension in (".keras", ".h5") if name in LAYERS else (".keras",):
                report.check(f"writer: {source.name} (opset {builder.opset}) -> {extension}", lambda: convert(extension))
