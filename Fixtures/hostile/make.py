#!/usr/bin/env python3
"""Writes damaged and malicious ONNX files, and `manifest.json`, which says what is wrong with each. Run by `./dev fixtures`.

Whoever reads one must end with an error or a right answer: never with a trap, a hang, or memory that the file's size
does not explain. `manifest.json` maps each name to

    expect   "error": opening it, checking it or running it gives an error;
             "answer": it is valid, and its one output is what the `.npz` of the same name records;
             "either": an error, or the infinities and extremes that the standard leaves open
    reason   what is wrong with it

Models without inputs compute everything from constants, so that a compiler which folds constants meets them too.
"""

import json
import pathlib

import numpy as np
import onnx
from onnx import AttributeProto, TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).resolve().parent
OPSET = 17
FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
CASES = {}


def case(reason, expect="error"):
    """Registers a function that returns the model, or the bytes of the file; its name names the file."""

    def register(make):
        CASES[make.__name__.replace("_", "-")] = (make, expect, reason)
        return make

    return register


# MARK: Building


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


MODEL_GRAPH = number_of(onnx.ModelProto, "graph")
GRAPH_NODE = number_of(onnx.GraphProto, "node")
NODE_ATTRIBUTE = number_of(onnx.NodeProto, "attribute")
NODE_TYPE = number_of(onnx.NodeProto, "op_type")
NODE_OUTPUT = number_of(onnx.NodeProto, "output")
ATTRIBUTE_GRAPH = number_of(onnx.AttributeProto, "g")


def with_node(node_bytes):
    """The simple model with one more node, given as bytes."""
    whole = simple()
    graph = whole.graph.SerializeToString() + field(GRAPH_NODE, node_bytes)
    whole.ClearField("graph")
    return whole.SerializeToString() + field(MODEL_GRAPH, graph)


# MARK: Not ONNX at all


@case("no bytes at all")
def empty():
    return b""


@case("text")
def text():
    return b"This is not a model.\n" * 10


@case("a pointer of Git LFS in place of the file")
def lfs_pointer():
    return b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 102146373\n"


@case("a web page that says the file was not found")
def web_page():
    return b"<!DOCTYPE html>\n<html><head><title>404</title></head><body>Not found</body></html>\n"


@case("only zeros")
def zeros():
    return bytes(4096)


# MARK: Broken encoding


@case("2,000 graphs inside each other: decoding recursively overflows the stack")
def deep_graphs():
    graph = b""
    for _ in range(2000):
        attribute = field(1, b"then_branch") + field(ATTRIBUTE_GRAPH, graph)
        graph = field(GRAPH_NODE, field(NODE_TYPE, b"If") + field(NODE_ATTRIBUTE, attribute))
    return field(MODEL_GRAPH, graph)


@case("5,000 sequence types inside each other")
def deep_types():
    kind = field(1, b"")
    for _ in range(5000):
        kind = field(number_of(onnx.TypeProto, "sequence_type"), field(1, kind))
    info = field(1, b"x") + field(number_of(onnx.ValueInfoProto, "type"), kind)
    return field(MODEL_GRAPH, field(number_of(onnx.GraphProto, "input"), info))


@case("a field with the number 0")
def field_number_zero():
    return simple().SerializeToString() + b"\x80\x00\x01"


@case("a field number over 2^29 - 1")
def field_number_too_large():
    return simple().SerializeToString() + varint(2**29 << 3) + b"\x01"


@case("an operator name that is not UTF-8")
def invalid_utf8():
    return with_node(field(NODE_TYPE, b"Rel\xff\xfe") + field(NODE_OUTPUT, b"z"))


@case("an operator name with a NUL inside, which C takes for its end")
def nul_in_name():
    return with_node(field(1, b"x") + field(NODE_TYPE, b"Relu\0Evil") + field(NODE_OUTPUT, b"z"))


@case("a length that reaches past the end")
def length_past_end():
    return simple().SerializeToString() + varint(MODEL_GRAPH << 3 | 2) + varint(10**6)


@case("a length over 2^63")
def length_overflow():
    return simple().SerializeToString() + varint(MODEL_GRAPH << 3 | 2) + varint(2**64 - 1)


@case("a number of eleven bytes")
def varint_too_long():
    return simple().SerializeToString() + b"\x28" + b"\xff" * 10 + b"\x01"


@case("a group, which the standard never uses, without an end")
def unfinished_group():
    return simple().SerializeToString() + varint(MODEL_GRAPH << 3 | 3)


