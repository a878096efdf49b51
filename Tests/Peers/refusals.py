"""What ONNX Runtime refuses to load, or the standard's checker reports, `hinge check` calls an error, and nothing else.

Each case is a small model with one fault, or one that only looks wrong. What ONNX Runtime has no kernel for is no fault. Of
`Fixtures/broken`, the report must name the node or value at fault and the rule.
"""

import pathlib
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, ValueInfoProto, helper
from onnx.helper import make_node

FLOAT, BOOL, INT32, INT64 = TensorProto.FLOAT, TensorProto.BOOL, TensorProto.INT32, TensorProto.INT64

sys.path.append(str(pathlib.Path(__file__).parents[2] / "Fixtures" / "broken"))
import models as broken


def value(name, element_type=FLOAT, shape=(2, 3)):
    return helper.make_tensor_value_info(name, element_type, shape)


def constant(name, number=1.0):
    return helper.make_tensor(name, FLOAT, [], [number])


def model(nodes, inputs=None, outputs=None, initializers=(), functions=(), imports=None, opset=17, ir_version=8):
    graph = helper.make_graph(
        nodes, "g", [value("x")] if inputs is None else inputs, [value("y")] if outputs is None else outputs,
        list(initializers),
    )
    imports = imports or [helper.make_opsetid("", opset)]
    return helper.make_model(graph, opset_imports=imports, ir_version=ir_version, functions=functions)


def relu(source="x", target="y", name="a"):
    return make_node("Relu", [source], [target], name)


def changed(change, *arguments, **options):
    result = model(*arguments, **options)
    change(result)
    return result


def names():
    """Names of nodes and values."""
    x, y, z = value("x"), value("y"), value("z")
    add = make_node("Add", ["x", "c"], ["y"], "a")
    yield "sound", model([relu()])
    yield "two nodes of one name", model([relu("x", "z"), relu("z", "y")])
    yield "nodes without names", model([relu("x", "z", ""), relu("z", "y", "")])
    yield "a node named as another's output", model([relu("x", "n", "y"), relu("n", "y", "n")])
    yield "an input that is an output", model([relu()], outputs=[y, x])
    yield "an output twice", model([relu()], outputs=[y, y])
    yield "an initializer that is an output", model([relu()], None, [y, value("c", FLOAT, [])], [constant("c")])
    yield "two initializers of one name", model([add], initializers=[constant("c"), constant("c", 2.0)])
    yield "two inputs of one name", model([relu()], [x, x])
    yield "a value defined twice", model([relu(), make_node("Abs", ["x"], ["y"], "b")])
    yield "a value defined twice by one node", model([make_node("Split", ["x"], ["y", "y"], "a", axis=0)])
    yield "an output that is an input", model([relu("x", "x"), relu("x", "y", "b")])
    yield "an output that is an initializer", model([relu("x", "c"), add], initializers=[constant("c")])
    yield "the wrong order", model([relu("z", "y"), relu("x", "z", "b")])
    yield "a cycle", model([make_node("Add", ["x", "y"], ["y"], "a")])
    yield "an input that is no value", model([relu("q")])
    yield "an output that is no value", model([relu("x", "z")])
    yield "an output without a name", model([relu()], outputs=[y, value("")])
    yield "no outputs", model([relu()], outputs=[])
    yield "a graph without a name", changed(lambda m: m.graph.ClearField("name"), [relu()])
    yield "a stated type of nothing", changed(lambda m: m.graph.value_info.append(z), [relu()])


def types():
    """Types and shapes that are stated."""
    x, y, c = value("x"), value("y"), make_node("Add", ["x", "c"], ["y"], "a")
    two = [relu("x", "z"), relu("z", "y", "b")]
    yield "an input without a type", model([relu()], [ValueInfoProto(name="x")])
    yield "another output type", model([relu()], outputs=[value("y", INT32)])
    yield "another output shape", model([relu()], outputs=[value("y", FLOAT, [5, 5])])
    yield "another type inside", changed(lambda m: m.graph.value_info.append(value("z", INT32)), two)
    yield "another shape inside", changed(lambda m: m.graph.value_info.append(value("z", FLOAT, [7, 7])), two)
    yield "another shape of a default", model([c], [x, value("c", FLOAT, [3])], None, [constant("c")])
    yield "another type of a default", model([c], [x, value("c", INT32, [])], None, [constant("c")])
    yield "two types for one", model([make_node("Add", ["x", "i"], ["y"], "a")], [x, value("i", INT32, [])])
    yield "a type that isn't taken", model([relu()], [value("x", BOOL)], [value("y", BOOL)])
    yield "no broadcasting", model([make_node("Add", ["x", "z"], ["y"], "a")], [x, value("z", FLOAT, [4])])
    yield "no matrix product", model([make_node("MatMul", ["x", "x"], ["y"], "a")])
    yield "a dimension twice", model([make_node("Transpose", ["x"], ["y"], "a", perm=[0, 0])])
    yield "an axis outside", model([make_node("Concat", ["x", "x"], ["y"], "a", axis=5)])
    yield "a shape of rank 2", model([make_node("ConstantOfShape", ["s"], ["y"], "a")], [value("s", INT64, [1, 2])])


