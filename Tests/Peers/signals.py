"""Signals, losses, optimizers, text and random numbers: both of Hinge's engines compute what ONNX Runtime does, or, where that has
no kernel, the reference evaluator of onnx.

    signals.py HINGE [--seed N] [--count N] [--only TEXT]

Each maker below makes a model of one operator with random options, shapes and types; `network` makes one of several. What is drawn
at random is judged by its shape, type and distribution. Run by itself, the script makes COUNT models of each kind from SEED on.
"""

import argparse
import pathlib
import sys
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from control import expected, write_input
from report import Report, run

COUNT = 12
TRAINING = "ai.onnx.preview.training"

# The relative L2 error allowed, by element type.
TOLERANCES = {"float16": 5e-4, "float32": 2e-6, "float64": 1e-12}

# The same for Fourier transforms in ONNX Runtime, which computes them in the type itself, with rounding errors that add up.
COARSE = {"float32": 5e-5, "float64": 1e-7}


class Model:
    """A model under construction, with the values of its inputs."""

    def __init__(self, random, opset):
        self.random, self.opset = random, opset
        self.nodes, self.inputs, self.initializers, self.outputs = [], {}, [], []
        self.domains = {"": opset}

    def value(self, value, constant=None):
        """A value as an input of the graph, or as a constant of it; either at random unless it is said."""
        value = np.asarray(value)
        name = f"x{len(self.inputs) + len(self.initializers)}"
        if constant if constant is not None else self.random.random() < 0.5:
            self.initializers.append(numpy_helper.from_array(value, name))
        else:
            self.inputs[name] = value
        return name

    def add(self, kind, inputs, outputs=1, domain="", **attributes):
        names = [f"v{len(self.nodes)}_{index}" for index in range(outputs)]
        attributes = {name: value for name, value in attributes.items() if value is not None}
        self.nodes.append(helper.make_node(kind, inputs, names, domain=domain, **attributes))
        if domain:
            self.domains[domain] = 1
        return names[0] if outputs == 1 else names

    def output(self, name, kind=TensorProto.FLOAT):
        self.outputs.append(helper.make_tensor_value_info(name, kind, None))

    def made(self, values=None):
        """The model; with its outputs' values, their shapes are stated."""
        for info, value in zip(self.outputs, values or []):
            info.CopyFrom(helper.make_tensor_value_info(info.name, info.type.tensor_type.elem_type, np.asarray(value).shape))
        inputs = [
            helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(value.dtype), value.shape)
            for name, value in self.inputs.items()
        ]
        graph = helper.make_graph(self.nodes, "g", inputs, self.outputs, self.initializers)
        imports = [helper.make_opsetid(*entry) for entry in self.domains.items()]
        return helper.make_model(graph, opset_imports=imports, ir_version=9)


def kind_of(dtype):
    return helper.np_dtype_to_tensor_dtype(np.dtype(dtype))


# --- Models of one operator: each maker gives the model and who knows its outputs ------------------


def window(random):
    model = Model(random, int(random.choice([17, 20, 21])))
    kind = str(random.choice(["HannWindow", "HammingWindow", "BlackmanWindow"]))
    size = random.choice([2, 3, 4, 5, 16, 31, 400, 1000])
    dtype = random.choice(["float32", "float64", "float16"])
    size = model.value(np.array(size, random.choice(["int32", "int64"])))
    periodic = random.choice([None, 0, 1])
    y = model.add(kind, [size], output_datatype=kind_of(dtype), periodic=None if periodic is None else int(periodic))
    model.output(y, kind_of(dtype))
    # ONNX Runtime has coefficients of single precision only.
    return model, expected if dtype == "float32" else exact


