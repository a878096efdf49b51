#!/usr/bin/env python3
"""Measures what a run costs beside its kernels, next to ONNX Runtime. Run by `./dev bench --overhead`.

    overhead.py HINGE [--threads 1,default] [--rounds N] [--at-most MICROSECONDS] [--allocations]

Each model is a chain of nodes on one element, so that its kernels do next to nothing: the whole time of a run of three
nodes is an upper bound of what it costs above its kernels. A chain ten times as long tells what each further node costs,
and what is left of a run without nodes. ONNX Runtime's runs have the input and the output bound, and are called from
Python, which is part of what is left of them. Medians in microseconds.

Then, on Linux with a C compiler, how often a run takes memory from the heap, all threads together: Hinge, and oneDNN for
itself. A run takes some for what it returns, but none for its steps. With --allocations, that alone.

Exits 1 when a run of three nodes takes longer than --at-most, or Hinge takes memory for a step.
"""

import argparse
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Peers"))
from bench import Hinge, ONNXRuntime, measure

OPSET = 21
SHORT, LONG = 3, 30
BLOCK_SECONDS = 0.06
# Which nodes take turns in a chain: none that an engine would put into one with its neighbour.
CHAINS = {
    "oneDNN's functions": ["Sigmoid", "Tanh"],
    "Hinge's own functions": ["Sin", "Erf"],
    "moving elements": ["Transpose", "Sin"],
    "products": ["MatMul", "Softmax"],
}
# Further steps whose memory is counted, on more elements.
COUNTED = CHAINS | {
    "convolutions": ["Conv", "Relu"],
    "pooling": ["MaxPool", "Sin"],
    "sums": ["CumSum", "Reduced", "Sin"],
    "rearranging": ["Joined", "Padded", "Gather", "Sin"],
    "choices": ["Chosen", "Sin"],
    "normalizations": ["LayerNormalization", "LogSoftmax"],
    "conversions": ["Rounded", "Sin"],
}
COUNTED_EXTENT, COUNTED_RUNS = 4, 1000


def link(kind, x, y):
    """The nodes that compute `y` from `x`, which have the same shape."""
    def one(kind, inputs=(), **attributes):
        return helper.make_node(kind, [x, *inputs], [y], **attributes)

    def more(kind, inputs, name, **attributes):
        return helper.make_node(kind, inputs, [f"{y}_{name}"], **attributes)

    middle = helper.make_node("Slice", [f"{y}_long", "start", "end", "last"], [y])
    return {
        "MatMul": lambda: [one("MatMul", ["matrix"])],
        "Transpose": lambda: [one("Transpose", perm=[0, 1, 3, 2])],
        "Conv": lambda: [one("Conv", ["kernel"], pads=[1] * 4)],
        "MaxPool": lambda: [one("MaxPool", kernel_shape=[3, 3], pads=[1] * 4)],
        "CumSum": lambda: [one("CumSum", ["axis"])],
        "Reduced": lambda: [more("ReduceL2", [x, "last"], "sum"), one("Sub", [f"{y}_sum"])],
        "Joined": lambda: [more("Concat", [x, x], "long", axis=3), middle],
        "Padded": lambda: [more("Pad", [x, "pads"], "long"), middle],
        "Gather": lambda: [one("Gather", ["order"], axis=3)],
        "Chosen": lambda: [more("Greater", [x, "row"], "flags"), helper.make_node("Where", [f"{y}_flags", x, "row"], [y])],
        "LayerNormalization": lambda: [one("LayerNormalization", ["row"])],
        "Rounded": lambda: [more("Cast", [x], "half", to=TensorProto.FLOAT16),
                            helper.make_node("Cast", [f"{y}_half"], [y], to=TensorProto.FLOAT)],
    }.get(kind, lambda: [one(kind)])()


