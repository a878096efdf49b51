#!/usr/bin/env python3
"""Measures single operators of Hinge beside ONNX Runtime. Run by `./dev bench --operators`.

    operators.py HINGE [--threads 1,2] [--only Softmax,Gather] [--rounds N]

Each operator is a model of one node, once small (about a thousand elements: what a call costs) and once large (about a
million: how fast its loop is). Both programs stay loaded; blocks of runs alternate between them as in `bench.py`, and
medians are printed in microseconds, with the ratio of ONNX Runtime's time to Hinge's: above 1, Hinge is faster.
"""

import argparse
import pathlib
import sys
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Peers"))
from bench import Hinge, ONNXRuntime, measure
from report import Refused

OPSET = 21
BLOCK_SECONDS = 0.06


def case(name, kind, inputs, constants=(), output=TensorProto.FLOAT, **attributes):
    """A model of one node: its inputs are shapes, or arrays where their elements matter; then come constants."""
    names = [f"x{index}" for index in range(len(inputs) + len(constants))]
    infos, values = [], []
    for label, item in zip(names, inputs):
        if not isinstance(item, np.ndarray):
            item = np.random.default_rng(len(values)).standard_normal(item).astype(np.float32)
        infos.append(helper.make_tensor_value_info(label, helper.np_dtype_to_tensor_dtype(item.dtype), item.shape))
        values.append(item)
    tensors = [numpy_helper.from_array(array, label) for label, array in zip(names[len(inputs) :], constants)]
    graph = helper.make_graph(
        [helper.make_node(kind, [label if label else "" for label in names], ["y"], **attributes)],
        name, infos, [helper.make_tensor_value_info("y", output, None)], tensors,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10)
    return name, model, values


def ints(*values):
    return np.array(values, np.int64)