def mel(random):
    model = Model(random, 17)
    rate = int(random.choice([8000, 16000, 44100]))
    low, high = random.uniform(0, 300), random.uniform(rate / 4, rate / 2)
    numbers = [np.int64(random.integers(4, 40)), np.int64(random.choice([128, 255, 512])), np.int64(rate)]
    inputs = [model.value(np.array(value)) for value in [*numbers, np.float32(low), np.float32(high)]]
    dtype = random.choice(["float32", "float64"])
    model.output(model.add("MelWeightMatrix", inputs, output_datatype=kind_of(dtype)), kind_of(dtype))
    return model, expected


LENGTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 22, 25, 27, 29, 31, 37, 49, 60, 64, 77, 94, 97, 100, 121, 128, 210, 221]


def dft(random):
    model = Model(random, int(random.choice([17, 20])))
    rank = int(random.integers(2, 5))
    axis = int(random.integers(0, rank - 1))
    shape = [int(size) for size in random.integers(1, 4, rank)]
    shape[axis] = int(random.choice(LENGTHS))
    inverse, onesided = int(random.integers(0, 2)), int(random.integers(0, 2))
    shape[-1] = (2 if inverse else 1) if onesided else int(random.integers(1, 3))
    if inverse and onesided and shape[axis] == 1:
        shape[axis] = 2
    dtype = str(random.choice(["float32", "float64"]))
    inputs = [model.value(random.normal(size=shape).astype(dtype), False), ""]
    if random.random() < 0.4:
        inputs[1] = model.value(np.array(random.choice(LENGTHS), "int64"))
    stated = axis - rank if random.random() < 0.5 else axis
    attributes = {"inverse": inverse, "onesided": onesided}
    if model.opset < 20:
        attributes["axis"] = stated
    else:
        inputs.append(model.value(np.array(stated, "int64")))
    model.output(model.add("DFT", inputs, **attributes), kind_of(dtype))
    # What ONNX Runtime makes of half a spectrum is not what the standard says of it.
    return model, reference if inverse and onesided else transformed


def stft(random):
    model = Model(random, 17)
    frame, step = int(random.choice([1, 2, 4, 5, 7, 16, 25, 31, 64])), int(random.integers(1, 9))
    length = frame + step * int(random.integers(0, 6)) + int(random.integers(0, step))
    onesided = int(random.integers(0, 2))
    parts = 1 if onesided else int(random.integers(1, 3))
    dtype = str(random.choice(["float32", "float64"]))
    signal = random.normal(size=[int(random.integers(1, 4)), length, parts]).astype(dtype)
    form = random.integers(0, 3)
    window = model.value(random.uniform(0.1, 1, frame).astype(dtype)) if form != 1 else ""
    size = model.value(np.array(frame, "int64")) if form != 0 else ""
    inputs = [model.value(signal, False), model.value(np.array(step, "int64")), window, size]
    model.output(model.add("STFT", inputs, onesided=onesided), kind_of(dtype))
    return model, transformed


def loss(random):
    kind = str(random.choice(["NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss"]))
    model = Model(random, int(random.choice([12, 13])))
    samples, classes = [int(size) for size in random.integers(1, 5, random.integers(1, 4))], int(random.integers(2, 7))
    scores = random.normal(size=[samples[0], classes, *samples[1:]]).astype("float32") * 3
    labels = random.integers(0, classes, samples)
    ignored = random.choice([None, -1, 1, 255])
    if ignored is not None:
        labels[random.random(samples) < 0.3] = ignored
        labels.flat[0] = 0 if ignored != 0 else 1
    inputs = [model.value(scores, False), model.value(labels.astype(random.choice(["int32", "int64"])))]
    if random.random() < 0.5:
        inputs.append(model.value(random.uniform(0.2, 2, classes).astype("float32")))
    both = kind == "SoftmaxCrossEntropyLoss" and random.random() < 0.5
    outputs = model.add(
        kind, inputs, 2 if both else 1, reduction=str(random.choice(["none", "sum", "mean"])),
        ignore_index=None if ignored is None else int(ignored))
    for name in outputs if both else [outputs]:
        model.output(name)
    return model, expected