def chain(kinds, count, extent=1):
    """A model of `count` links, of values of the shape `[1, N, N, N]`."""
    random = np.random.default_rng(1)
    weights = {
        "matrix": random.random([extent, extent], np.float32),
        "kernel": random.random([extent, extent, 3, 3], np.float32) * 0.1,
        "axis": np.array(3), "last": np.array([3]), "start": np.array([1]), "end": np.array([extent + 1]),
        "pads": np.array([0, 0, 0, 1, 0, 0, 0, 1]), "order": np.arange(extent)[::-1].copy(),
        "row": random.random([extent], np.float32),
    }
    names = [f"x{index}" for index in range(count + 1)]
    nodes = [node for index in range(count) for node in link(kinds[index % len(kinds)], *names[index : index + 2])]
    read = {name for node in nodes for name in node.input}
    shape = [1, extent, extent, extent]
    graph = helper.make_graph(
        nodes, "chain", [helper.make_tensor_value_info(names[0], TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(names[-1], TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(value, name) for name, value in weights.items() if name in read])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10)


def measure_times(hinge, folder, arguments):
    """Prints the times of runs; the longest of Hinge's runs of few nodes, in microseconds."""
    titles = [f"Hinge, {SHORT}", "node", "rest", f"ORT, {SHORT}", "node", "rest"]
    print(f"{'chain':24}{'threads':>9}" + "".join(f"{title:>10}" for title in titles))
    slowest = 0.0
    paths = [folder / f"{count}.onnx" for count in (SHORT, LONG)]
    for name, kinds in CHAINS.items():
        for path, count in zip(paths, (SHORT, LONG)):
            onnx.save(chain(kinds, count), path)
        value = np.full([1, 1, 1, 1], 0.5, np.float32)
        for threads in arguments.threads.split(","):
            count = None if threads == "default" else int(threads)
            engines = [Hinge(hinge, path, count) for path in paths]
            engines += [ONNXRuntime(path, count or 0, [value]) for path in paths]
            try:
                times = [time * 1000 for time in measure(engines, arguments.rounds, BLOCK_SECONDS)]
            finally:
                for engine in engines:
                    engine.close()
            row = []
            for short, long in (times[:2], times[2:]):
                node = (long - short) / (LONG - SHORT)
                row += [short, node, short - SHORT * node]
            slowest = max(slowest, times[0])
            print(f"{name:24}{threads:>9}" + "".join(f"{time:>10.2f}" for time in row), flush=True)
    return slowest


def allocation_counter(folder):
    """A library that counts how often a program takes memory, if one can be built here."""
    compiler = shutil.which("cc") or shutil.which("clang")
    if platform.system() != "Linux" or not compiler:
        return None
    source = pathlib.Path(__file__).resolve().parents[1] / "CAllocationCount"
    library = folder / "count.so"
    subprocess.run(
        [compiler, "-O2", "-fPIC", "-shared", "-DHINGE_PRELOADED", f"-I{source / 'include'}",
         str(source / "allocation_count.c"), "-o", str(library)], check=True)
    return library


def allocations(hinge, model, counter, folder):
    """How often a run takes memory: oneDNN for itself, and everybody else."""
    found = []
    for runs in (COUNTED_RUNS, 2 * COUNTED_RUNS):
        counts = folder / "counts"
        subprocess.run(
            [str(hinge), "bench", str(model), "--threads", "1", "--runs", str(runs), "--quiet"], check=True,
            stdout=subprocess.DEVNULL,
            env=os.environ | {"LD_PRELOAD": str(counter), "HINGE_ALLOCATION_COUNTS": str(counts)})
        found.append([int(word) for word in counts.read_text().split()])
    return [round((after - before) / COUNTED_RUNS, 1) for before, after in zip(*found)]


def count_allocations(hinge, folder):
    """Prints how often runs take memory; the chains for whose steps Hinge does."""
    counter = allocation_counter(folder)
    if not counter:
        print("\nAllocations are counted on Linux only, with a C compiler")
        return []
    print(f"\nAllocations of a run: Hinge's, and oneDNN's own\n\n{'chain':24}"
          + "".join(f"{title:>12}" for title in (f"Hinge, {SHORT}", f"{LONG}", f"oneDNN, {SHORT}", f"{LONG}")))
    taking = []
    for name, kinds in COUNTED.items():
        counts = []
        for count in (SHORT, LONG):
            onnx.save(chain(kinds, count, COUNTED_EXTENT), folder / "model.onnx")
            counts.append(allocations(hinge, folder / "model.onnx", counter, folder))
        (library, own), (more_library, more_own) = counts
        # What reads an input in another shape, or writes an output so, takes some for that, once.
        if more_own > own:
            taking.append(name)
        print(f"{name:24}" + "".join(f"{count:>12g}" for count in (own, more_own, library, more_library)), flush=True)
    return taking


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hinge", type=pathlib.Path, help="the hinge program, built in release mode")
    parser.add_argument("--threads", default="1,default", help="numbers of threads, comma-separated")
    parser.add_argument("--rounds", type=int, default=6, help="blocks of runs for each program")
    parser.add_argument("--at-most", type=float, help="the microseconds that a run of three nodes may take")
    parser.add_argument("--allocations", action="store_true", help="only count how often runs take memory")
    arguments = parser.parse_args()
    hinge = arguments.hinge.resolve()
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        if not arguments.allocations:
            slowest = measure_times(hinge, folder, arguments)
            if arguments.at_most and slowest > arguments.at_most:
                failures.append(f"a run of {SHORT} nodes takes {slowest:.2f} µs, more than {arguments.at_most}")
        failures += [f"{name}: memory is taken for steps" for name in count_allocations(hinge, folder)]
    for failure in failures:
        print(failure)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
