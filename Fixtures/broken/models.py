"""Models with one fault each, which the standard's checker refuses (`onnx.checker.check_model(model, full_check=True)`).

`models()` yields, for each, its name, the model, the name of the node or value at fault, and the rule of `hinge check` that
it breaks; UNREADABLE where no reader gets that far. `models.py FOLDER` writes them as files.
"""

import pathlib
import sys

import onnx
from onnx import TensorProto, helper
from onnx.helper import make_node

UNREADABLE = None
FLOAT, BOOL, INT32, INT64 = TensorProto.FLOAT, TensorProto.BOOL, TensorProto.INT32, TensorProto.INT64


def value(name, element_type=FLOAT, shape=(2, 3)):
    return helper.make_tensor_value_info(name, element_type, shape)


def number(name, *shape):
    count = 1
    for extent in shape:
        count *= extent
    return helper.make_tensor(name, FLOAT, shape, [1.0] * count)


def model(nodes, inputs=None, outputs=None, initializers=(), opset=17, change=None, **options):
    """A model of an input `x` and an output `y`, both `float[2, 3]`, unless others are given."""
    graph = helper.make_graph(
        nodes, "g", [value("x")] if inputs is None else inputs, [value("y")] if outputs is None else outputs,
        list(initializers),
    )
    imports = options.pop("imports", [helper.make_opsetid("", opset)])
    result = helper.make_model(graph, opset_imports=imports, ir_version=8, **options)
    if change:
        change(result)
    return result


def relu(source="x", target="y", name="a", **attributes):
    return make_node("Relu", [source], [target], name, **attributes)


def arity():
    yield "too-many-inputs", model([make_node("Relu", ["x", "x"], ["y"], "a")]), "a", "input-count"
    yield "too-few-inputs", model([make_node("Add", ["x"], ["y"], "a")]), "a", "input-count"
    yield "no-inputs", model([make_node("Relu", [], ["y"], "a")]), "a", "input-count"
    yield "no-inputs-of-many", model([make_node("Concat", [], ["y"], "a", axis=0)]), "a", "input-count"
    yield "too-many-outputs", model([make_node("Relu", ["x"], ["y", "z"], "a")]), "a", "output-count"
    yield "no-outputs", model([make_node("Relu", ["x"], [], "a"), relu(name="b")]), "a", "output-count"
    yield "inputs-of-a-generator", model([make_node("Constant", ["x"], ["y"], "a", value=number("", 2, 3))]), "a", "input-count"
    yield "too-many-for-convolution", model(
        [make_node("Conv", ["p", "w", "b", "b"], ["q"], "a")], [value("p", FLOAT, [1, 1, 4, 4])],
        [value("q", FLOAT, [1, 1, 2, 2])], [number("w", 1, 1, 3, 3), number("b", 1)],
    ), "a", "input-count"


def attributes():
    elu = make_node("Elu", ["x"], ["y"], "a", alpha=1.0)

    def twice(proto):
        proto.graph.node[0].attribute.append(helper.make_attribute("alpha", 2.0))

    def two_values(proto):
        proto.graph.node[0].attribute[0].i = 3

    def without_name(proto):
        proto.graph.node[0].attribute[0].ClearField("name")

    def without_type(proto):
        proto.graph.node[0].attribute[0].ClearField("type")

    yield "unknown-attribute", model([relu(foo=1)]), "a", "unknown-attribute"
    yield "attribute-of-a-later-version", model([make_node("Softmax", ["x"], ["y"], "a", beta=1)]), "a", "unknown-attribute"
    yield "attribute-of-an-older-version", model([make_node("Clip", ["x"], ["y"], "a", min=0.0)]), "a", "unknown-attribute"
    yield "integer-for-a-float", model([make_node("Elu", ["x"], ["y"], "a", alpha=1)]), "a", "attribute-type"
    yield "float-for-an-integer", model([make_node("Concat", ["x"], ["y"], "a", axis=0.0)]), "a", "attribute-type"
    yield "text-for-integers", model([make_node("Transpose", ["x"], ["y"], "a", perm="10")]), "a", "attribute-type"
    yield "integer-for-a-list", model([make_node("Transpose", ["x"], ["y"], "a", perm=1)]), "a", "attribute-type"
    yield "missing-attribute", model([make_node("Cast", ["x"], ["y"], "a")]), "a", "missing-attribute"
    yield "missing-axis", model([make_node("Concat", ["x", "x"], ["y"], "a")]), "a", "missing-attribute"
    yield "constant-without-a-value", model([make_node("Constant", [], ["y"], "a")]), "a", "inference"
    yield "attribute-twice", model([elu], change=twice), "a", "duplicate-attribute"
    yield "attribute-of-two-values", model([elu], change=two_values), "a", "attribute-type"
    yield "attribute-without-a-name", model([elu], change=without_name), "a", "duplicate-attribute"
    yield "attribute-without-a-type", model([elu], change=without_type), "alpha", "attribute-type"