@case("the graph given as a number")
def wrong_wire_type():
    return varint(MODEL_GRAPH << 3) + b"\x01"


@case("the graph given 20,000 times: merging takes quadratic time")
def duplicate_graph():
    return simple().SerializeToString() + field(MODEL_GRAPH, b"") * 20000


@case("one node with 150,000 empty attributes: 145 times its size when decoded")
def attribute_bomb():
    return with_node(field(NODE_TYPE, b"Relu") + field(NODE_OUTPUT, b"z") + field(NODE_ATTRIBUTE, b"") * 150000)


# MARK: Weights


def weight(**changes):
    """The simple model, its weight changed field by field."""
    made = simple()
    target = made.graph.initializer[0]
    for name, content in changes.items():
        target.ClearField(name)
        if content is None:
            continue
        if isinstance(content, list):
            getattr(target, name).extend(content)
        else:
            setattr(target, name, content)
    return made


def external(**entries):
    made = weight(raw_data=None, data_location=TensorProto.EXTERNAL)
    for key, content in entries.items():
        made.graph.initializer[0].external_data.add(key=key, value=str(content))
    return made


@case("raw data shorter than the dimensions say")
def raw_data_short():
    return weight(raw_data=bytes(7))


@case("raw data longer than the dimensions say")
def raw_data_long():
    return weight(raw_data=bytes(12))


@case("a negative dimension")
def negative_dimension():
    return weight(dims=[-2])


@case("dimensions whose product overflows 64 bits to 0")
def dimension_overflow():
    return weight(dims=[2**32, 2**32], raw_data=b"")


@case("2^40 elements announced, none there")
def dimension_bomb():
    return weight(dims=[2**40], raw_data=None)


@case("fewer numbers than the dimensions say")
def typed_data_short():
    return weight(raw_data=None, float_data=[1.0])


@case("the same weight twice, raw and as numbers")
def two_storages():
    return weight(float_data=[1.0, 2.0])


@case("no element type")
def undefined_data_type():
    return weight(data_type=0)


@case("an element type that does not exist")
def unknown_data_type():
    return weight(data_type=999)


@case("strings as raw data")
def raw_strings():
    return weight(data_type=TensorProto.STRING)


@case("numbers in the storage of another element type")
def wrong_storage():
    return weight(raw_data=None, int64_data=[1, 2])


@case("external data above the model's folder")
def external_parent():
    return external(location="../../README.md")


@case("external data at an absolute path")
def external_absolute():
    return external(location="/etc/passwd")


@case("external data in the folder itself")
def external_folder():
    return external(location=".")


@case("external data without a location")
def external_without_location():
    return external(offset=0, length=8)


@case("external data that is not there")
def external_missing():
    return external(location="no-such-file.data")


@case("external data that begins past the end of its file")
def external_past_end():
    return external(location="manifest.json", offset=10**9)


@case("external data whose offset and length overflow together")
def external_overflow():
    return external(location="manifest.json", offset=2**63 - 4, length=8)


@case("external data at a negative offset")
def external_negative():
    return external(location="manifest.json", offset=-8, length=8)


@case("external data at an offset that is no number")
def external_not_a_number():
    return external(location="manifest.json", offset="eight")


@case("external data of another length than the dimensions say")
def external_length():
    return external(location="manifest.json", offset=0, length=4)


@case("a sparse weight with an index outside")
def sparse_index():
    made = simple()
    del made.graph.initializer[:]
    sparse = helper.make_sparse_tensor(tensor("weight", f32(1)), tensor("", i64(7)), [2])
    made.graph.sparse_initializer.append(sparse)
    return made


# MARK: Graphs


@case("a model without a graph")
def no_graph():
    made = simple()
    made.ClearField("graph")
    return made


@case("no version of the standard")
def no_opset():
    made = simple()
    del made.opset_import[:]
    return made


@case("version 0 of the standard")
def opset_zero():
    made = simple()
    made.opset_import[0].version = 0
    return made


@case("a version of the standard that does not exist yet")
def opset_future():
    made = simple()
    made.opset_import[0].version = 9999
    return made


@case("an operator that does not exist")
def unknown_operator():
    return model([helper.make_node("NoSuchOperator", ["x"], ["y"], "odd")], [value("x", [2])])


@case("a domain that is not imported")
def unknown_domain():
    return model([helper.make_node("Relu", ["x"], ["y"], "odd", domain="com.example")], [value("x", [2])])


