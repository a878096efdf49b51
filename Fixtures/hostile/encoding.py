"""Files that are not ONNX, or whose encoding is broken."""

import onnx

from build import case, field, number_of, simple, varint

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
