"""Every operator of `ai.onnx.ml`, under all its options, held against the standard's reference evaluator and ONNX Runtime.

A case names who judges it: the reference evaluator (R), ONNX Runtime (O), both, or arrays that follow the standard's words in
NumPy. Both peers leave out some options, or disagree with the words; a case then names the other, and says why.
"""

import itertools
import warnings

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from report import elementwise, run

DOMAIN = "ai.onnx.ml"
TYPES = {
    np.dtype("float32"): TensorProto.FLOAT, np.dtype("float64"): TensorProto.DOUBLE,
    np.dtype("int32"): TensorProto.INT32, np.dtype("int64"): TensorProto.INT64,
    np.dtype("int16"): TensorProto.INT16, np.dtype("float16"): TensorProto.FLOAT16,
    np.dtype("bool"): TensorProto.BOOL,
}
# Rounding to float32, relative to the greater of a number's size and 1; the quantile of `PROBIT` loses some more.
TOLERANCE = 2e-6

rng = np.random.default_rng(7)


def element_type(array):
    return TYPES.get(array.dtype, TensorProto.STRING)


def make_model(operator, inputs, outputs, version, **attributes):
    """A model of one node; `outputs` gives the element types."""
    attributes = {name: value for name, value in attributes.items() if value is not None}
    names = [f"x{index}" for index in range(len(inputs))]
    results = [f"y{index}" for index in range(len(outputs))]
    node = helper.make_node(operator, names, results, domain=DOMAIN, **attributes)
    graph = helper.make_graph(
        [node], "g",
        [helper.make_tensor_value_info(name, element_type(value), value.shape) for name, value in zip(names, inputs)],
        [helper.make_tensor_value_info(name, kind, None) for name, kind in zip(results, outputs)],
    )
    imports = [helper.make_opsetid("", 18), helper.make_opsetid(DOMAIN, version)]
    return helper.make_model(graph, opset_imports=imports, ir_version=8)


def of_runtime(model, inputs):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, {f"x{index}": value for index, value in enumerate(inputs)})