@case("two nodes that need each other")
def cycle():
    nodes = [helper.make_node("Neg", ["b"], ["a"]), helper.make_node("Neg", ["a"], ["b"])]
    return model([*nodes, helper.make_node("Add", ["a", "x"], ["y"])], [value("x", [2])])


@case("a node that needs its own output")
def self_cycle():
    return model([helper.make_node("Add", ["x", "y"], ["y"])], [value("x", [2])])


@case("two nodes with the same output")
def duplicate_output():
    return model([helper.make_node("Neg", ["x"], ["y"]), helper.make_node("Abs", ["x"], ["y"])], [value("x", [2])])


@case("an input that nothing computes")
def undefined_input():
    return model([helper.make_node("Add", ["x", "nowhere"], ["y"])], [value("x", [2])])


@case("an output that nothing computes")
def undefined_output():
    return model([helper.make_node("Neg", ["x"], ["z"])], [value("x", [2])])


@case("too many inputs")
def too_many_inputs():
    return model([helper.make_node("Relu", ["x", "x", "x"], ["y"])], [value("x", [2])])


@case("an input too few")
def missing_input():
    return model([helper.make_node("MatMul", ["x"], ["y"])], [value("x", [2, 2])])


@case("no output")
def missing_node_output():
    return model([helper.make_node("Relu", ["x"], []), helper.make_node("Neg", ["x"], ["y"])], [value("x", [2])])


@case("a required attribute is missing")
def missing_attribute():
    return model([helper.make_node("Cast", ["x"], ["y"])], [value("x", [2])])


@case("an attribute that its operator does not have")
def unknown_attribute():
    return model([helper.make_node("Relu", ["x"], ["y"], colour=3)], [value("x", [2])])


@case("an attribute of the wrong type")
def wrong_attribute_type():
    return model([helper.make_node("LeakyRelu", ["x"], ["y"], alpha=[1, 2])], [value("x", [2])])


@case("an attribute whose type and value disagree")
def contradictory_attribute():
    node = helper.make_node("LeakyRelu", ["x"], ["y"])
    node.attribute.append(AttributeProto(name="alpha", type=AttributeProto.FLOAT, i=3))
    return model([node], [value("x", [2])])


@case("an attribute given twice")
def duplicate_attribute():
    node = helper.make_node("LeakyRelu", ["x"], ["y"], alpha=0.5)
    node.attribute.append(helper.make_attribute("alpha", 0.25))
    return model([node], [value("x", [2])])


@case("element types that the operator does not mix")
def mixed_types():
    return model(
        [helper.make_node("Add", ["x", "z"], ["y"])], [value("x", [2]), value("z", [2], INT64)]
    )


@case("an element type that the operator does not take")
def string_relu():
    return model([helper.make_node("Relu", ["x"], ["y"])], [value("x", [2], TensorProto.STRING)])


@case("shapes that do not broadcast")
def broadcast():
    return model([helper.make_node("Add", ["x", "z"], ["y"])], [value("x", [2]), value("z", [3])])


@case("a declared output shape that is not the computed one")
def wrong_declaration():
    return model([helper.make_node("Neg", ["x"], ["y"])], [value("x", [2])], [value("y", [3])])


@case("branches that the node does not have")
def branch_missing():
    made = constant("If", np.array(True))
    made.graph.node[0].attribute.append(helper.make_attribute("then_branch", helper.make_graph([], "then", [], [])))
    return made


@case("a function that calls itself")
def recursive_function():
    imports = [helper.make_opsetid("", OPSET), helper.make_opsetid("f", 1)]
    call = helper.make_node("Again", ["x"], ["y"], domain="f")
    function = helper.make_function("f", "Again", ["x"], ["y"], [call], imports)
    return model([call], [value("x", [2])], functions=[function], opset_imports=imports)


@case("forty functions, each of which calls the one before it twice: 2^40 nodes when inlined")
def function_bomb():
    imports = [helper.make_opsetid("", OPSET), helper.make_opsetid("f", 1)]
    functions = [helper.make_function("f", "F0", ["x"], ["y"], [helper.make_node("Neg", ["x"], ["y"])], imports)]
    for level in range(1, 41):
        previous = f"F{level - 1}"
        nodes = [
            helper.make_node(previous, ["x"], ["a"], domain="f"), helper.make_node(previous, ["a"], ["y"], domain="f")
        ]
        functions.append(helper.make_function("f", f"F{level}", ["x"], ["y"], nodes, imports))
    call = helper.make_node("F40", ["x"], ["y"], domain="f")
    return model([call], [value("x", [2])], functions=functions, opset_imports=imports)


# MARK: Values that only running meets