def names():
    both = [relu(), make_node("Abs", ["x"], ["y"], "b")]
    add = make_node("Add", ["x", "c"], ["y"], "a")
    yield "value-twice", model(both), "y", "duplicate-value"
    yield "value-twice-by-one-node", model([make_node("Split", ["x"], ["y", "y"], "a", axis=0)]), "y", "duplicate-value"
    yield "output-named-as-an-input", model([relu("x", "x"), relu("x", "y", "b")]), "x", "duplicate-value"
    yield "output-named-as-an-initializer", model([relu("x", "c"), add], initializers=[number("c")]), "c", "duplicate-value"
    yield "input-twice", model([relu()], [value("x"), value("x")]), "x", "duplicate-value"
    yield "initializer-twice", model([add], initializers=[number("c"), number("c")]), "c", "duplicate-value"
    yield "wrong-order", model([relu("z", "y"), relu("x", "z", "b")]), "z", "node-order"
    yield "cycle", model([relu("v", "u"), relu("u", "v", "b"), relu("x", "y", "c")]), "v", "node-order"
    yield "self-loop", model([make_node("Add", ["x", "y"], ["y"], "a")]), "y", "node-order"
    yield "undefined-input", model([relu("q")]), "q", "undefined-value"
    yield "undefined-output", model([relu("x", "z")]), "y", "undefined-value"
    yield "graph-without-a-name", model([relu()], change=lambda proto: proto.graph.ClearField("name")), "graph", "missing-name"
    yield "output-without-a-name", model([relu()], outputs=[value("y"), value("")]), "g", "missing-name"
    yield "initializer-without-a-name", model([relu()], initializers=[number("", 1)]), "g", "missing-name"


def imports():
    other = [helper.make_opsetid("my", 1)]
    yield "unknown-operator", model([make_node("Foo", ["x"], ["y"], "a")]), "a", "unknown-operator"
    yield "operator-of-a-later-version", model([make_node("Gelu", ["x"], ["y"], "a")], opset=13), "a", "unknown-operator"
    yield "withdrawn-operator", model(
        [make_node("Upsample", ["p", "s"], ["q"], "a")], [value("p", FLOAT, [1, 1, 2, 2])],
        [value("q", FLOAT, [1, 1, 4, 4])], [helper.make_tensor("s", FLOAT, [4], [1, 1, 2, 2])],
    ), "a", "unknown-operator"
    yield "domain-not-imported", model([make_node("Foo", ["x"], ["y"], "a", domain="my")]), "a", "unknown-domain"
    yield "standard-not-imported", model([relu()], imports=other), "a", "unknown-domain"
    yield "nothing-imported", model([relu()], change=lambda proto: proto.ClearField("opset_import")), "opset", "opset-import"
    yield "version-0-of-the-file-format", model([relu()], change=lambda proto: setattr(proto, "ir_version", 0)), "", UNREADABLE
    yield "file-format-of-the-future", model([relu()], change=lambda proto: setattr(proto, "ir_version", 99)), "99", "ir-version"


