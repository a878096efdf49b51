"""Models of scikit-learn, as skl2onnx writes them, run by Hinge.

Labels must be those of scikit-learn and of ONNX Runtime exactly, probabilities and regressions theirs to float32 rounding; with
the ZipMap left in, which gives a sequence of maps, and without. Each model is also read, checked and written by Hinge, and what it
writes is run by ONNX Runtime.
"""

import warnings

import numpy as np
import onnx
import onnxruntime
from onnx import helper
from sklearn import compose, datasets, ensemble, impute, linear_model, naive_bayes, neighbors, neural_network
from sklearn import pipeline, preprocessing, svm, tree
from skl2onnx import to_onnx
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, StringTensorType

from report import elementwise, run

# Float32 rounding, relative to the greater of a number's size and 1.
TOLERANCE = 1e-6
# ONNX Runtime adds up the products of support vectors, and raises them, in float32.
MACHINES = 2e-4
# Models of float32 weights beside scikit-learn's of float64: rounding of weights and features.
SKLEARN = 1e-5

rng = np.random.default_rng(3)


def plain_integers():
    """Lets skl2onnx write attributes that hold NumPy's integers and flags, as scikit-learn's histograms do."""
    make = helper.make_attribute

    def make_plain(key, value, *rest, **options):
        if isinstance(value, list):
            value = [item.item() if isinstance(item, np.generic) else item for item in value]
            value = [int(item) if isinstance(item, bool) else item for item in value]
        return make(key, value, *rest, **options)

    helper.make_attribute = make_plain


def of_runtime(model, inputs):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, inputs)


def of_hinge(hinge, path, inputs, folder, engine):
    """The outputs: of a sequence of maps, a list of dictionaries."""
    out = folder / f"{path.stem}-{engine}"
    arguments = []
    for name, value in inputs.items():
        file = folder / f"{path.stem}-{name}.npy"
        np.save(file, value.astype(np.str_) if value.dtype == object else value)
        arguments += ["--input", f"{name}={file}"]
    run(hinge, "run", path, *arguments, "--output-dir", out, "--engine", engine)
    found = []
    for info in onnx.load(path).graph.output:
        if (out / f"{info.name}.npy").exists():
            found.append(np.load(out / f"{info.name}.npy"))
            continue
        keys, values = (np.load(out / f"{info.name}_{part}.npy") for part in ("keys", "values"))
        found.append([dict(zip(keys.tolist(), row.tolist(), strict=True)) for row in values])
    return found


def flatten(values, labels):
    """Outputs with dictionaries as arrays whose columns are in the order of the labels."""
    result = []
    for value in values:
        if isinstance(value, list):
            value = np.array([[row[label] for label in labels] for row in value], dtype=np.float32)
        result.append(np.asarray(value))
    return result


def agree(found, expected, tolerance):
    numbers = [[], []]
    for index, (f, e) in enumerate(zip(found, expected, strict=True)):
        if e.dtype.kind == "f":
            numbers[0].append(f)
            numbers[1].append(e)
        elif f.shape != e.shape or not np.array_equal(f.astype(str), e.astype(str)):
            raise ValueError(f"output {index}: {np.sum(f.astype(str) != e.astype(str))} of {e.size} labels differ")
    return elementwise(numbers[0], numbers[1], tolerance)


def of_sklearn(model, x, has_zip_map):
    """What scikit-learn computes, in the form of the ONNX model's outputs; `None` where that holds something else."""
    predicted = model.predict(x)
    if not hasattr(model, "classes_"):
        return [predicted.reshape(len(predicted), -1).astype(np.float32)]
    if hasattr(model, "predict_proba"):
        return [predicted, model.predict_proba(x).astype(np.float32)]
    return [predicted, None]


def numeric():
    """Estimators, with their options and targets; the last says whether features hold NaN."""
    x, y = datasets.load_iris(return_X_y=True)
    x = (x + rng.normal(0, 0.03, x.shape)).astype(np.float32)
    binary, amount = (y == 2).astype(np.int64), (x @ [0.3, -1, 2, 0.5]).astype(np.float32)
    words = np.array(["setosa", "versicolor", "virginica"])[y]
    classifiers = {
        "random forest": ensemble.RandomForestClassifier(20, random_state=0),
        "extra trees": ensemble.ExtraTreesClassifier(10, random_state=0),
        "gradient boosting": ensemble.GradientBoostingClassifier(n_estimators=10, random_state=0),
        "histogram gradient boosting": ensemble.HistGradientBoostingClassifier(max_iter=10),
        "decision tree": tree.DecisionTreeClassifier(random_state=0),
        "SVC": svm.SVC(), "SVC with probabilities": svm.SVC(probability=True, random_state=0),
        "polynomial SVC": svm.SVC(kernel="poly", probability=True, random_state=0),
        "sigmoid SVC": svm.SVC(kernel="sigmoid", random_state=0), "linear SVC": svm.LinearSVC(),
        "logistic regression": linear_model.LogisticRegression(max_iter=500),
        "nearest neighbours": neighbors.KNeighborsClassifier(),
        "naive Bayes": naive_bayes.GaussianNB(),
        "multilayer perceptron": neural_network.MLPClassifier(max_iter=60, random_state=0),
        "AdaBoost": ensemble.AdaBoostClassifier(n_estimators=5, random_state=0),
    }
    regressors = {
        "random forest": ensemble.RandomForestRegressor(20, random_state=0),
        "gradient boosting": ensemble.GradientBoostingRegressor(n_estimators=10, random_state=0),
        "histogram gradient boosting": ensemble.HistGradientBoostingRegressor(max_iter=10),
        "SVR": svm.SVR(), "linear regression": linear_model.LinearRegression(),
        "polynomial SVR": svm.SVR(kernel="poly"), "ridge": linear_model.Ridge(),
        "nearest neighbours": neighbors.KNeighborsRegressor(),
    }
    for name, model in classifiers.items():
        yield f"{name}, 3 classes", model, x, y
        yield f"{name}, 2 classes", model, x, binary
    for name in ["random forest", "logistic regression", "SVC with probabilities", "gradient boosting"]:
        yield f"{name}, strings", classifiers[name], x, words
    for name, model in regressors.items():
        yield f"{name}, regression", model, x, amount
    yield "linear regression, 2 targets", linear_model.LinearRegression(), x, np.stack([amount, -amount], 1)
    yield "random forest, 2 targets", ensemble.RandomForestRegressor(10, random_state=0), x, np.stack([amount, x[:, 0]], 1)
    missing = x.copy()
    missing[rng.random(x.shape) < 0.2] = np.nan
    yield "histogram gradient boosting, NaN", ensemble.HistGradientBoostingClassifier(max_iter=10), missing, y
    for step in [preprocessing.StandardScaler(), preprocessing.MinMaxScaler(), preprocessing.Normalizer("l2"),
                 preprocessing.Normalizer("l1"), preprocessing.Binarizer(threshold=3.0), preprocessing.RobustScaler()]:
        yield f"{type(step).__name__} in front", pipeline.make_pipeline(step, linear_model.LogisticRegression(max_iter=500)), x, y
    filled = pipeline.make_pipeline(impute.SimpleImputer(strategy="median"), ensemble.RandomForestClassifier(5, random_state=0))
    yield "imputer in front", filled, missing, binary