@case("4 TiB of zeros")
def fill_bomb():
    return constant("ConstantOfShape", i64(2**20, 2**20))


@case("a negative size")
def fill_negative():
    return constant("ConstantOfShape", i64(-1))


@case("a size whose product overflows")
def fill_overflow():
    return constant("ConstantOfShape", i64(2**62, 2**62))


@case("4 TiB by repeating one number")
def expand_bomb():
    return constant("Expand", f32(1), i64(2**20, 2**20))


@case("4 TiB by repeating one number")
def tile_bomb():
    return constant("Tile", f32(1), i64(2**40))


@case("10^15 numbers counted")
def range_bomb():
    return constant("Range", np.int64(0), np.int64(10**15), np.int64(1), output=INT64)


@case("counting by 0")
def range_step_zero():
    return constant("Range", np.int64(0), np.int64(10), np.int64(0), output=INT64)


@case("4 TiB of border")
def pad_bomb():
    return constant("Pad", f32(1, 2), i64(2**39, 2**39))


@case("more cut away than there is")
def pad_negative():
    return constant("Pad", f32(1, 2), i64(-2, -2))


@case("an image of 2^80 points")
def resize_bomb():
    return constant("Resize", image(1, 1, 2, 2), None, f32(1, 1, 1e12, 1e12))


@case("an image of negative size")
def resize_negative():
    return constant("Resize", image(1, 1, 2, 2), None, f32(1, 1, -1, 2))


@case("a size that is not a number")
def resize_nan():
    return constant("Resize", image(1, 1, 2, 2), None, f32(1, 1, np.nan, 2))


@case("another number of elements")
def reshape_mismatch():
    return constant("Reshape", f32(1, 2, 3), i64(2, 2))


@case("two free dimensions")
def reshape_two_free():
    return constant("Reshape", f32(1, 2, 3, 4), i64(-1, -1))


@case("an axis outside")
def softmax_axis():
    return constant("Softmax", f32(1, 2), axis=5)


@case("an axis outside, by the smallest integer, whose absolute value does not exist")
def concat_axis():
    return constant("Concat", f32(1), f32(2), axis=-(2**63))


@case("a permutation that names an axis twice")
def transpose_twice():
    return constant("Transpose", image(2, 3), perm=[0, 0])


@case("a permutation of too few axes")
def transpose_short():
    return constant("Transpose", image(2, 3), perm=[0])


@case("an axis outside")
def reduce_axis():
    return constant("ReduceSum", image(2, 3), i64(7))


@case("a step of 0")
def slice_step_zero():
    return constant("Slice", f32(1, 2, 3), i64(0), i64(3), i64(0), i64(0))


@case("from the largest to the smallest integer, backwards", "answer")
def slice_extremes():
    return constant("Slice", f32(1, 2, 3), i64(2**63 - 1), i64(-(2**63)), i64(0), i64(-1))


@case("a step of the smallest integer", "answer")
def slice_step_extreme():
    return constant("Slice", f32(1, 2, 3), i64(2), i64(-(2**63)), i64(0), i64(-(2**63)))


@case("an index outside")
def gather_outside():
    return constant("Gather", f32(1, 2, 3), i64(3))


@case("an index outside, by the smallest integer")
def gather_extreme():
    return constant("Gather", f32(1, 2, 3), i64(-(2**63)))


@case("parts that do not add up")
def split_mismatch():
    made = constant("Split", f32(1, 2, 3), i64(1, 1))
    made.graph.node[0].output.append("z")
    return made


@case("parts of negative size that do add up")
def split_negative():
    made = constant("Split", f32(1, 2, 3), i64(4, -1))
    made.graph.node[0].output.append("z")
    return made


@case("more of the largest than there are")
def topk_too_many():
    made = constant("TopK", f32(1, 2, 3), i64(5))
    made.graph.node[0].output.append("z")
    return made


@case("0 groups")
def conv_group_zero():
    return constant("Conv", image(1, 2, 4, 4), image(2, 2, 3, 3), group=0)


@case("groups that do not divide the channels")
def conv_groups():
    return constant("Conv", image(1, 3, 4, 4), image(2, 1, 3, 3), group=2)


@case("a stride of 0")
def conv_stride_zero():
    return constant("Conv", image(1, 1, 4, 4), image(1, 1, 3, 3), strides=[0, 0])


@case("a dilation of 2^62")
def conv_dilation():
    return constant("Conv", image(1, 1, 4, 4), image(1, 1, 3, 3), dilations=[2**62, 2**62])


