#!/usr/bin/env python3
"""Measures decision trees of scikit-learn in Hinge beside ONNX Runtime. Run by `./dev bench --forests`.

    forests.py HINGE [--threads 1,2] [--rows 1,10,1000,10000] [--rounds N]

Forests of 100 trees and boosted trees, on numbers of 20 features, from one row to many. Both programs stay loaded and get
the same rows; blocks of runs alternate between them as in `bench.py`, and medians are printed in microseconds, with the ratio
of ONNX Runtime's time to Hinge's: above 1, Hinge is faster. Numbers must be equal to float32 rounding, and labels but where
the two largest scores are.
"""

import argparse
import pathlib
import sys
import tempfile
import warnings

import numpy as np
import onnx
from sklearn import ensemble
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Peers"))
from bench import Hinge, ONNXRuntime, measure, outputs_of
from report import elementwise

BLOCK_SECONDS = 0.15
TOLERANCE = 1e-5


def models():
    """Names and models of ONNX, with labels and scores apart."""
    rng = np.random.default_rng(0)
    x = rng.normal(0, 1, (3000, 20)).astype(np.float32)
    score = x[:, 0] * x[:, 1] + np.sin(3 * x[:, 2]) + x[:, 3] ** 2 + rng.normal(0, 0.2, len(x))
    classes = np.digitize(score, np.quantile(score, [0.25, 0.5, 0.75]))
    for name, model, y in [
        ("forest, 4 classes", ensemble.RandomForestClassifier(100, random_state=0), classes),
        ("forest, 2 classes", ensemble.RandomForestClassifier(100, random_state=0), classes // 2),
        ("forest, regression", ensemble.RandomForestRegressor(100, random_state=0), score),
        ("boosted, 2 classes", ensemble.GradientBoostingClassifier(n_estimators=100, random_state=0), classes // 2),
        ("boosted, regression", ensemble.GradientBoostingRegressor(n_estimators=100, random_state=0), score),
    ]:
        model.fit(x, y)
        options = {id(model): {"zipmap": False}} if hasattr(model, "classes_") else {}
        yield name, lambda rows, model=model, options=options: to_onnx(
            model, initial_types=[("X", FloatTensorType([rows, 20]))], options=options,
            target_opset={"": 18, "ai.onnx.ml": 3})


def check(hinge, path, theirs, x, folder):
    """Raises unless both compute the same."""
    found, expected = outputs_of(hinge, path, [x], folder), theirs.outputs()
    elementwise(found[-1:], expected[-1:], TOLERANCE)
    if len(expected) == 2:
        top = np.sort(expected[1], axis=1)
        is_tie = top[:, -1] - top[:, -2] <= TOLERANCE
        if differ := np.sum((found[0] != expected[0]) & ~is_tie):
            raise ValueError(f"{differ} labels differ")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hinge", type=pathlib.Path, help="the hinge program, built in release mode")
    parser.add_argument("--threads", default="1,2", help="numbers of threads, comma-separated")
    parser.add_argument("--rows", default="1,10,1000,10000", help="numbers of rows, comma-separated")
    parser.add_argument("--rounds", type=int, default=5, help="blocks of runs for each program")
    arguments = parser.parse_args()
    hinge = arguments.hinge.resolve()
    warnings.simplefilter("ignore")

    print(f"{'model':20} {'rows':>6} {'threads':>7} {'hinge µs':>10} {'ORT µs':>10} {'ORT/hinge':>10}")
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        path, input_path = folder / "model.onnx", folder / "x.npy"
        for name, make in models():
            for rows in map(int, arguments.rows.split(",")):
                onnx.save(make(rows), path)
                x = np.random.default_rng(rows).normal(0, 1, (rows, 20)).astype(np.float32)
                np.save(input_path, x)
                for threads in map(int, arguments.threads.split(",")):
                    ours = Hinge(hinge, path, threads, [input_path])
                    theirs = ONNXRuntime(path, threads, [x])
                    try:
                        check(hinge, path, theirs, x, folder)
                        times = [time * 1000 for time in measure([ours, theirs], arguments.rounds, BLOCK_SECONDS)]
                        print(f"{name:20} {rows:6} {threads:7} {times[0]:10.1f} {times[1]:10.1f} "
                              f"{times[1] / times[0]:10.2f}", flush=True)
                    except ValueError as error:
                        failures += 1
                        print(f"{name:20} {rows:6} {threads:7} FAIL {error}", flush=True)
                    finally:
                        ours.close()
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