def nodes():
    """Nodes by themselves, and what the model imports."""
    x, y = value("x"), value("y")
    other = [helper.make_opsetid("", 17), helper.make_opsetid("my", 1)]
    elu = make_node("Elu", ["x"], ["y"], "a", alpha=1.0)
    yield "a required output that is absent", model([relu("x", ""), relu("x", "y", "b")])
    yield "a required input that is absent", model([relu("")])
    yield "an absent input among many", model([make_node("Mean", ["", "x"], ["y"], "a")])
    yield "no outputs of a node", model([make_node("Relu", ["x"], [], "b"), relu()])
    yield "too many inputs", model([make_node("Relu", ["x", "x"], ["y"], "a")])
    yield "an unknown attribute", model([make_node("Relu", ["x"], ["y"], "a", foo=1)])
    yield "an attribute twice", changed(
        lambda m: m.graph.node[0].attribute.append(helper.make_attribute("alpha", 2.0)), [elu]
    )
    yield "another type of attribute", model([make_node("Elu", ["x"], ["y"], "a", alpha=1)])
    yield "an attribute too few", model([make_node("Cast", ["x"], ["y"], "a")])
    yield "a constant without a value", model([make_node("Constant", [], ["y"], "k")])
    yield "an unknown operator", model([make_node("Foo", ["x"], ["y"], "a")])
    yield "a domain that isn't imported", model([make_node("Foo", ["x"], ["y"], "a", domain="my")])
    yield "a withdrawn operator", model(
        [make_node("Upsample", ["p", "s"], ["q"], "a")], [value("p", FLOAT, [1, 1, 2, 2])],
        [value("q", FLOAT, [1, 1, 4, 4])], [helper.make_tensor("s", FLOAT, [4], [1, 1, 2, 2])],
    )
    yield "nothing imported", changed(lambda m: m.ClearField("opset_import"), [relu()])
    yield "operators of the future", model([relu()], opset=29)
    yield "a format of the future", model([relu()], ir_version=15)
    yield "a domain that nothing uses", model([relu()], imports=other)


def graph(nodes, outputs, inputs=(), name="s", initializers=()):
    return helper.make_graph(nodes, name, list(inputs), outputs, list(initializers))


def bodies():
    """The bodies of control flow."""
    x, y, b = value("x"), value("y"), value("b", BOOL, [])
    then, other = graph([relu("x", "t", "t")], [value("t")]), graph([relu("x", "e", "e")], [value("e")])

    def branch(nodes, outputs, **options):
        body = graph(nodes, outputs, **options)
        return make_node("If", ["b"], ["y"], "if", then_branch=body, else_branch=other)

    def conditional(node, *before):
        return model([*before, node], [x, b])

    two = graph([relu("x", "t", "t"), relu("x", "u", "u")], [value("t"), value("u")])
    yield "a branch", conditional(make_node("If", ["b"], ["y"], "if", then_branch=then, else_branch=other))
    yield "nodes of one name in a branch and around", conditional(branch([relu("x", "t", "n")], [value("t")]), relu("x", "z", "n"))
    yield "nodes of one name in a branch", conditional(branch([relu("x", "u", "n"), relu("u", "t", "n")], [value("t")]))
    yield "values of one name in both branches", conditional(branch([relu("x", "e", "t")], [value("e")]))
    yield "a value of the graph around defined again", conditional(branch([relu("x", "z", "t")], [value("z")]), relu("x", "z"))
    yield "an initializer of the graph around again", conditional(
        branch([make_node("Add", ["x", "c"], ["t"], "t")], [value("t")], initializers=[constant("c")])
    )
    yield "a branch that gives an input", conditional(branch([], [value("x")]))
    yield "a branch that gives a value of the graph around", conditional(branch([], [value("z")]), relu("x", "z"))
    yield "a branch without a name", conditional(branch([relu("x", "t", "t")], [value("t")], name=""))
    yield "a branch with an input", conditional(branch([relu("i", "t", "t")], [value("t")], inputs=[value("i")]))
    yield "branches of different counts", conditional(branch([relu("x", "t", "t")], [value("t"), value("t")]))
    yield "fewer outputs than branches", conditional(make_node("If", ["b"], ["y"], "if", then_branch=two, else_branch=two))
    step, go, on, v = value("i", INT64, []), value("go", BOOL, []), value("on", BOOL, []), value("v")
    pass_on = make_node("Identity", ["go"], ["on"], "on")

    def loop(inputs, outputs, *nodes):
        node = make_node("Loop", ["m", "", "x"], ["y"], "loop", body=graph([pass_on, *nodes], outputs, inputs))
        return model([node], initializers=[helper.make_tensor("m", INT64, [], [2])])

    turn = relu("v", "w", "r")
    yield "a loop", loop([step, go, v], [on, value("w")], turn)
    yield "a loop that passes on an input", loop([step, go, v], [on, v])
    yield "a loop of fewer inputs", loop([step, go], [on, value("w")], relu("x", "w", "r"))
    yield "a loop of more inputs", loop([step, go, v, value("v2")], [on, value("w")], turn)
    yield "a loop of fewer outputs", loop([step, go, v], [on])
    yield "a loop of more outputs", loop([step, go, v], [on, value("w"), value("w2")], turn, relu("v", "w2", "r2"))
    row = [value("state", FLOAT, [3]), value("row", FLOAT, [3])]
    body = graph([make_node("Add", ["state", "row"], ["sum"], "s")], [value("sum", FLOAT, [3])], row)
    start = value("start", FLOAT, [3])

    def scan(inputs):
        node = make_node("Scan", inputs, ["y"], "scan", body=body, num_scan_inputs=1)
        return model([node], [x, start], [value("y", FLOAT, [3])])

    yield "a scan", scan(["start", "x"])
    yield "a scan of fewer inputs", scan(["start"])