@case("three strides for two dimensions")
def conv_strides():
    return constant("Conv", image(1, 1, 4, 4), image(1, 1, 3, 3), strides=[1, 1, 1])


@case("a kernel larger than the image")
def conv_kernel_large():
    return constant("Conv", image(1, 1, 2, 2), image(1, 1, 3, 3))


@case("a kernel_shape that is not the kernel's")
def conv_kernel_shape():
    return constant("Conv", image(1, 1, 4, 4), image(1, 1, 3, 3), kernel_shape=[2, 2])


@case("a border of 2^62")
def pool_padding():
    return constant("MaxPool", image(1, 1, 4, 4), kernel_shape=[2, 2], pads=[2**62] * 4)


@case("an empty window")
def pool_window_zero():
    return constant("AveragePool", image(1, 1, 4, 4), kernel_shape=[0, 0])


@case("inner dimensions that differ")
def matmul_mismatch():
    return constant("MatMul", image(2, 3), image(4, 2))


@case("weights of another hidden size")
def lstm_mismatch():
    made = constant("LSTM", image(2, 1, 3), image(1, 16, 3), image(1, 16, 5), hidden_size=4)
    return made


@case("a hidden size of 2^62")
def lstm_hidden_size():
    return constant("LSTM", image(2, 1, 3), image(1, 16, 3), image(1, 16, 4), hidden_size=2**62)


@case("an integer divided by 0", "either")
def divide_by_zero():
    return constant("Div", i64(1, 2), i64(0, 1), output=INT64)


@case("the smallest integer divided by -1, which overflows", "either")
def divide_overflow():
    return constant("Div", i64(-(2**63)), i64(-1), output=INT64)


@case("the remainder of a division by 0", "either")
def modulo_zero():
    return constant("Mod", i64(5), i64(0), output=INT64)


@case("the smallest integer modulo -1, which traps on x86", "either")
def modulo_overflow():
    return constant("Mod", np.array([-(2**31)], np.int32), np.array([-1], np.int32), output=TensorProto.INT32)


@case("integers whose sum and product overflow", "answer")
def integer_overflow():
    made = constant("Mul", i64(2**62, -(2**63)), i64(4, 3), output=INT64)
    return made


@case("the absolute value of the smallest integer", "answer")
def absolute_overflow():
    return constant("Abs", np.array([-128, 127], np.int8), output=TensorProto.INT8)


@case("the negative of the smallest integer", "answer")
def negate_overflow():
    return constant("Neg", np.array([-128, 127], np.int8), output=TensorProto.INT8)


@case("NaN, infinity and 10^30 cast to an integer", "either")
def cast_infinite():
    return constant("Cast", f32(np.nan, np.inf, -np.inf, 1e30), to=INT64, output=INT64)


@case("bits shifted by more than there are", "either")
def shift_too_far():
    bits = np.array([1, 255], np.uint8)
    return constant("BitShift", bits, np.array([200, 8], np.uint8), direction="LEFT", output=TensorProto.UINT8)


@case("an integer to a power that overflows", "either")
def power_overflow():
    return constant("Pow", i64(10, 0), i64(400, -1), output=INT64)


@case("nothing to find the largest of")
def argmax_empty():
    return constant("ArgMax", np.zeros((0,), np.float32), output=INT64)


@case("the product of no rows is 0, by the rules of an empty sum", "answer")
def matmul_empty():
    return constant("MatMul", np.zeros((2, 0), np.float32), np.zeros((0, 3), np.float32))


@case("the smallest number above the largest one", "answer")
def clip_crossed():
    return constant("Clip", f32(-5, 0, 5), np.float32(3), np.float32(-3))


def answer(made):
    """The one output, by the reference evaluator of the onnx package."""
    from onnx.reference import ReferenceEvaluator

    with np.errstate(all="ignore"):
        (output,) = ReferenceEvaluator(made).run(None, {})
    return output


def main():
    for old in [*HERE.glob("*.onnx"), *HERE.glob("*.npz")]:
        old.unlink()
    manifest = {}
    for name, (make, expect, reason) in CASES.items():
        made = make()
        content = made if isinstance(made, bytes) else made.SerializeToString(deterministic=True)
        (HERE / f"{name}.onnx").write_bytes(content)
        manifest[name] = {"expect": expect, "reason": reason}
        if expect == "answer":
            np.savez_compressed(HERE / f"{name}.npz", out_0=answer(made))
    (HERE / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
    print(f"{len(CASES)} hostile files")


if __name__ == "__main__":
    main()