def mixed():
    """A pipeline of numbers and words."""
    count = 200
    numbers = rng.normal(0, 2, (count, 3)).astype(np.float32)
    numbers[rng.random(numbers.shape) < 0.1] = np.nan
    words = np.stack([rng.choice(["red", "green", "blue"], count), rng.choice(["s", "m", "l", "xl"], count)], 1).astype(object)
    y = ((np.nan_to_num(numbers[:, 0]) > 0) ^ (words[:, 0] == "red")).astype(np.int64)
    scaled = pipeline.make_pipeline(impute.SimpleImputer(), preprocessing.StandardScaler())
    columns = compose.ColumnTransformer([
        ("numbers", scaled, ["a", "b", "c"]),
        ("words", preprocessing.OneHotEncoder(handle_unknown="ignore"), ["colour", "size"]),
    ])
    return numbers, words, y, columns


def check_model(cases, name, model, inputs, types, x):
    hinge, report, folder = cases
    with_maps = hasattr(model, "classes_") and hasattr(model, "predict_proba")
    for zip_map in [True, False] if with_maps else [None]:
        stem = f"{name}{'' if zip_map is None else ', maps' if zip_map else ', no maps'}"
        path = folder / f"{stem.replace(' ', '-').replace(',', '')}.onnx"

        def check():
            options = {} if zip_map is None else {id(model): {"zipmap": zip_map}}
            converted = to_onnx(model, initial_types=types, options=options, target_opset={"": 18, "ai.onnx.ml": 3})
            versions = {entry.domain: entry.version for entry in converted.opset_import}  # some are there twice
            del converted.opset_import[:]
            converted.opset_import.extend(helper.make_opsetid(*entry) for entry in versions.items())
            if name.endswith("2 targets"):  # skl2onnx may state one
                converted.graph.output[0].type.tensor_type.ClearField("shape")
            onnx.save(converted, path)
            labels = list(getattr(model, "classes_", []))
            runtime = flatten(of_runtime(converted, inputs), labels)
            learned = of_sklearn(model, x, zip_map)
            notes = []
            for engine in ("fast", "reference"):
                found = flatten(of_hinge(hinge, path, inputs, folder, engine), labels)
                notes.append(agree(found, runtime, MACHINES if "SV" in name else TOLERANCE))
                pairs = [(f, e) for f, e in zip(found, learned, strict=False) if e is not None]
                agree([f for f, _ in pairs], [e for _, e in pairs], SKLEARN)
            run(hinge, "check", path)
            out = path.with_suffix(".out.onnx")
            run(hinge, "convert", path, out)
            agree(flatten(of_runtime(onnx.load(out), inputs), labels), runtime, 0)
            return ", ".join(notes)

        report.check(f"sklearn: {stem}", check)


def check(hinge, report, folder):
    warnings.simplefilter("ignore")
    plain_integers()
    cases = (hinge, report, folder)
    for name, model, x, y in numeric():
        model.fit(x, y)
        check_model(cases, name, model, {"X": x}, [("X", FloatTensorType([None, 4]))], x)
        # Of others, skl2onnx declares outputs of float64, which the operators don't give.
        if name.startswith("random forest") and hasattr(model, "classes_"):
            wide = x.astype(np.float64)
            check_model(cases, f"{name}, float64", model, {"X": wide}, [("X", DoubleTensorType([None, 4]))], wide)
    import pandas

    numbers, words, y, columns = mixed()
    table = pandas.DataFrame(numbers, columns=["a", "b", "c"])
    table["colour"], table["size"] = words[:, 0], words[:, 1]
    inputs = {name: table[[name]].to_numpy() for name in table.columns}
    types = [(name, FloatTensorType([None, 1])) for name in "abc"]
    types += [(name, StringTensorType([None, 1])) for name in ("colour", "size")]
    for last in [linear_model.LogisticRegression(), ensemble.RandomForestClassifier(10, random_state=0)]:
        model = pipeline.make_pipeline(columns, last).fit(table, y)
        check_model(cases, f"columns of numbers and strings, {type(last).__name__}", model, inputs, types, table)