def optimizer(random):
    model = Model(random, 17)
    kind = str(random.choice(["Momentum", "Adagrad", "Adam"]))
    tensors = [[int(size) for size in random.integers(1, 5, random.integers(0, 3))] for _ in range(random.integers(1, 4))]
    inputs = [model.value(np.float32(random.uniform(0.01, 0.5))), model.value(np.int64(random.integers(0, 5)))]
    states = 2 if kind == "Adam" else 1
    for state in range(2 + states):
        for shape in tensors:
            value = random.normal(size=shape).astype("float32")
            inputs.append(model.value(np.abs(value) if state >= 2 else value))
    numbers = {"norm_coefficient": float(random.uniform(0, 0.1))}
    if kind == "Momentum":
        numbers |= {"alpha": 0.9, "beta": 0.7, "mode": str(random.choice(["standard", "nesterov"]))}
    elif kind == "Adagrad":
        numbers |= {"decay_factor": 0.1, "epsilon": 1e-5}
    else:
        numbers |= {"alpha": 0.9, "beta": 0.99, "epsilon": 1e-5, "norm_coefficient_post": 0.05}
    outputs = model.add(kind, inputs, len(tensors) * (1 + states), domain=TRAINING, **numbers)
    for name in outputs:
        model.output(name)
    return model, stepped


WORDS = ["a", "B", "hello", "Hello", "WORLD", "two words", " lead", "trail ", "a,b,,c", ",", "", "Größe", "ÉCOLE", "mañana", "x\ty\n z"]


def words(random, shape):
    return np.array(random.choice(WORDS, shape), dtype=object)


def concat(random):
    model = Model(random, 20)
    shape = [int(size) for size in random.integers(1, 4, random.integers(1, 4))]
    other = [size if random.random() < 0.6 else 1 for size in shape][int(random.integers(0, len(shape))):]
    values = [words(random, shape), words(random, other)]
    random.shuffle(values)
    model.output(model.add("StringConcat", [model.value(value) for value in values]), TensorProto.STRING)
    return model, expected


def split(random):
    model = Model(random, 20)
    shape = [int(size) for size in random.integers(1, 5, random.integers(1, 3))]
    parts = model.add(
        "StringSplit", [model.value(words(random, shape))], 2,
        delimiter=random.choice([None, "", ",", "l", "lo"]), maxsplit=random.choice([None, 0, 1, 2]))
    for name, kind in zip(parts, (TensorProto.STRING, TensorProto.INT64)):
        model.output(name, kind)
    return model, divided


def normalizer(random):
    model = Model(random, 10)
    shape = [int(random.integers(1, 8))]
    shape = [1, *shape] if random.random() < 0.5 else shape
    stops = [str(word) for word in random.choice(WORDS, random.integers(0, 5)) if word]
    y = model.add(
        "StringNormalizer", [model.value(words(random, shape))], stopwords=stops or None,
        case_change_action=str(random.choice(["LOWER", "UPPER", "NONE"])), is_case_sensitive=int(random.integers(0, 2)),
        locale=random.choice([None, "en_US.UTF-8", "C.UTF-8"]))
    model.output(y, TensorProto.STRING)
    return model, normalized


PATTERNS = [
    r"[a-z]+", r"(?i)hello", r"\w+\s\w+", r".*,.*", r"", r"(a|B|x)?.*", r"\p{L}+", r"[^\s]+", r"(hello|WORLD)", r"(?s).*z", r"a{1,3}",
    r"\pL\pL+", r"[[:upper:]]+", r"^\S*$",
]


def regex(random):
    model = Model(random, 20)
    value = model.value(words(random, [int(size) for size in random.integers(1, 7, random.integers(0, 3))]))
    model.output(model.add("RegexFullMatch", [value], pattern=str(random.choice(PATTERNS))), TensorProto.BOOL)
    return model, expected