def of_reference(model, inputs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        copies = {f"x{index}": value.copy() for index, value in enumerate(inputs)}
        return ReferenceEvaluator(model).run(None, copies)


def of_hinge(hinge, path, inputs, folder, engine):
    arguments = []
    for index, value in enumerate(inputs):
        file = folder / f"{path.stem}-x{index}.npy"
        np.save(file, value.astype(np.str_) if value.dtype == object else value)
        arguments += ["--input", f"x{index}={file}"]
    out = folder / f"{path.stem}-{engine}"
    run(hinge, "run", path, *arguments, "--output-dir", out, "--engine", engine)
    count = len(onnx.load(path).graph.output)
    return [np.load(out / f"y{index}.npy") for index in range(count)]


def agree(found, expected, tolerance=TOLERANCE):
    """Raises unless outputs are those expected: strings and integers exactly."""
    numbers = [[], []]
    for index, (f, e) in enumerate(zip(found, map(np.asarray, expected), strict=True)):
        if e.dtype.kind == "f":
            numbers[0].append(f)
            numbers[1].append(e)
        elif f.shape != e.shape or not np.array_equal(f.astype(str), e.astype(str)):
            raise ValueError(f"output {index}: expected {e.tolist()}, found {f.tolist()}")
    return elementwise(numbers[0], numbers[1], tolerance)


class Cases:
    """Runs cases and counts them."""

    def __init__(self, hinge, report, folder):
        self.hinge, self.report, self.folder, self.count = hinge, report, folder, 0

    def add(self, label, operator, inputs, outputs, judge="RO", version=3, tolerance=TOLERANCE, **attributes):
        """Runs one case; `judge` says who must agree with Hinge: R, O, both, or arrays."""
        self.count += 1
        path = self.folder / f"case{self.count}.onnx"
        inputs = [np.asarray(value) for value in inputs]

        def check():
            model = make_model(operator, inputs, outputs, version, **attributes)
            onnx.save(model, path)
            notes = []
            for engine in ("fast", "reference"):
                found = of_hinge(self.hinge, path, inputs, self.folder, engine)
                if not isinstance(judge, str):
                    notes.append(agree(found, judge, tolerance))
                    continue
                for letter in judge:
                    expected = (of_runtime if letter == "O" else of_reference)(model, inputs)
                    notes.append(agree(found, expected, tolerance))
            return ", ".join(notes)

        self.report.check(f"learned: {operator} {label}", check)


F, D, I, S = TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.INT64, TensorProto.STRING
TRANSFORMS = ["NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"]
MODES = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"]
NUMBERS = np.array([[1.5, -2, 0, 3], [0, 0.25, -1, 7], [-4, -0.5, -3, -1]])
KINDS = ["float32", "float64", "int32", "int64"]


def check_features(cases):
    for kind in KINDS:
        x = NUMBERS.astype(kind)
        out = element_type(x)
        cases.add(f"of {kind}", "Binarizer", [x], [out], "O" if kind == "float32" else "R", threshold=0.2)
        cases.add(f"of {kind}", "ArrayFeatureExtractor", [x, np.array([2, 0, 2])], [out])
        for norm in ["MAX", "L1", "L2"]:
            cases.add(f"{norm} of {kind}", "Normalizer", [x], [F], "O", norm=norm)
        cases.add(f"of {kind}", "Scaler", [x], [F], "O", offset=[1.0, 2, -1, 0.5], scale=[0.3, 2, -1, 4])
        cases.add(f"of {kind}, one for all", "Scaler", [x], [F], "O", offset=[0.1], scale=[0.3])
        judge = "O" if kind != "int32" else "R"
        cases.add(f"of {kind}", "OneHotEncoder", [x], [F], judge, cats_int64s=[3, 0, -1])
        widths = [4, 2, 5]
        cases.add(f"of {kind}", "FeatureVectorizer", [x, x, x], [F], "O", inputdimensions=widths)
    cases.add("of a vector", "ArrayFeatureExtractor", [NUMBERS[0].astype("float32"), np.array([[1, 3]])], [F])
    cases.add("of a cube", "ArrayFeatureExtractor", [np.arange(24.0).reshape(2, 3, 4), np.array([[3], [1]])], [D])
    words = np.array([["a", "bb"], ["", "c"]], dtype=object)
    cases.add("of strings", "ArrayFeatureExtractor", [words, np.array([1])], [S], "O")
    cases.add("of strings", "OneHotEncoder", [words], [F], cats_strings=["c", "a", "x"])
    missing = NUMBERS.astype("float32")
    missing[1, 2] = missing[0, 0] = np.nan
    each = {"imputed_value_floats": [1.0, 2, 3, 4], "replaced_value_float": np.nan}
    cases.add("of NaN", "Imputer", [missing], [F], **each)
    cases.add("of 0, one for all", "Imputer", [missing], [F], imputed_value_floats=[9.0], replaced_value_float=0.0)
    cases.add("of float64", "Imputer", [missing.astype("float64")], [D], "R", **each)
    for kind in ["int64", "int32"]:
        x = NUMBERS.astype(kind)
        judge = "RO" if kind == "int64" else "R"
        whole = {"imputed_value_int64s": [7], "replaced_value_int64": -1}
        cases.add(f"of {kind}", "Imputer", [x], [element_type(x)], judge, **whole)


def check_labels(cases):
    words = np.array([["cat", "dog"], ["cow", ""]], dtype=object)
    places = np.array([[2, 0], [7, -1]])
    classes = {"classes_strings": ["dog", "cow", "cat"]}
    cases.add("1 of strings", "LabelEncoder", [words], [I], "O", version=1, default_int64=-7, **classes)
    cases.add("1 of integers", "LabelEncoder", [places], [S], "O", version=1, default_string="?", **classes)
    sets = {"strings": ["cat", "cow", ""], "int64s": [2, -1, 5], "floats": [0.5, np.nan, -2.0]}
    inputs = {"strings": words, "int64s": places, "floats": np.array([0.5, np.nan, 0, -2], dtype="float32")}
    kinds = {"strings": S, "int64s": I, "floats": F}
    defaults = {"default_string": "none", "default_int64": 9, "default_float": 0.25}
    for version, (key, value) in itertools.product([2, 4], itertools.product(sets, sets)):
        lists = {f"keys_{key}": sets[key], f"values_{value}": sets[value]}
        x = inputs[key]
        if version == 2 and key == "floats":
            x = np.nan_to_num(x)  # ONNX Runtime finds no NaN in version 2, where the bits count
        cases.add(
            f"{version} from {key} to {value}", "LabelEncoder", [x], [kinds[value]],
            "O", version=version, **lists, **defaults)
    for key, value in itertools.product(["int16", "float64", "int64"], ["int16", "float64", "float32"]):
        tensors = {
            "keys_tensor": numpy_helper.from_array(np.array([1, 3, 2], dtype=key)),
            "values_tensor": numpy_helper.from_array(np.array([10, 30, 20], dtype=value)),
            "default_tensor": numpy_helper.from_array(np.array([-5], dtype=value)),
        }
        x = np.array([3, 1, 9, 2], dtype=key)
        expected = [np.array([30, 10, -5, 20], dtype=value)]
        outputs = [TYPES[np.dtype(value)]]
        cases.add(f"4 from {key} to {value}", "LabelEncoder", [x], outputs, expected, version=4, **tensors)
    mapping = {"cats_int64s": [4, 2, 7], "cats_strings": ["dog", "cat", "cow"]}
    cases.add("of strings", "CategoryMapper", [words], [I], "O", default_int64=-3, **mapping)
    cases.add("of integers", "CategoryMapper", [places], [S], "O", default_string="?", **mapping)


def check_linear(cases):
    for kind, transform in itertools.product(KINDS, TRANSFORMS):
        x = NUMBERS.astype(kind)
        options = {"post_transform": transform, "tolerance": 2e-4 if transform == "PROBIT" else TOLERANCE}
        three = {"coefficients": rng.normal(0, 0.1, 12).tolist(), "intercepts": [0.3, 0.4, 0.2]}
        label = f"{transform} of {kind}"
        numbers, names = {"classlabels_ints": [7, 3, 5]}, {"classlabels_strings": ["a", "b", "c"]}
        cases.add(label, "LinearClassifier", [x], [I, F], "O", **numbers, **three, **options)
        cases.add(f"{label}, strings", "LinearClassifier", [x], [S, F], "O", **names, **three, **options)
        if transform != "PROBIT":
            one = {"coefficients": rng.normal(0, 0.3, 4).tolist(), "intercepts": [0.2], "classlabels_ints": [4, 6]}
            cases.add(f"{label}, one score", "LinearClassifier", [x], [I, F], "R", **one, **options)
        if kind == "float32":
            cases.add(f"{transform}, 3 targets", "LinearRegressor", [x], [F], "O", targets=3, **three, **options)
    cases.add("without intercepts", "LinearRegressor", [NUMBERS.astype("float32")], [F], "O", coefficients=[0.5, 1, 2, 3])


def check_machines(cases):
    x = (NUMBERS / 4).astype("float32")
    for kernel, transform, classes in itertools.product(
        ["LINEAR", "POLY", "RBF", "SIGMOID"], TRANSFORMS, [2, 3, 4]
    ):
        counts = [2, 1, 3, 2][:classes]
        total, pairs = sum(counts), classes * (classes - 1) // 2
        machine = {
            "coefficients": rng.normal(0, 0.7, (classes - 1) * total).tolist(), "kernel_type": kernel,
            "kernel_params": [0.4, 0.3, 2.0], "rho": rng.normal(0, 0.2, pairs).tolist(),
            "support_vectors": rng.normal(0, 1, total * 4).tolist(), "vectors_per_class": counts,
            "classlabels_ints": [9, 8, 7, 6][:classes], "post_transform": transform,
        }
        machine["coefficients"][0] = -0.5  # the reference evaluator has another label where none is negative
        odds = {"prob_a": rng.normal(-1, 0.5, pairs).tolist(), "prob_b": rng.normal(0, 0.3, pairs).tolist()}
        tolerance = 2e-4 if transform == "PROBIT" else 5e-6
        # The coupling of probabilities is iterated in float32 by both.
        label = f"{kernel} {transform}, {classes} classes"
        odds["tolerance"] = max(tolerance, 2e-5)
        cases.add(f"{label}, probabilities", "SVMClassifier", [x], [I, F], "O", **machine, **odds)
        # ONNX Runtime leaves out the transform of a single score, and PROBIT fills half of the output.
        if classes > 2 or transform in ("NONE", "LOGISTIC"):
            cases.add(label, "SVMClassifier", [x], [I, F], "O", tolerance=tolerance, **machine)
        elif transform != "PROBIT":
            cases.add(label, "SVMClassifier", [x], [I, F], "R", tolerance=tolerance, **machine)
    for kernel, one_class in itertools.product(["LINEAR", "POLY", "RBF", "SIGMOID"], [0, 1]):
        machine = {
            "kernel_type": kernel, "kernel_params": [0.4, 0.3, 2.0], "coefficients": [0.5, -0.3, 0.8], "rho": [-0.1],
            "n_supports": 3, "one_class": one_class, "support_vectors": rng.normal(0, 1, 12).tolist(),
        }
        cases.add(f"{kernel} {one_class}", "SVMRegressor", [x], [F], "RO", tolerance=5e-6, **machine)
    linear = {"coefficients": rng.normal(0, 1, 12).tolist(), "rho": [0.2], "kernel_params": [0.0, 0.0, 0.0]}
    cases.add("linear, 3 classes", "SVMClassifier", [x], [I, F], "O", classlabels_ints=[5, 6, 7], **linear)
    linear = {"coefficients": [1.0, 2, 3, 4], "rho": [0.5], "kernel_params": [0.0] * 3, "n_supports": 0}
    cases.add("linear", "SVMRegressor", [x], [F], "RO", **linear)


class Trees:
    """Random trees in the lists of TreeEnsembleClassifier and TreeEnsembleRegressor."""

    def __init__(
        self, prefix, targets, trees=5, depth=4, modes=MODES, votes=1, positive=False, wide=False, tracks=False
    ):
        names = ["treeids", "nodeids", "featureids", "values", "modes", "truenodeids", "falsenodeids", "tracks"]
        self.nodes = {name: [] for name in names}
        self.votes = {name: [] for name in ["treeids", "nodeids", "ids", "weights"]}
        self.prefix, self.wide, self.tracks = prefix, wide, tracks
        for tree in range(trees):
            self.grow(tree, depth, modes, targets, votes, positive)

    def grow(self, tree, depth, modes, targets, votes, positive):
        pending, count = [(0, depth)], 1
        while pending:
            node, left = pending.pop(0)
            is_leaf = left == 0 or node > 2 and rng.random() < 0.2
            children = (0, 0) if is_leaf else (count, count + 1)
            threshold = float(rng.integers(-3, 4)) / 2 + (0.1 if self.wide else 0)
            mode = "LEAF" if is_leaf else str(rng.choice(modes))
            row = (tree, node, int(rng.integers(4)), threshold, mode, *children, int(rng.integers(2)))
            for name, value in zip(self.nodes, row):
                self.nodes[name].append(value)
            if is_leaf:
                for target in rng.permutation(targets)[:votes]:
                    weight = float(np.float32(rng.normal(0, 0.3)))
                    vote = (tree, node, int(target), abs(weight) if positive else weight)
                    for name, value in zip(self.votes, vote):
                        self.votes[name].append(value)
            else:
                pending += [(child, left - 1) for child in children]
                count += 2

    def attributes(self):
        suffix = {"values": "nodes_values", "tracks": "nodes_missing_value_tracks_true"}
        result = {suffix.get(name, f"nodes_{name}"): values for name, values in self.nodes.items()}
        result |= {f"{self.prefix}_{name}": values for name, values in self.votes.items()}
        if not self.tracks:
            del result["nodes_missing_value_tracks_true"]
        if self.wide:
            for name in ["nodes_values", f"{self.prefix}_weights"]:
                result[f"{name}_as_tensor"] = numpy_helper.from_array(np.array(result.pop(name)))
        return result


def rows(kind, missing=False):
    """Rows of features, some of which equal thresholds."""
    x = np.concatenate([rng.integers(-4, 5, (20, 4)) / 2, rng.normal(0, 1.5, (17, 4))]).astype(kind)
    if missing:
        x[rng.random(x.shape) < 0.3] = np.nan
    return x


def walk(trees, x):
    """The votes of trees for rows, by the standard's words, in NumPy: a list of (row, target, weight)."""
    nodes, found = trees.nodes, []
    places = {key: index for index, key in enumerate(zip(nodes["treeids"], nodes["nodeids"]))}
    compare = {"BRANCH_LEQ": np.less_equal, "BRANCH_LT": np.less, "BRANCH_GTE": np.greater_equal,
               "BRANCH_GT": np.greater, "BRANCH_EQ": np.equal, "BRANCH_NEQ": np.not_equal}
    for index, row in enumerate(x):
        for tree in sorted(set(nodes["treeids"])):
            place = places[tree, 0]
            while nodes["modes"][place] != "LEAF":
                value = row[nodes["featureids"][place]]
                if np.isnan(value):
                    side = trees.tracks and nodes["tracks"][place]
                else:
                    side = compare[nodes["modes"][place]](value, nodes["values"][place])
                place = places[tree, nodes["truenodeids" if side else "falsenodeids"][place]]
            leaf = (tree, nodes["nodeids"][place])
            votes = zip(*trees.votes.values())
            found += [(index, target, weight) for *ids, target, weight in votes if tuple(ids) == leaf]
    return found


def check_trees(cases):
    for kind, tracks in itertools.product(KINDS, [False, True]):
        x = rows(kind, missing=kind.startswith("float"))
        for aggregate in ["SUM", "AVERAGE", "MIN", "MAX"]:
            trees = Trees("target", 3, votes=2, tracks=tracks)
            sums = [[[] for _ in range(3)] for _ in x]
            for row, target, weight in walk(trees, x):
                sums[row][target].append(weight)
            reduce = {
                "SUM": sum, "AVERAGE": lambda w: sum(w) / 5,
                "MIN": lambda w: min(w, default=0), "MAX": lambda w: max(w, default=0),
            }[aggregate]
            expected = np.array([[reduce(weights) for weights in row] for row in sums]) + [0.5, -1, 2]
            options = {"n_targets": 3, "aggregate_function": aggregate, "base_values": [0.5, -1.0, 2.0]}
            label = f"{aggregate} of {kind}{' tracked' if tracks else ''}"
            expected = [expected.astype("float32")]
            cases.add(label, "TreeEnsembleRegressor", [x], [F], expected, **options, **trees.attributes())
    for mode, wide in itertools.product(MODES, [False, True]):
        kind = "float64" if wide else "float32"
        trees = Trees("target", 1, trees=20, modes=[mode], wide=wide)
        # Of a NaN, ONNX Runtime takes the comparison for true where numbers are to differ.
        x = rows(kind, mode != "BRANCH_NEQ")
        cases.add(f"{mode} of {kind}", "TreeEnsembleRegressor", [x], [F], "O", n_targets=1, **trees.attributes())
    for transform, classes, positive in itertools.product(TRANSFORMS, [2, 3, 4], [False, True]):
        tolerance = 2e-4 if transform == "PROBIT" else TOLERANCE
        options = {"post_transform": transform, "tolerance": tolerance, "classlabels_int64s": [4, 8, 2, 6][:classes]}
        trees = Trees("class", classes, trees=9, votes=classes, positive=positive)
        x = rows("float32")
        label = f"{transform}, {classes} classes{', positive' if positive else ''}"
        if transform != "PROBIT":
            judge = "O" if classes > 2 else expected_classes(trees, x, classes, transform, options)
            cases.add(label, "TreeEnsembleClassifier", [x], [I, F], judge, **options, **trees.attributes())
        single = Trees("class", 1, trees=9, positive=positive)
        if classes == 2 and transform in ("NONE", "LOGISTIC") and not (positive and transform == "LOGISTIC"):
            for base in [None, [0.25]]:
                model = options | single.attributes() | {"base_values": base}
                cases.add(f"{label}, one score {base}", "TreeEnsembleClassifier", [x], [I, F], "O", **model)
    names = Trees("class", 3, votes=3).attributes()
    names["classlabels_strings"] = ["x", "y", "z"]
    cases.add("of strings", "TreeEnsembleClassifier", [rows("float64")], [S, F], "O", **names)
    wide = Trees("class", 3, votes=3, wide=True).attributes() | {"classlabels_int64s": [0, 1, 2]}
    cases.add("of float64 thresholds", "TreeEnsembleClassifier", [rows("float64")], [I, F], "O", **wide)


def expected_classes(trees, x, classes, transform, options):
    """Labels and scores of two classes that both have votes: ONNX Runtime labels them 0 and 1 by the second score."""
    sums = np.zeros((len(x), classes))
    for row, target, weight in walk(trees, x):
        sums[row, target] += weight
    labels = np.array(options["classlabels_int64s"])[np.argmax(sums, axis=1)]
    if transform == "LOGISTIC":
        sums = 1 / (1 + np.exp(-sums))
    elif transform != "NONE":
        powers = np.exp(sums - sums.max(axis=1, keepdims=True))
        sums = powers / powers.sum(axis=1, keepdims=True)
    return [labels, sums.astype("float32")]


def check_ensembles(cases):
    """TreeEnsemble of version 5: ONNX Runtime has no branches that compare with several real numbers, the reference evaluator no
    transforms, and no 0 among several numbers. ONNX Runtime has the numbers of SOFTMAX and LOGISTIC the other way round."""
    for kind, aggregate, transform, has_members in itertools.product(
        ["float32", "float64"], range(4), range(4), [False, True]
    ):
        if has_members and (transform != 0 or aggregate > 1):
            continue
        count = 6
        tensor = lambda values: numpy_helper.from_array(np.array(values, dtype=kind))  # noqa: E731
        modes = np.array([6, 0, 6, 3, 6, 2]) if has_members else rng.integers(0, 6, count)
        attributes = {
            "aggregate_function": aggregate, "post_transform": transform, "n_targets": 2, "tree_roots": [0, 3],
            "nodes_featureids": rng.integers(0, 4, count).tolist(),
            "nodes_modes": numpy_helper.from_array(modes.astype("uint8")),
            "nodes_splits": tensor(rng.integers(-3, 4, count) / 2),
            "nodes_truenodeids": [1, 0, 2, 4, 5, 7], "nodes_trueleafs": [0, 1, 1, 0, 1, 1],
            "nodes_falsenodeids": [2, 1, 3, 5, 6, 4], "nodes_falseleafs": [0, 1, 1, 0, 1, 1],
            "leaf_targetids": [0, 1] * 4, "leaf_weights": tensor(rng.normal(0, 1, 8).astype("float32")),
        }
        if has_members:
            attributes["membership_values"] = tensor([-0.5, 1, 3, np.nan, 2, -1.5, np.nan, 0.5, np.nan])
        x, outputs = rows(kind), [TYPES[np.dtype(kind)]]
        judge = "R"
        if not has_members:
            theirs = attributes | {"post_transform": [0, 2, 1, 3][transform]}
            judge = of_runtime(make_model("TreeEnsemble", [x], outputs, 5, **theirs), [x])
        label = f"{aggregate} {transform} of {kind}{', members' if has_members else ''}"
        cases.add(label, "TreeEnsemble", [x], outputs, judge, version=5, **attributes)


def check(hinge, report, folder):
    cases = Cases(hinge, report, folder)
    for part in [check_features, check_labels, check_linear, check_machines, check_trees, check_ensembles]:
        part(cases)
