#!/usr/bin/env python3
"""Makes the models here whose inputs are hard to make up, or whose names are hard to print.

    make_inputs.py

Outputs are recorded by the reference evaluator of onnx.
"""

import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

FOLDER = pathlib.Path(__file__).parent
RANDOM = np.random.default_rng(0)


def weights(*shape):
    return (RANDOM.standard_normal(shape) * 1.5).astype(np.float32)


def save(name, nodes, inputs, outputs, initializers=(), opset=17, ir_version=8):
    graph = helper.make_graph(
        nodes, "case",
        [helper.make_tensor_value_info(*i) for i in inputs],
        [helper.make_tensor_value_info(*o) for o in outputs],
        [numpy_helper.from_array(value, key) for key, value in initializers])
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir_version)
    onnx.save(model, FOLDER / f"{name}.onnx")
    return model


FLOAT, INT64, INT32 = TensorProto.FLOAT, TensorProto.INT64, TensorProto.INT32

# One name in two places of two inputs.
save("inputs-two-batches", [helper.make_node("MatMul", ["a", "b"], ["y"])],
     [("a", FLOAT, ["n", "k"]), ("b", FLOAT, ["k", "m"])], [("y", FLOAT, ["n", "m"])])

# Coordinates, each of which has a range of its own.
save("inputs-gathernd", [helper.make_node("GatherND", ["t", "ids"], ["y"])],
     [("ids", INT64, ["n", 2])], [("y", FLOAT, ["n"])], [("t", weights(3, 2))])

# Lengths that must lie within the sequence.
save("inputs-sequence-lengths",
     [helper.make_node("GRU", ["x", "W", "R", "", "l"], ["Y", "Yh"], hidden_size=2)],
     [("x", FLOAT, [5, "n", 3]), ("l", INT32, ["n"])],
     [("Y", FLOAT, [5, 1, "n", 2]), ("Yh", FLOAT, [1, "n", 2])],
     [("W", weights(1, 6, 3)), ("R", weights(1, 6, 2))])

# A bound, as versions before 11 spell it, that small inputs don't reach.
save("clip-bounds-opset6", [helper.make_node("Clip", ["x"], ["y"], max=3.0)],
     [("x", FLOAT, ["N", 3, 4, 4])], [("y", FLOAT, ["N", 3, 4, 4])], opset=6, ir_version=4)

# Dimensions named "?" are unknown, and need not be equal.
shape = ["?", 3, "?", "?"]
model = save("question-mark-dims", [helper.make_node("Relu", ["x"], ["y"])],
             [("x", FLOAT, shape)], [("y", FLOAT, shape)], opset=13, ir_version=7)
x = RANDOM.standard_normal((2, 3, 4, 5)).astype(np.float32)
(y,) = ReferenceEvaluator(model).run(None, {"x": x})
np.savez(FOLDER / "question-mark-dims.npz", in_0=x, out_0=y)

# A node whose name colours a terminal and sets its title.
save("esc", [helper.make_node("Relu", ["x"], ["y"], name="\x1b[31mRED\x1b]0;title\x07")],
     [("x", FLOAT, [4])], [("y", FLOAT, [4])])