def tfidf(random):
    model = Model(random, 9)
    tokens = [str(word) for word in "the cat sat on mat".split()] if random.random() < 0.5 else [0, 1, 2, 5, -7]
    grams = {1: set(), 2: set(), 3: set()}
    for length, found in grams.items():
        for _ in range(random.integers(0, 5) if length > 1 else random.integers(1, 4)):
            found.add(tuple(random.choice(len(tokens), length)))
    pool, starts = [], []
    for found in grams.values():
        starts.append(len(pool))
        pool += [tokens[token] for gram in sorted(found) for token in gram]
    count = sum(map(len, grams.values()))
    least = int(random.integers(1, 4))
    shape = [int(random.integers(1, 12))]
    shape = [int(random.integers(1, 4)), *shape] if random.random() < 0.5 else shape
    values = random.choice(len(tokens), shape)
    isText = isinstance(tokens[0], str)
    value = np.array(tokens, dtype=object if isText else random.choice(["int32", "int64"]))[values]
    attributes = {"pool_strings" if isText else "pool_int64s": pool}
    if random.random() < 0.6:
        attributes["weights"] = [float(weight) for weight in random.uniform(0.1, 3, count)]
    y = model.add(
        "TfIdfVectorizer", [model.value(value, False)], mode=str(random.choice(["TF", "IDF", "TFIDF"])), min_gram_length=least,
        max_gram_length=int(random.integers(least, 4)), max_skip_count=int(random.integers(0, 4)), ngram_counts=starts,
        ngram_indexes=[int(place) for place in random.permutation(count)], **attributes)
    model.output(y)
    return model, expected


def network(random):
    """Speech features: a spectrogram on the mel scale, its logarithm, and a convolution."""
    model = Model(random, 17)
    frame, step, bands = 256, 128, 20
    signal = model.value(random.normal(size=[2, 2000, 1]).astype("float32"), False)
    size = model.value(np.int64(frame), True)
    window = model.add("HannWindow", [size])
    spectrum = model.add("STFT", [signal, model.value(np.int64(step), True), window, size], onesided=1)
    squares = model.add("ReduceSumSquare", [spectrum], axes=[-1], keepdims=0)
    numbers = [np.int64(bands), np.int64(frame), np.int64(16000), np.float32(60), np.float32(7600)]
    matrix = model.add("MelWeightMatrix", [model.value(np.array(value), True) for value in numbers])
    mels = model.add("MatMul", [squares, matrix])
    small = model.value(np.float32(1e-3), True)
    logs = model.add("Log", [model.add("Add", [mels, small])])
    image = model.add("Unsqueeze", [logs, model.value(np.array([1], "int64"), True)])
    weights = model.value((random.normal(size=[4, 1, 3, 3]) / 3).astype("float32"), True)
    model.output(model.add("Relu", [model.add("Conv", [image, weights], pads=[1, 1, 1, 1])]))
    return model, expected


MAKERS = [window, mel, dft, stft, loss, optimizer, concat, split, normalizer, regex, tfidf, network]


# --- Who knows the outputs -----------------------------------------------------------------------


def reference(path, inputs):
    return ReferenceEvaluator(str(path)).run(None, inputs)


def exact(path, inputs):
    """The reference evaluator's outputs in double precision, rounded once: it computes each type in itself."""
    model = onnx.load(path)
    (output,) = model.graph.output
    (attribute,) = (entry for entry in model.graph.node[0].attribute if entry.name == "output_datatype")
    dtype, attribute.i = helper.tensor_dtype_to_np_dtype(attribute.i), TensorProto.DOUBLE
    output.type.tensor_type.elem_type = TensorProto.DOUBLE
    return [value.astype(dtype) for value in ReferenceEvaluator(model).run(None, inputs)]


def stepped(path, inputs):
    """The reference evaluator's outputs, in the type of the tensors: some of its own are in double precision."""
    return [value.astype("float32") for value in reference(path, inputs)]