def types():
    add = make_node("Add", ["x", "i"], ["y"], "a")
    yield "two-types-for-one", model([add], [value("x"), value("i", INT32)]), "a", "type-constraint"
    yield "type-that-is-not-taken", model([relu()], [value("x", BOOL)], [value("y", BOOL)]), "a", "input-type"
    yield "other-output-type", model([relu()], outputs=[value("y", INT32)]), "y", "type-disagreement"
    yield "other-output-shape", model([relu()], outputs=[value("y", FLOAT, [5, 5])]), "y", "type-disagreement"
    yield "other-rank-of-an-output", model([relu()], outputs=[value("y", FLOAT, [2, 3, 1])]), "y", "type-disagreement"
    yield "other-type-inside", model(
        [relu("x", "z"), relu("z", "y", "b")], change=lambda proto: proto.graph.value_info.append(value("z", INT32))
    ), "z", "type-disagreement"
    yield "no-broadcasting", model([add], [value("x"), value("i", FLOAT, [4])]), "a", "inference"
    yield "no-matrix-product", model([make_node("MatMul", ["x", "x"], ["y"], "a")]), "a", "inference"
    yield "dimension-twice", model([make_node("Transpose", ["x"], ["y"], "a", perm=[0, 0])]), "a", "inference"
    yield "axis-outside", model([make_node("Concat", ["x", "x"], ["y"], "a", axis=5)]), "a", "inference"
    yield "shapes-that-cannot-be-joined", model(
        [make_node("Concat", ["x", "i"], ["y"], "a", axis=0)], [value("x"), value("i", FLOAT, [2, 4])], [value("y", FLOAT, [4, 3])]
    ), "a", "inference"
    yield "input-without-a-type", model([relu()], [onnx.ValueInfoProto(name="x")]), "x", "missing-type"
    yield "default-of-another-shape", model(
        [make_node("Add", ["x", "c"], ["y"], "a")], [value("x"), value("c", FLOAT, [3])], None, [number("c")]
    ), "c", "initializer-type"


def shapes():
    """Nodes whose inputs, constants or attributes don't fit each other."""

    def fault(name, operator, inputs, **attributes):
        """A node of inputs: shapes of floats, constants, or arrays of integers, which are constants, too."""
        infos, constants, names = [], [], []
        for index, item in enumerate(inputs):
            names.append(f"i{index}" if item is not None else "")
            if isinstance(item, onnx.TensorProto):
                item.name = names[-1]
                constants.append(item)
            elif isinstance(item, tuple):
                infos.append(value(names[-1], FLOAT, item))
            elif item is not None:
                constants.append(helper.make_tensor(names[-1], INT64, [len(item)], item))
        node = make_node(operator, names, ["y"], "a", **attributes)
        return name, model([node], infos, [value("y", FLOAT, ("p", "q"))], constants), "a", "inference"

    def floats(*values):
        return helper.make_tensor("", FLOAT, [len(values)], values)

    x = (2, 3)
    image = (1, 4, 4, 4)
    yield fault("elements-that-do-not-divide", "Reshape", [x, [4, -1]])
    yield fault("two-extents-to-be-found", "Reshape", [x, [-1, -1]])
    yield fault("extent-below-minus-one", "Reshape", [x, [-2, 3]])
    yield fault("extent-to-copy-that-is-absent", "Reshape", [x, [2, 3, 0]])
    yield fault("nothing-beside-an-extent-to-be-found", "Reshape", [x, [0, -1]], allowzero=1)
    yield fault("dimension-outside", "Transpose", [x], perm=[0, 2])
    yield fault("no-expansion", "Expand", [x, [2, 4]])
    yield fault("axis-to-gather-outside", "Gather", [x, [0, 1]], axis=2)
    yield fault("vectors-longer-than-the-rank", "GatherND", [x, helper.make_tensor("", INT64, [2, 3], [0] * 6)])
    yield fault("parts-that-do-not-add-up", "Split", [x, [1]], axis=1)
    yield fault("axis-to-split-outside", "Split", [x], axis=2)
    yield fault("axis-to-slice-outside", "Slice", [x, [0], [1], [2]])
    yield fault("axis-sliced-twice", "Slice", [x, [0, 0], [1, 1], [0, 0]])
    yield fault("step-of-nothing", "Slice", [x, [0], [1], [0], [0]])
    yield fault("more-ends-than-starts", "Slice", [x, [0], [1, 2]])
    yield fault("matrices-of-unequal-stacks", "MatMul", [(2, 2, 3), (3, 3, 3)])
    yield fault("product-with-a-number", "MatMul", [x, ()])
    yield fault("no-general-product", "Gemm", [x, (4, 3)])
    yield fault("general-product-of-a-stack", "Gemm", [(2, 3, 1), (3, 3)])
    yield fault("weights-of-another-rank", "Conv", [(1, 4, 4), (3, 4, 3, 3)])
    yield fault("too-few-pads", "Conv", [image, (3, 4, 3, 3)], pads=[1, 1])
    yield fault("too-few-strides", "Conv", [image, (3, 4, 3, 3)], strides=[1])
    yield fault("window-of-too-few-dimensions", "MaxPool", [image], kernel_shape=[2])
    yield fault("variance-of-too-many-channels", "BatchNormalization", [(2, 3, 4), (3,), (3,), (3,), (4,)])
    yield fault("extent-that-is-not-one", "Squeeze", [x, [0]])
    yield fault("dimension-added-twice", "Unsqueeze", [x, [0, 0]])
    yield fault("axis-to-flatten-outside", "Flatten", [x], axis=3)
    yield fault("axis-to-normalize-outside", "Softmax", [x], axis=2)
    yield fault("axis-to-reduce-outside", "ReduceMean", [x], axes=[2])
    yield fault("axis-to-add-up-outside", "ReduceSum", [x, [2]])
    yield fault("repeats-for-too-few-dimensions", "Tile", [x, [4]])
    yield fault("pads-for-too-few-dimensions", "Pad", [x, [1, 1]])
    yield fault("equation-of-another-rank", "Einsum", [x, x], equation="ij,kjl->ik")
    yield fault("tensors-of-two-ranks", "Concat", [x, (2,)], axis=0)
    yield fault("negative-extent", "ConstantOfShape", [[-2]])
    yield fault("scales-for-too-few-dimensions", "Resize", [(1, 1, 2, 2), None, floats(2, 2)])
    yield fault("both-scales-and-sizes", "Resize", [(1, 1, 2, 2), None, floats(1, 1, 2, 2), [1, 1, 4, 4]])
    yield fault("triangle-of-a-vector", "Trilu", [(3,)])
    yield fault("ratio-of-two-numbers", "Dropout", [x, floats(0.1, 0.1)])