def functions():
    """Functions of the model."""
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("my", 1)]

    def function(nodes, inputs=("a",), outputs=("o",), domain="my"):
        return helper.make_function(domain, "F", list(inputs), list(outputs), nodes, imports)

    def call(*functions, inputs=("x",), domain="my"):
        node = make_node("F", list(inputs), ["y"], "call", domain=domain)
        return model([node], functions=functions, imports=imports)

    plain = function([relu("a", "o", "n")])
    yield "a function", call(plain)
    yield "a function twice", call(plain, plain)
    yield "nodes of one name in a function", call(function([relu("a", "t", "n"), relu("t", "o", "n")]))
    yield "a value twice in a function", call(function([relu("a", "o", "n"), relu("a", "o", "n2")]))
    yield "a function that gives its input", call(function([relu("a", "o", "n")], outputs=["a"]))
    yield "a function that gives nothing", call(function([]))
    yield "a function that calls itself", call(function([make_node("F", ["a"], ["o"], "n", domain="my")]))
    yield "a call with too many inputs", call(plain, inputs=["x", "x"])
    yield "a call without a needed input", call(
        function([make_node("Add", ["a", "b"], ["o"], "n")], inputs=["a", "b"])
    )
    yield "a call without an input that nothing needs", call(function([relu("a", "o", "n")], inputs=["a", "b"]))
    yield "a function among the standard's operators", call(function([relu("a", "o", "n")], domain=""), domain="")


def refused_by_peers(proto):
    """What ONNX Runtime or the standard's checker says against a model; None when both take it."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        onnxruntime.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
        onnx.checker.check_model(proto, full_check=True)
    except Exception as error:
        return str(error).strip().splitlines()[0]
    return None


def check(hinge, report, folder):
    path = folder / "model.onnx"
    for group in (names, types, nodes, bodies, functions):
        for name, proto in group():
            def compare():
                path.write_bytes(proto.SerializeToString())
                found = subprocess.run([hinge, "check", path], capture_output=True, text=True)
                reason = refused_by_peers(proto)
                if found.returncode != (1 if reason else 0):
                    said = (found.stdout + found.stderr).strip()
                    raise ValueError(f"ended with status {found.returncode} ({said}), the peers say: {reason or 'sound'}")
                return reason

            report.check(f"checker: {name}", compare)
    for name, proto, place, rule in broken.models():
        def refused():
            path.write_bytes(proto.SerializeToString())
            try:
                onnx.checker.check_model(str(path), full_check=True)
            except Exception:
                pass
            else:
                raise ValueError("the standard's checker takes it")
            found = subprocess.run([hinge, "check", path], capture_output=True, text=True)
            said = found.stdout + found.stderr
            wanted = place if rule is broken.UNREADABLE else f"[{rule}]"
            if found.returncode == 0 or not any(place in line and wanted in line for line in said.splitlines()):
                raise ValueError(f"ended with status {found.returncode}, expected '{place}' and {wanted}: {said.strip()}")

        report.check(f"checker: {name}", refused)