def transformed(path, inputs):
    """The reference evaluator, which computes in double precision, where ONNX Runtime agrees with it as far as it goes."""
    values = reference(path, inputs)
    for found, value in zip(expected(path, inputs), values):
        agree(np.asarray(found), value, "ONNX Runtime", COARSE)
    return values


def given(path, inputs):
    """The one node of a model, its one input, and its attributes."""
    model = onnx.load(path)
    (node,) = model.graph.node
    value = inputs.get(node.input[0])
    if value is None:
        value = numpy_helper.to_array(model.graph.initializer[0])
    return value, {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}


def divided(path, inputs):
    """The reference evaluator, but that strings without a delimiter have no white space at their ends, as the standard says, when
    the number of cuts is limited, too. ONNX Runtime takes blanks alone for white space, and finds no part in an empty string."""
    value, options = given(path, inputs)
    if options.get("delimiter"):
        return reference(path, inputs)
    parts = [str(text).strip().split(None, options.get("maxsplit", -1)) for text in value.ravel()]
    width = max(map(len, parts))
    padded = np.array([part + [""] * (width - len(part)) for part in parts], dtype=object)
    counts = np.array([len(part) for part in parts], "int64")
    return [padded.reshape([*value.shape, width]), counts.reshape(value.shape)]


def normalized(path, inputs):
    """What the standard says of StringNormalizer, in Python, where ONNX Runtime agrees as far as it goes: it needs the C library's
    locales, which has no capital of ß, and the reference evaluator takes accents off and stop words out of the middle of strings."""
    value, options = given(path, inputs)
    action = options.get("case_change_action", b"NONE").decode()
    change = {"NONE": str, "LOWER": str.lower, "UPPER": str.upper}[action]
    compared = str if options.get("is_case_sensitive") else str.upper if action == "UPPER" else str.lower
    stops = {compared(word.decode()) for word in options.get("stopwords", [])}
    kept = [change(str(word)) for word in value.ravel() if compared(str(word)) not in stops] or [""]
    values = [np.array(kept, dtype=object).reshape([*value.shape[:-1], len(kept)])]
    try:
        found = expected(path, inputs)[0]
    except Exception as error:
        if "Failed to construct locale" not in str(error):
            raise
    else:
        if action != "UPPER" or not any("ß" in str(word) for word in value.ravel()):
            agree(np.asarray(found), values[0], "ONNX Runtime")
    return values


def agree(found, value, name, tolerances=TOLERANCES):
    """Raises unless a tensor that Hinge wrote is the one that is known."""
    value = np.asarray(value)
    if found.shape != value.shape:
        raise ValueError(f"{name}: expected shape {value.shape}, found {found.shape}")
    if value.dtype.kind in "OUS":
        if found.astype(str).tolist() != value.astype(str).tolist():
            raise ValueError(f"{name}: expected {value.tolist()}, found {found.tolist()}")
        return
    if found.dtype != value.dtype:
        raise ValueError(f"{name}: expected {value.dtype}, found {found.dtype}")
    if value.dtype.kind != "f":
        if not np.array_equal(found, value):
            raise ValueError(f"{name}: expected {value.tolist()}, found {found.tolist()}")
        return
    if not np.array_equal(np.isnan(found), np.isnan(value)):
        raise ValueError(f"{name}: NaN in other places")
    a, b = np.nan_to_num(found.astype("float64")), np.nan_to_num(value.astype("float64"))
    error = np.linalg.norm(a - b) / (np.linalg.norm(b) or 1)
    if not error <= tolerances[str(value.dtype)]:
        raise ValueError(f"{name}: relative L2 error {error:.1e}")


def outputs_of(hinge, path, model, arguments, engine, folder):
    """What Hinge computes, by name."""
    out = folder / engine
    out.mkdir(exist_ok=True)
    for old in out.iterdir():
        old.unlink()
    run(hinge, "run", path, *arguments, "--engine", engine, "--output-dir", out, "--quiet")
    return [np.load(out / f"{info.name}.npy", allow_pickle=False) for info in model.graph.output]