def cases():
    for size, n, c in (("small", 32, 32), ("large", 1024, 1024)):
        side = 6 if size == "small" else 64  # images of [1, channels, side, side]
        image = [1, 24 if size == "small" else 256, side, side]
        batch = [1, 2, 16, 32] if size == "small" else [1, 16, 256, 256]
        for kind in ("Relu", "Exp", "Erf", "Tanh", "Sigmoid", "Sqrt", "Neg"):
            yield case(f"{kind} {size}", kind, [[n, c]])
        for kind in ("Add", "Mul"):
            yield case(f"{kind} {size}", kind, [[n, c], [n, c]])
        yield case(f"Mul by a row {size}", "Mul", [[n, c], [c]])
        yield case(f"Mul by a column {size}", "Mul", [[n, c], [n, 1]])
        yield case(f"Greater {size}", "Greater", [[n, c], [n, c]], output=TensorProto.BOOL)
        yield case(f"Sum of 3 {size}", "Sum", [[n, c]] * 3)
        yield case(f"Clip {size}", "Clip", [[n, c]], [np.float32(-1), np.float32(1)])
        mask = np.random.default_rng(1).random([n, c]) < 0.5
        yield case(f"Where {size}", "Where", [mask, [n, c], [n, c]])
        yield case(f"Cast to int64 {size}", "Cast", [[n, c]], output=TensorProto.INT64, to=TensorProto.INT64)
        yield case(f"Cast to float16 {size}", "Cast", [[n, c]], output=TensorProto.FLOAT16, to=TensorProto.FLOAT16)
        whole = np.arange(n * c).reshape(n, c)
        yield case(f"Cast from int64 {size}", "Cast", [whole], to=TensorProto.FLOAT)
        yield case(f"Softmax {size}", "Softmax", [[n, c]], axis=-1)
        yield case(f"Softmax outer {size}", "Softmax", [[n, c]], axis=0)
        yield case(f"LogSoftmax {size}", "LogSoftmax", [[n, c]], axis=-1)
        weights = [np.ones(c, np.float32), np.zeros(c, np.float32)]
        yield case(f"LayerNormalization {size}", "LayerNormalization", [[n, c]], weights)
        for kind in ("ReduceMean", "ReduceSum", "ReduceMax"):
            yield case(f"{kind} inner {size}", kind, [[n, c]], [ints(1)])
            yield case(f"{kind} outer {size}", kind, [[n, c]], [ints(0)])
        yield case(f"ArgMax {size}", "ArgMax", [[n, c]], output=TensorProto.INT64, axis=-1)
        yield case(f"CumSum {size}", "CumSum", [[n, c]], [np.array(1, np.int64)])
        yield case(f"Transpose 0213 {size}", "Transpose", [batch], perm=[0, 2, 1, 3])
        yield case(f"Transpose 0231 {size}", "Transpose", [image], perm=[0, 2, 3, 1])
        yield case(f"Concat {size}", "Concat", [[n, c // 2]] * 2, axis=1)
        yield case(f"Slice {size}", "Slice", [[n, c]], [ints(1), ints(c - 1), ints(1), ints(1)])
        yield case(f"Slice by 2 {size}", "Slice", [[n, c]], [ints(0), ints(c), ints(1), ints(2)])
        rows = np.random.default_rng(2).integers(-n, n, [n])
        yield case(f"Gather rows {size}", "Gather", [[n, c], rows])
        yield case(f"Gather constant {size}", "Gather", [[n, c]], [rows], axis=1)
        yield case(f"Expand {size}", "Expand", [[n, 1]], [ints(n, c)])
        yield case(f"Pad {size}", "Pad", [[n, c]], [ints(0, 1, 0, 1)])
        yield case(f"Tile {size}", "Tile", [[n, c // 4]], [ints(1, 4)])
        half = [1, image[1], side // 2, side // 2]
        scales = np.array([1, 1, 2, 2], np.float32)
        nearest = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        for name, settings in (("nearest", nearest), ("linear", {"mode": "linear"})):
            name, model, values = case(f"Resize {name} {size}", "Resize", [half], [np.zeros(0, np.float32), scales], **settings)
            yield name, model, values
        yield case(f"MaxPool {size}", "MaxPool", [image], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
        yield case(f"AveragePool {size}", "AveragePool", [image], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
        yield case(f"GlobalAveragePool {size}", "GlobalAveragePool", [image])
        b, k = (2, 16) if size == "small" else (16, 128)
        yield case(f"Einsum bij,bjk->bik {size}", "Einsum", [[b, k, k], [b, k, k]], equation="bij,bjk->bik")
        yield case(f"TopK 8 {size}", "TopK", [[n, c]], [ints(8)])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hinge", type=pathlib.Path, help="the hinge program, built in release mode")
    parser.add_argument("--threads", default="1,2", help="numbers of threads, comma-separated")
    parser.add_argument("--only", default="", help="beginnings of names, comma-separated")
    parser.add_argument("--rounds", type=int, default=4, help="blocks of runs for each program")
    arguments = parser.parse_args()
    hinge, begins = arguments.hinge.resolve(), tuple(arguments.only.split(","))

    print(f"{'operator':28} {'threads':>7} {'hinge µs':>10} {'ORT µs':>10} {'ORT/hinge':>10}")
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "model.onnx")
        for name, model, values in cases():
            if not name.startswith(begins):
                continue
            if name.startswith("TopK"):
                model.graph.node[0].output.append("indices")
            onnx.save(model, path)
            for threads in map(int, arguments.threads.split(",")):
                ours, theirs = Hinge(hinge, path, threads), ONNXRuntime(path, threads, values)
                try:
                    times = [time * 1000 for time in measure([ours, theirs], arguments.rounds, BLOCK_SECONDS)]
                    print(f"{name:28} {threads:7} {times[0]:10.1f} {times[1]:10.1f} {times[1] / times[0]:10.2f}", flush=True)
                except Refused as error:
                    failures += 1
                    print(f"{name:28} {threads:7} FAIL {error}", flush=True)
                finally:
                    ours.close()
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
