#!/usr/bin/env python3
"""Measures how long Hinge takes for models of many nodes, and whether that grows linearly. Run by `./dev bench --planning`.

    planning.py HINGE [--rounds N]

Makes a `Session` of chains of 5,000 to 40,000 Relus, as ONNX Runtime makes one without and with its optimizations, and opens,
checks and summarises chains of 125,000 to 1,000,000 nodes and models of 12,500 to 100,000 initializers. Prints seconds (a
session: the median of the rounds) and, where the size has doubled twice, by what the time has grown.
"""

import argparse
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Peers"))
from bench import Hinge

SESSIONS = [5_000, 10_000, 20_000, 40_000]
NODES = [62_500, 250_000, 1_000_000]
INITIALIZERS = [6_250, 25_000, 100_000]


def save(path, nodes, initializers=()):
    value = lambda name: helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, 64])
    graph = helper.make_graph(nodes, "chain", [value("v0")], [value(f"v{len(nodes)}")], initializers)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def chain(path, count):
    save(path, [helper.make_node("Relu", [f"v{i}"], [f"v{i + 1}"], name=f"relu{i}") for i in range(count)])


def sums(path, count):
    nodes = [helper.make_node("Add", [f"v{i}", f"w{i}"], [f"v{i + 1}"]) for i in range(count)]
    save(path, nodes, [numpy_helper.from_array(np.full(64, i, np.float32), f"w{i}") for i in range(count)])


def theirs(path, level):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = level
    start = time.perf_counter()
    onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return time.perf_counter() - start


def ours(engine, count=1):
    return statistics.median(engine.ask(f"compile {count}", count)) / 1000


def seconds(*command):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hinge", type=pathlib.Path, help="the hinge program, built in release mode")
    parser.add_argument("--rounds", type=int, default=5, help="sessions of each program")
    arguments = parser.parse_args()
    hinge = arguments.hinge.resolve()
    levels = [onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL, onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL]

    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "model.onnx")
        print(f"{'session of':>22} {'hinge s':>9} {'ORT plain':>9} {'ORT s':>9}")
        for count in SESSIONS:
            chain(path, count)
            engine = Hinge(hinge, path, 1)
            times = [(ours(engine), *(theirs(path, level) for level in levels)) for _ in range(arguments.rounds)]
            engine.close()
            print(f"{count:>16} Relus", *(f"{statistics.median(column):9.3f}" for column in zip(*times)), flush=True)
        print(f"\n{'model of':>22} {'check s':>9} {'inspect s':>9} {'growth':>13}")
        for make, counts, what in [(chain, NODES, "nodes"), (sums, INITIALIZERS, "weights")]:
            before = None
            for count in counts:
                make(path, count)
                times = [seconds(hinge, command, path) for command in ("check", "inspect")]
                growth = [f"{new / old:6.2f}" for new, old in zip(times, before)] if before else []
                print(f"{count:>14} {what:7}", *(f"{value:9.2f}" for value in times), *growth, flush=True)
                before = times


if __name__ == "__main__":
    main()