def saved(model, inputs, folder):
    """The file of a model, and the arguments that give its inputs."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.onnx"
    onnx.save(model, path)
    arguments = []
    for info in model.graph.input:
        write_input(folder / f"{info.name}.pb", inputs[info.name], info)
        arguments += ["--input", f"{info.name}={folder / info.name}.pb"]
    return path, arguments


def try_maker(hinge, report, maker, seed, folder):
    folder = folder / f"{maker.__name__}-{seed}"

    def check():
        made, source = maker(np.random.default_rng(seed))
        values = source(saved(made.made(), made.inputs, folder)[0], made.inputs)
        model = made.made(values)
        path, arguments = saved(model, made.inputs, folder)
        run(hinge, "check", path)
        for engine in ("reference", "fast"):
            for info, found, value in zip(
                model.graph.output, outputs_of(hinge, path, model, arguments, engine, folder), values, strict=True
            ):
                agree(found, value, f"{info.name} ({engine})")
        return source.__name__

    report.check(f"signals: {maker.__name__} {seed}", check)


# --- What is drawn at random -----------------------------------------------------------------------


def near(found, wanted, spread, what):
    """Raises unless a mean of independent numbers is as near to what is wanted as five standard deviations of the mean."""
    if abs(found - wanted) > 5 * spread:
        raise ValueError(f"{what}: expected {wanted:.4f}, found {found:.4f}")


def drawn(kind, dtype, like, seed):
    """A model that draws 40000 numbers, and what is asked of them."""
    shape = [200, 200]
    model = Model(np.random.default_rng(1), 22)
    numbers = {"mean": 1.5, "scale": 2.0} if kind == "RandomNormal" else {"low": -1.0, "high": 3.0}
    numbers |= {"dtype": kind_of(dtype), "seed": seed}
    if like:
        y = model.add(kind + "Like", [model.value(np.zeros(shape, "float32"), False)], **numbers)
    else:
        y = model.add(kind, [], shape=shape, **numbers)
    model.output(y, kind_of(dtype))

    def judge(y):
        y, count = y.astype("float64"), y.size
        near(y.mean(), 1.5 if kind == "RandomNormal" else 1, 2 / count**0.5, "mean")
        ordered = np.sort(y.ravel())
        if kind == "RandomNormal":
            from math import erf

            known = np.array([(1 + erf((value - 1.5) / 8**0.5)) / 2 for value in ordered])
        else:
            if ordered[0] < -1 or ordered[-1] > 3:
                raise ValueError("a number out of range")
            known = (ordered + 1) / 4
        # Kolmogorov and Smirnov; numbers of few bits come in steps.
        distance = np.abs(known - (np.arange(count) + 0.5) / count).max()
        if distance > 2 / count**0.5 + (0.01 if dtype == "float16" else 0):
            raise ValueError(f"the distribution is off by {distance}")

    return model, judge


def bernoulli(dtype, seed):
    model = Model(np.random.default_rng(1), 22)
    chances = np.repeat(np.array([0, 0.1, 0.5, 0.9, 1], "float32"), 20000).reshape(5, 20000)
    model.output(model.add("Bernoulli", [model.value(chances, False)], dtype=kind_of(dtype), seed=seed), kind_of(dtype))

    def judge(y):
        if set(np.unique(y.astype("float64"))) != {0, 1}:
            raise ValueError("other numbers than 0 and 1")
        for row, chance in zip(y.astype("float64"), chances[:, 0]):
            near(row.mean(), chance, (chance * (1 - chance) / row.size) ** 0.5, f"of probability {chance}")

    return model, judge


def multinomial(dtype, seed):
    model = Model(np.random.default_rng(1), 22)
    chances = np.array([[0.1, 0.2, 0.3, 0.4], [0.97, 0.01, 0.01, 0.01], [0.25, 0.25, 0.5, 0]])
    with np.errstate(divide="ignore"):
        logarithms = (np.log(chances) + 5).astype("float32")
    y = model.add(
        "Multinomial", [model.value(logarithms, False)], dtype=kind_of(dtype), sample_size=20000, seed=seed)
    model.output(y, kind_of(dtype))

    def judge(y):
        for row, known in zip(y, chances):
            for number, chance in enumerate(known):
                near((row == number).mean(), chance, (chance * (1 - chance) / row.size) ** 0.5, f"class {number}")

    return model, judge


def check_drawn(hinge, report, folder):
    cases = {}
    for seed in (None, 7.5):
        for dtype in ("float32", "float64", "float16"):
            for kind in ("RandomNormal", "RandomUniform"):
                for like in (False, True):
                    cases[f"{kind}{'Like' if like else ''} {dtype} {seed}"] = drawn(kind, dtype, like, seed)
        for dtype in ("bool", "int32", "float64"):
            cases[f"Bernoulli {dtype} {seed}"] = bernoulli(dtype, seed)
        for dtype in ("int32", "int64"):
            cases[f"Multinomial {dtype} {seed}"] = multinomial(dtype, seed)
    for number, (name, (made, judge)) in enumerate(cases.items()):
        def check():
            model = made.made()
            model = onnx.shape_inference.infer_shapes(model, strict_mode=True)
            path, arguments = saved(model, made.inputs, folder / f"drawn-{number}")
            run(hinge, "check", path)
            stated = model.graph.output[0].type.tensor_type
            for engine in ("reference", "fast"):
                (y,) = outputs_of(hinge, path, model, arguments, engine, path.parent)
                if kind_of(y.dtype) != stated.elem_type:
                    raise ValueError(f"expected type {stated.elem_type}, found {y.dtype}")
                if [size.dim_value for size in stated.shape.dim] != list(y.shape):
                    raise ValueError(f"found shape {y.shape}")
                judge(y)

        report.check(f"signals: {name}", check)


def check_bernoulli_tests(hinge, report, folder):
    """The standard's own tests of Bernoulli, whose outputs are not a function of their inputs."""
    from onnx.backend.test import loader

    for case in loader.load_node_model_tests():
        if not case.name.startswith("test_bernoulli"):
            continue

        def check():
            (inputs, outputs), *_ = case.data_sets
            given = {info.name: value for info, value in zip(case.model.graph.input, inputs)}
            path, arguments = saved(case.model, given, folder / case.name)
            for engine in ("reference", "fast"):
                (y,) = outputs_of(hinge, path, case.model, arguments, engine, path.parent)
                if y.shape != outputs[0].shape or y.dtype != outputs[0].dtype:
                    raise ValueError(f"expected {outputs[0].dtype}{outputs[0].shape}, found {y.dtype}{y.shape}")
                if not set(np.unique(y)) <= {0, 1}:
                    raise ValueError("other numbers than 0 and 1")

        report.check(f"signals: {case.name}", check)


def check_makers(hinge, report, folder, seeds, only=""):
    for maker in MAKERS:
        if only in maker.__name__:
            for seed in seeds:
                try_maker(hinge, report, maker, seed, folder)


def check(hinge, report, folder):
    check_makers(hinge, report, folder, range(COUNT))
    check_drawn(hinge, report, folder)
    check_bernoulli_tests(hinge, report, folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hinge", type=pathlib.Path, help="the hinge program")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--count", type=int, default=COUNT, help="how many models of each kind to make")
    parser.add_argument("--only", default="", help="only the kinds whose names contain this")
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    report = Report(arguments.verbose)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        seeds = range(arguments.seed, arguments.seed + arguments.count)
        check_makers(arguments.hinge, report, folder, seeds, arguments.only)
        if not arguments.only or arguments.only == "drawn":
            check_drawn(arguments.hinge, report, folder)
            check_bernoulli_tests(arguments.hinge, report, folder)
    print(report.summary())
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
