"""What the hostile files are built with, and the list that they are registered in."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
CASES = {}


def case(reason, expect="error"):
    """Registers a function that returns the model, or the bytes of the file; its name names the file."""

    def register(make):
        CASES[make.__name__.replace("_", "-")] = (make, expect, reason)
        return make

    return register


def value(name, shape, kind=FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def tensor(name, array, kind=None):
    return numpy_helper.from_array(np.asarray(array, kind), name)


def model(nodes, inputs=(), outputs=None, initializers=(), **options):
    outputs = outputs or [value("y", None)]
    graph = helper.make_graph(nodes, "hostile", list(inputs), outputs, list(initializers))
    options = {"opset_imports": [helper.make_opsetid("", OPSET)], "ir_version": 8, **options}
    return helper.make_model(graph, **options)


def simple():
    """A model in which nothing is wrong: y = x * weight."""
    return model(
        [helper.make_node("Mul", ["x", "weight"], ["y"], "scale")], [value("x", [2])], [value("y", [2])],
        [tensor("weight", [2, 3], np.float32)],
    )


def constant(operator, *inputs, output=FLOAT, **attributes):
    """One node whose inputs are all initializers; None leaves an input out."""
    names = [None if array is None else f"i{index}" for index, array in enumerate(inputs)]
    node = helper.make_node(operator, [name or "" for name in names], ["y"], "node", **attributes)
    kept = [tensor(name, array) for name, array in zip(names, inputs) if name]
    return model([node], outputs=[value("y", None, output)], initializers=kept)


def f32(*values):
    return np.array(values, np.float32)


def i64(*values):
    return np.array(values, np.int64)


def image(*shape):
    return np.ones(shape, np.float32)


def varint(number):
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*encoded, number])


def field(number, payload):
    """A length-delimited field."""
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def number_of(message, name):
    return message.DESCRIPTOR.fields_by_name[name].number