def tensors():
    add = make_node("Add", ["x", "c"], ["y"], "a")

    def short(proto):
        del proto.graph.initializer[0].float_data[1:]

    def outside(proto):
        tensor = proto.graph.initializer[0]
        tensor.ClearField("float_data")
        tensor.data_location = TensorProto.EXTERNAL
        entry = tensor.external_data.add()
        entry.key, entry.value = "location", "../outside.bin"

    def absent(proto):
        outside(proto)
        proto.graph.initializer[0].external_data[0].value = "absent.bin"

    def untyped(proto):
        proto.graph.initializer[0].data_type = 0

    constants = [number("c", 2, 3)]
    yield "too-few-elements", model([add], None, None, constants, change=short), "c", UNREADABLE
    yield "data-outside-the-folder", model([add], None, None, constants, change=outside), "c", UNREADABLE
    yield "data-that-is-absent", model([add], None, None, constants, change=absent), "c", UNREADABLE
    yield "tensor-without-a-type", model([add], None, None, constants, change=untyped), "c", UNREADABLE


def graph(nodes, outputs, inputs=(), name="body"):
    return helper.make_graph(nodes, name, list(inputs), outputs)


def bodies():
    b = value("b", BOOL, [])
    other = graph([relu("x", "e", "e")], [value("e")])

    def branch(nodes, outputs, **options):
        node = make_node("If", ["b"], ["y"], "if", then_branch=graph(nodes, outputs, **options), else_branch=other)
        return model([node], [value("x"), b])

    yield "branches-of-different-types", branch(
        [make_node("Cast", ["x"], ["t"], "t", to=INT32)], [value("t", INT32)]
    ), "if", "inference"
    yield "branches-of-different-counts", branch([relu("x", "t", "t")], [value("t"), value("t")]), "if", "output-count"
    yield "branch-with-an-input", branch([relu("i", "t", "t")], [value("t")], inputs=[value("i")]), "if", "input-count"
    yield "undefined-value-in-a-branch", branch([relu("q", "t", "t")], [value("t")]), "q", "undefined-value"
    yield "wrong-order-in-a-branch", branch([relu("u", "t", "t"), relu("x", "u", "u")], [value("t")]), "u", "node-order"
    yield "unknown-operator-in-a-branch", branch([make_node("Foo", ["x"], ["t"], "t")], [value("t")]), "t", "unknown-operator"
    yield "unknown-attribute-in-a-branch", branch([relu("x", "t", "t", foo=1)], [value("t")]), "t", "unknown-attribute"
    yield "branch-missing", model(
        [make_node("If", ["b"], ["y"], "if", then_branch=other)], [value("x"), b]
    ), "if", "missing-attribute"


def models():
    for group in (arity, attributes, names, imports, types, shapes, tensors, bodies):
        yield from group()


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, proto, _, _ in models():
        (folder / f"{name}.onnx").write_bytes(proto.SerializeToString())
