"""Graphs and functions that the standard forbids."""

import numpy as np
from onnx import AttributeProto, TensorProto, helper

from build import INT64, OPSET, case, constant, model, simple, value


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
