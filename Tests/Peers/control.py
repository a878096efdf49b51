"""Control flow, sequences and optional values: ONNX Runtime and both of Hinge's engines compute the same.

    control.py HINGE [--seed N] [--count N] [--keep FOLDER]

CASES are small models in the standard's text form, each for what its name says. random_model makes others: loops, scans
and branches inside each other, that read values of all graphs around them and carry sequences and optional values. Run by
itself, the script makes COUNT of those from SEED on. `check` runs them, checks that `hinge check` accepts each and converts
those that name versions, which must compute the same there.
"""

import argparse
import pathlib
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper, parser

from report import Refused, Report, run

RANDOM_MODELS = 60
TOLERANCE = 1e-5

# A loop that adds a captured value in each iteration, with what its tests vary.
LOOP = """
    {types}
    agraph ({inputs}float[3] x) => (float[3] y, float[n,3] s) {{
        y, s = Loop <body = b (int64 i, bool{shape} c, float[3] v) => (bool{shape} d, float[3] w, float[3] t) {{
            {next}
            w = Add(v, x)
            t = Mul(v, w)
        }}> ({m}, {c}, x)
    }}
"""


def loop(m="", c="", following="d = Identity(c)", shape="", count_type="int64", opset=16):
    inputs = (f"{count_type} m, " if m == "m" else "") + (f"bool{shape} c0, " if c == "c0" else "")
    types = f'<ir_version: 8, opset_import: ["": {opset}]>'
    return LOOP.format(types=types, inputs=inputs, next=following, shape=shape, m=m or '""', c=c or '""')


STOP = "n = Constant<value = int64 {2}>()  d = Less(i, n)"

# Each: the model, the inputs that are not made up, and the versions to convert it to.
CASES = {
    "loop: count and condition": (loop("m", "c0"), {"m": np.array(4), "c0": np.array(True)}, [11, 13, 21]),
    "loop: count only": (loop("m"), {"m": np.array(3)}, [11, 21]),
    "loop: condition only": (loop(c="c0", following=STOP), {"c0": np.array(True)}, [11, 13]),
    "loop: neither": (loop(following=STOP), {}, [11]),
    "loop: the body ends a loop without condition": (loop("m", following=STOP), {"m": np.array(9)}, []),
    "loop: early stop": (loop("m", "c0", STOP), {"m": np.array(9), "c0": np.array(True)}, [13]),
    "loop: no iteration": (loop("m", "c0"), {"m": np.array(0), "c0": np.array(True)}, [13]),
    "loop: negative count": (loop("m", "c0"), {"m": np.array(-5), "c0": np.array(True)}, []),
    "loop: false at first": (loop("m", "c0"), {"m": np.array(5), "c0": np.array(False)}, []),
    "loop: count of shape [1]": (loop("m", "c0", count_type="int64[1]"), {"m": np.array([3]), "c0": np.array(True)}, []),
    "loop: condition of shape [1]": (loop("m", "c0", shape="[1]"), {"m": np.array(3), "c0": np.array([True])}, []),
    "loop: version 1": (loop("m", "c0", opset=8), {"m": np.array(3), "c0": np.array(True)}, [11, 13, 16, 21, 23]),
    "loop: version 11": (loop("m", "c0", opset=11), {"m": np.array(3), "c0": np.array(True)}, [8, 13, 21]),
    "loop: version 13": (loop("m", "c0", opset=13), {"m": np.array(3), "c0": np.array(True)}, [11, 21]),
    "loop: version 21": (loop("m", "c0", opset=21), {"m": np.array(3), "c0": np.array(True)}, [11, 13]),
    "loop: nothing is carried": ("""
        agraph (int64 m, float[2] x) => (float[n,2] s) {
            s = Loop <body = b (int64 i, bool c) => (bool d, float[2] t) {
                d = Identity(c)  f = Cast<to = 1>(i)  t = Add(x, f)
            }> (m, "")
        }""", {"m": np.array(3)}, [11]),
    "loop: nothing is stacked": ("""
        agraph (int64 m, float[2] x) => (float[2] y) {
            y = Loop <body = b (int64 i, bool c, float[2] v) => (bool d, float[2] w) {
                d = Identity(c)  w = Add(v, x)
            }> (m, "", x)
        }""", {"m": np.array(3)}, [11]),
    "loop: a carried value grows": ("""
        agraph (int64 m, float[2] x) => (float[n] y, int64[k] s) {
            y, s = Loop <body = b (int64 i, bool c, float[j] v) => (bool d, float[l] w, int64 t) {
                d = Identity(c)  w = Concat<axis = 0>(v, x)  n = Size(w)  t = Identity(n)
            }> (m, "", x)
        }""", {"m": np.array(4)}, [11, 13]),
    "loop: stacks of several types": ("""
        agraph (int64 m, float[2] x) => (float16[n,2] a, bool[n] b, int64[n] e, double[n,1,2] f) {
            a, b, e, f = Loop <body = b (int64 i, bool c) => (bool d, float16[2] q, bool r, int64 s, double[1,2] t) {
                d = Identity(c)  q = Cast<to = 10>(x)  k = Constant<value = int64 {2}>()  r = Less(i, k)
                s = Mul(i, i)  o = Constant<value_ints = [0]>()  u = Unsqueeze(x, o)  t = Cast<to = 11>(u)
            }> (m, "")
        }""", {"m": np.array(4)}, []),
    "loop: empty stacks of a shape that follows from the input": ("""
        agraph (int64 m, float[2,3] x) => (float[n,2,3] s, float[k,2] r) {
            s, r = Loop <body = b (int64 i, bool c) => (bool d, float[2,3] t, float[2] u) {
                d = Identity(c)  t = Neg(x)  u = ReduceMean<axes = [1], keepdims = 0>(x)
            }> (m, "")
        }""", {"m": np.array(0)}, []),
    "loop: the body gives its inputs": ("""
        agraph (int64 m, float[2] x, float[2] z) => (float[2] y, float[2] w, int64[n] s) {
            y, w, s = Loop <body = b (int64 i, bool c, float[2] u, float[2] v) => (bool d, float[2] p, float[2] q, int64 t) {
                d = Identity(c)  p = Identity(v)  q = Identity(u)  t = Identity(i)
            }> (m, "", x, z)
        }""", {"m": np.array(3)}, [11]),
    "loop: a carried value that the body gives from around": ("""
        agraph (int64 m, float[2] x, float[2] z) => (float[2] y, float[n,2] s) {
            y, s = Loop <body = b (int64 i, bool c, float[2] v) => (bool d, float[2] p, float[2] t) {
                d = Identity(c)  p = Identity(z)  t = Identity(v)
            }> (m, "", x)
        }""", {"m": np.array(3)}, []),
    "loop: in a loop, with both numbers": ("""
        agraph (int64 m, float[2] x) => (float[2] y, float[n,k,2] s) {
            y, s = Loop <body = b (int64 i, bool c, float[2] v) => (bool d, float[2] w, float[k,2] t) {
                d = Identity(c)
                w, t = Loop <body = e (int64 j, bool f, float[2] p) => (bool g, float[2] q, float[2] r) {
                    g = Identity(f)  n = Add(i, j)  a = Cast<to = 1>(n)  b = Mul(x, a)  q = Add(p, b)  r = Sub(q, v)
                }> (m, "", v)
            }> (m, "", x)
        }""", {"m": np.array(3)}, [11]),
    "loop: three deep, each reads the outermost": ("""
        agraph (int64 m, float[2] x) => (float[2] y) {
            z = Neg(x)
            y = Loop <body = b1 (int64 i1, bool c1, float[2] v1) => (bool d1, float[2] w1) {
                d1 = Identity(c1)  z1 = Add(v1, z)
                w1 = Loop <body = b2 (int64 i2, bool c2, float[2] v2) => (bool d2, float[2] w2) {
                    d2 = Identity(c2)
                    w2 = Loop <body = b3 (int64 i3, bool c3, float[2] v3) => (bool d3, float[2] w3) {
                        d3 = Identity(c3)  a = Add(v3, z1)  h = Tanh(a)  w3 = Add(h, z)
                    }> (m, "", v2)
                }> (m, "", v1)
            }> (m, "", x)
        }""", {"m": np.array(2)}, [13, 21]),
    "loop: a carried sequence": ("""
        agraph (int64 m, float[2] x) => (seq(float[2]) y, float[n] z) {
            e = SequenceEmpty()
            y = Loop <body = b (int64 i, bool c, seq(float[k]) s) => (bool d, seq(float[l]) t) {
                d = Identity(c)  f = Cast<to = 1>(i)  a = Add(x, f)  t = SequenceInsert(s, a)
            }> (m, "", e)
            z = ConcatFromSequence<axis = 0>(y)
        }""", {"m": np.array(4)}, [13, 21]),
    "loop: a carried sequence that stays empty": ("""
        agraph (int64 m, float[2] x) => (seq(float[2]) y, int64 n) {
            e = SequenceEmpty()
            y = Loop <body = b (int64 i, bool c, seq(float[k]) s) => (bool d, seq(float[l]) t) {
                d = Identity(c)  t = SequenceInsert(s, x)
            }> (m, "", e)
            n = SequenceLength(y)
        }""", {"m": np.array(0)}, []),
    "loop: takes a sequence apart": ("""
        agraph (seq(float[2]) q) => (float[2] y) {
            n = SequenceLength(q)  z = Constant<value = float[2] {0.5, -1}>()
            y, r = Loop <body = b (int64 i, bool c, float[2] v, seq(float[2]) s) => (bool d, float[2] w, seq(float[2]) t) {
                d = Identity(c)  o = Constant<value = int64 {0}>()  a = SequenceAt(s, o)  t = SequenceErase(s, o)
                b = Add(v, a)  w = Tanh(b)
            }> (n, "", z, q)
        }""", {}, []),
    "loop: a carried optional sequence": ("""
        agraph (int64 m, float[2] x) => (seq(float[2]) y) {
            e = Optional<type = seq(float[k])>()
            t0 = Constant<value = bool {1}>()
            y = Loop <body = b (int64 i, bool c, optional(seq(float[k])) s) => (bool d, seq(float[l]) t) {
                d = Identity(c)
                h = OptionalHasElement(s)
                u = If <then_branch = p () => (seq(float[k]) a) { a = OptionalGetElement(s) },
                        else_branch = q () => (seq(float[k]) b) { b = SequenceEmpty() }> (h)
                t = SequenceInsert(u, x)
            }> (m, t0, e)
        }""", {"m": np.array(1)}, []),
    "if: a computed condition": ("""
        agraph (float[3] x) => (float[3] y) {
            s = ReduceSum<keepdims = 0>(x)  z = Constant<value = float {0}>()  c = Greater(s, z)
            y = If <then_branch = p () => (float[3] a) { a = Neg(x) }, else_branch = q () => (float[3] b) { b = Exp(x) }> (c)
        }""", {}, [11, 16, 21, 23]),
    "if: version 1": ("""
        <ir_version: 7, opset_import: ["": 7]>
        agraph (bool c, float[3] x) => (float[3] y) {
            y = If <then_branch = p () => (float[3] a) { a = Neg(x) }, else_branch = q () => (float[3] b) { b = Exp(x) }> (c)
        }""", {"c": np.array(True)}, [9, 11, 13, 21]),
    "if: a condition of shape [1]": ("""
        agraph (bool[1] c, float[3] x) => (float[3] y) {
            y = If <then_branch = p () => (float[3] a) { a = Neg(x) }, else_branch = q () => (float[3] b) { b = Exp(x) }> (c)
        }""", {"c": np.array([False])}, [11]),
    "if: branches of other shapes": ("""
        agraph (bool c, float[2,3] x) => (float[n,m] y, float[k] z) {
            y = If <then_branch = p () => (float[4,3] a) { a = Concat<axis = 0>(x, x) },
                    else_branch = q () => (float[2,3] b) { b = Exp(x) }> (c)
            o = Constant<value_ints = [-1]>()  z = Reshape(y, o)
        }""", {"c": np.array(True)}, [13]),
    "if: a branch of constants": ("""
        agraph (bool c, float[2] x) => (float[2] y, int64 z) {
            y, z = If <then_branch = p () => (float[2] a, int64 e) {
                           a = Constant<value = float[2] {1, 2}>()  e = Constant<value = int64 {7}>() },
                       else_branch = q () => (float[2] b, int64 f) { b = Identity(x)  f = Constant<value = int64 {8}>() }> (c)
        }""", {"c": np.array(True)}, [11]),
    "if: in branches, with values from three levels": ("""
        agraph (bool c, bool e, float[2] x) => (float[2] y) {
            u = Exp(x)
            y = If <then_branch = p () => (float[2] a) {
                        v = Add(x, u)
                        a = If <then_branch = r () => (float[2] f) { w = Mul(v, u)  f = Add(w, x) },
                                else_branch = s () => (float[2] g) { g = Sub(v, u) }> (e)
                    },
                    else_branch = q () => (float[2] b) { b = Identity(u) }> (c)
        }""", {"c": np.array(True), "e": np.array(True)}, [11, 21]),
    "if: sequences": ("""
        agraph (bool c, float[2] x) => (seq(float[2]) y) {
            y = If <then_branch = p () => (seq(float[2]) a) { a = SequenceConstruct(x, x) },
                    else_branch = q () => (seq(float[2]) b) { b = SequenceEmpty() }> (c)
        }""", {"c": np.array(True)}, [13]),
    "if: softmax of old meaning in a branch": ("""
        <ir_version: 7, opset_import: ["": 11]>
        agraph (bool c, float[2,3,4] x) => (float[2,3,4] y) {
            y = If <then_branch = p () => (float[2,3,4] a) { a = Softmax(x) },
                    else_branch = q () => (float[2,3,4] b) { s = ReduceSum<axes = [1]>(x)  b = Add(x, s) }> (c)
        }""", {"c": np.array(True)}, [9, 13, 18, 21]),
}


def scan(attributes, inputs, body, opset=11):
    """A scan over inputs x0, x1, … of the given shapes, states first; the body's text, and the ranks of the outputs."""
    states, scans = inputs
    text, ranks = body
    shapes = [*states, *scans]
    arguments = ", ".join(f"float{list(shape)} x{index}" for index, shape in enumerate(shapes))
    names = ", ".join(f"x{index}" for index in range(len(shapes)))
    lengths = '"", ' if opset < 9 else ""
    results = ", ".join(
        f"float[{','.join(f'd{index}{axis}' for axis in range(rank))}] y{index}" for index, rank in enumerate(ranks)
    )
    return f"""
        <ir_version: 8, opset_import: ["": {opset}]>
        agraph ({arguments}) => ({results}) {{
            {", ".join(f"y{index}" for index in range(len(ranks)))} = Scan <num_scan_inputs = {len(scans)}{attributes},
                body = b {text}> ({lengths}{names})
        }}"""


SUM = ("(float[2] s, float[2] e) => (float[2] t, float[2] o) { t = Add(s, e)  o = Mul(t, e) }", [1, 2])
SUM8 = (SUM[0], [2, 3])
TWO = ("""(float[2] s, float[2] e, float[3] f) => (float[2] t, float[3] o, float[2] p) {
    t = Add(s, e)  o = Exp(f)  p = Sub(t, e) }""", [1, 2, 2])
ONE = ([[2]], [[4, 2]])
CASES |= {
    "scan: forwards": (scan("", ONE, SUM), {}, [8, 9, 16, 21]),
    "scan: backwards": (scan(", scan_input_directions = [1]", ONE, SUM), {}, [8, 9, 21]),
    "scan: stacked backwards": (scan(", scan_output_directions = [1]", ONE, SUM), {}, [9, 21]),
    "scan: both backwards": (
        scan(", scan_input_directions = [1], scan_output_directions = [1]", ONE, SUM), {}, [9]),
    "scan: along the last axis": (scan(", scan_input_axes = [1]", ([[2]], [[2, 4]]), SUM), {}, [8, 9, 21]),
    "scan: along a negative axis": (scan(", scan_input_axes = [-1]", ([[2]], [[2, 4]]), SUM), {}, [8, 9, 21]),
    "scan: stacked along another axis": (scan(", scan_output_axes = [1]", ONE, SUM), {}, [9, 21]),
    "scan: stacked along a negative axis": (scan(", scan_output_axes = [-1]", ONE, SUM), {}, [16]),
    "scan: stacked along another axis backwards": (
        scan(", scan_output_axes = [1], scan_output_directions = [1]", ONE, SUM), {}, [9]),
    "scan: two inputs and two stacks": (
        scan(", scan_input_axes = [1, 0], scan_input_directions = [0, 1], scan_output_axes = [1, 0], "
             "scan_output_directions = [1, 0]", ([[2]], [[2, 5], [5, 3]]), TWO), {}, [9, 21]),
    "scan: no state": (
        scan("", ([], [[4, 2]]), ("(float[2] e) => (float[2] o) { o = Exp(e) }", [2])), {}, [8, 9]),
    "scan: no stack": (
        scan("", ONE, ("(float[2] s, float[2] e) => (float[2] t) { t = Add(s, e) }", [1])), {}, [8, 9]),
    "scan: elements without dimensions": (
        scan("", ([[1]], [[4]]), ("(float[1] s, float e) => (float[1] t, float o) { t = Add(s, e)  o = Neg(e) }", [1, 1])),
        {}, [9]),
    "scan: three dimensions, the middle one": (
        scan(", scan_input_axes = [1], scan_output_axes = [1]", ([[2, 3]], [[2, 4, 3]]), (
            "(float[2,3] s, float[2,3] e) => (float[2,3] t, float[2,3] o) { t = Add(s, e)  o = Mul(t, s) }", [2, 3])),
        {}, [9, 21]),
    "scan: version 8": (scan("", ([[3, 2]], [[3, 4, 2]]), SUM8, 8), {}, [9, 11, 16, 21]),
    "scan: version 8 backwards": (scan(", directions = [1]", ([[3, 2]], [[3, 4, 2]]), SUM8, 8), {}, [9, 13]),
    "scan: version 8 of a batch of one": (scan("", ([[1, 2]], [[1, 4, 2]]), SUM8, 8), {}, [10, 21]),
    "scan: version 8 with lengths": ("""
        <ir_version: 3, opset_import: ["": 8]>
        agraph (int64[3] l, float[3,2] z, float[3,4,2] x) => (float[3,2] y, float[3,4,2] s) {
            y, s = Scan <num_scan_inputs = 1, directions = [1],
                body = b (float[2] s, float[2] e) => (float[2] t, float[2] o) { t = Add(s, e)  o = Mul(t, e) }> (l, z, x)
        }""", {"l": np.array([4, 1, 2])}, []),
    "scan: reads values around it, in a loop": ("""
        agraph (int64 m, float[2] z, float[4,2] x) => (float[2] y, float[n,4,2] s) {
            y, s = Loop <body = b (int64 i, bool c, float[2] v) => (bool d, float[2] w, float[4,2] t) {
                d = Identity(c)  f = Cast<to = 1>(i)
                w, t = Scan <num_scan_inputs = 1, body = b2 (float[2] p, float[2] e) => (float[2] q, float[2] o) {
                    a = Mul(e, f)  g = Add(a, z)  h = Add(p, g)  q = Tanh(h)  o = Sub(q, v) }> (v, x)
            }> (m, "", z)
        }""", {"m": np.array(3)}, [11, 21]),
    "sequence: at, from both ends": ("""
        agraph (seq(float[2]) q) => (float[2] a, float[2] b) {
            i = Constant<value = int64 {1}>()  j = Constant<value = int32 {-2}>()
            a = SequenceAt(q, i)  b = SequenceAt(q, j)
        }""", {}, [11]),
    "sequence: insert at the front, before the last, at the end": ("""
        agraph (seq(float[2]) q, float[2] x) => (seq(float[2]) a, seq(float[2]) b, seq(float[2]) c) {
            i = Constant<value = int64 {0}>()  j = Constant<value = int64 {-1}>()
            a = SequenceInsert(q, x, i)  b = SequenceInsert(q, x, j)  c = SequenceInsert(q, x)
        }""", {}, [11]),
    "sequence: erase": ("""
        agraph (seq(float[2]) q) => (seq(float[2]) a, seq(float[2]) b, seq(float[2]) c) {
            i = Constant<value = int64 {0}>()  j = Constant<value = int64 {-2}>()
            a = SequenceErase(q, i)  b = SequenceErase(q, j)  c = SequenceErase(q)
        }""", {}, [11]),
    "sequence: empty, of integers": ("""
        agraph (int64[2] x) => (seq(int64[2]) y, int64 n) {
            e = SequenceEmpty<dtype = 7>()  n = SequenceLength(e)  y = SequenceInsert(e, x)
        }""", {"x": np.array([1, 2])}, []),
    "sequence: split into ones": ("""
        agraph (float[2,3] x) => (seq(float[2,1]) a, seq(float[2]) b) {
            a = SplitToSequence<axis = 1>(x)  b = SplitToSequence<axis = -1, keepdims = 0>(x)
        }""", {}, [11]),
    "sequence: split unevenly": ("""
        agraph (float[7,2] x) => (seq(float[k,2]) a, seq(float[k,2]) b) {
            s = Constant<value = int64 {3}>()  t = Constant<value = int64[3] {4, 0, 3}>()
            a = SplitToSequence(x, s)  b = SplitToSequence(x, t)
        }""", {}, [11]),
    "sequence: joined": ("""
        agraph (seq(float[2,3]) q) => (float[n,3] a, float[2,m] b, float[k,2,3] c, float[2,3,l] d) {
            a = ConcatFromSequence<axis = 0>(q)  b = ConcatFromSequence<axis = -1>(q)
            c = ConcatFromSequence<axis = 0, new_axis = 1>(q)  d = ConcatFromSequence<axis = -1, new_axis = 1>(q)
        }""", {}, [11]),
    "sequence: identity": ("agraph (seq(float[2]) q) => (seq(float[2]) y) { y = Identity(q) }", {}, [16]),
    "sequence: strings": ("""
        agraph (string[2] x) => (seq(string[2]) y, string[1] z) {
            a = SequenceConstruct(x, x)  y = SequenceInsert(a, x)
            b = SplitToSequence(x)  i = Constant<value = int64 {1}>()  z = SequenceAt(b, i)
        }""", {"x": np.array(["a", "ß"], object)}, []),
    "sequence: mapped": ("""
        agraph (seq(float[2]) q) => (seq(float[2]) y) {
            y = SequenceMap <body = b (float[2] e) => (float[2] o) { o = Exp(e) }> (q)
        }""", {}, [13, 15, 21]),
    "sequence: mapped, with a tensor, a sequence and a value from around": ("""
        agraph (seq(float[2]) q, float[2] x, seq(float[1]) r, float[2] z) => (seq(float[2]) y, seq(float[1]) w) {
            u = Neg(z)
            y, w = SequenceMap <body = b (float[2] e, float[2] f, float[1] g) => (float[2] o, float[1] p) {
                a = Mul(e, f)  h = Add(a, g)  o = Add(h, u)  p = Exp(g) }> (q, x, r)
        }""", {}, [13, 21]),
    "optional: has and gives": ("""
        agraph (float[2] x) => (bool a, float[2] y, bool b) {
            o = Optional(x)  a = OptionalHasElement(o)  y = OptionalGetElement(o)
            e = Optional<type = float[2]>()  b = OptionalHasElement(e)
        }""", {}, [15, 21]),
    "optional: of values that are not optional": ("""
        <ir_version: 8, opset_import: ["": 18]>
        agraph (float[2] x) => (bool a, float[2] y, bool b) {
            a = OptionalHasElement(x)  y = OptionalGetElement(x)  b = OptionalHasElement()
        }""", {}, [16, 21]),
    "optional: of a sequence": ("""
        agraph (float[2] x) => (bool a, seq(float[2]) y) {
            s = SequenceConstruct(x, x)  o = Optional(s)  a = OptionalHasElement(o)  y = OptionalGetElement(o)
        }""", {}, [15]),
    "optional: as an input": ("""
        agraph (optional(float[2]) x) => (bool a, float[2] y) {
            a = OptionalHasElement(x)
            y = If <then_branch = p () => (float[2] u) { u = OptionalGetElement(x) },
                    else_branch = q () => (float[2] v) { v = Constant<value = float[2] {1, 2}>() }> (a)
        }""", {}, []),
}

# What Hinge can't write at a version, by case and version, with a part of the message.
REFUSED = {
    ("loop: nothing is carried", 8): "Loop with 2 inputs needs opset 11",
    ("loop: a carried sequence", 12): "Loop that gives sequence of float32[l] needs opset 13",
    ("loop: a carried optional sequence", 15): "needs opset 16",
    ("if: sequences", 12): "If that gives sequence of float32[2] needs opset 13",
    ("scan: stacked backwards", 8): "Scan that stacks along another axis than 0, or backwards needs opset 9",
    ("scan: stacked along a negative axis", 9): "Scan along a negative axis needs opset 11",
    ("scan: version 8 with lengths", 9): "Scan over sequences of given lengths is in opset 8 only",
    ("sequence: joined", 10): "ConcatFromSequence needs opset 11",
    ("sequence: mapped", 12): "SequenceMap needs opset 13",
    ("optional: has and gives", 14): "Optional needs opset 15",
}


def made_up(value_type, random, items=3):
    """A value of a type: a tensor, a list of tensors, or, for an optional type, what it holds."""
    kind = value_type.WhichOneof("value")
    if kind == "sequence_type":
        return [made_up(value_type.sequence_type.elem_type, random) for _ in range(items)]
    if kind == "optional_type":
        return made_up(value_type.optional_type.elem_type, random)
    shape = [dimension.dim_value or 2 for dimension in value_type.tensor_type.shape.dim]
    assert value_type.tensor_type.elem_type == TensorProto.FLOAT
    return random.standard_normal(shape).astype(np.float32)


def write_input(path, value, info):
    """One input as the standard's own test data store it."""
    kind = info.type.WhichOneof("value")
    if kind == "sequence_type":
        message = numpy_helper.from_list(value, info.name)
    elif kind == "optional_type":
        message = numpy_helper.from_optional(value, info.name)
    else:
        message = numpy_helper.from_array(value, info.name)
    path.write_bytes(message.SerializeToString())


def expected(path, inputs):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return session.run(None, inputs)


def agree(found, value, name):
    """Raises unless a tensor that Hinge wrote equals ONNX Runtime's."""
    value = np.asarray(value)
    if found.shape != value.shape:
        raise ValueError(f"output {name}: expected shape {value.shape}, found {found.shape}")
    if value.dtype.kind in "OUS":
        if found.astype(str).tolist() != value.astype(str).tolist():
            raise ValueError(f"output {name}: expected {value.tolist()}, found {found.tolist()}")
        return
    if found.dtype != value.dtype:
        raise ValueError(f"output {name}: expected {value.dtype}, found {found.dtype}")
    if value.dtype.kind != "f":
        if not np.array_equal(found, value):
            raise ValueError(f"output {name}: expected {value.tolist()}, found {found.tolist()}")
    elif not np.allclose(found, value, TOLERANCE, TOLERANCE, equal_nan=True):
        raise ValueError(f"output {name}: differs by {np.abs(found - value).max()}")


def compare(hinge, path, model, arguments, values, folder):
    """Runs a model on both engines and compares."""
    for engine in ("reference", "fast"):
        out = folder / engine
        out.mkdir(exist_ok=True)
        for old in out.iterdir():
            old.unlink()
        run(hinge, "run", path, *arguments, "--engine", engine, "--output-dir", out, "--quiet")
        for info, value in zip(model.graph.output, values):
            if isinstance(value, list):
                if (out / f"{info.name}_{len(value)}.npy").exists():
                    raise ValueError(f"{engine}: output {info.name}: more than {len(value)} elements")
                for index, element in enumerate(value):
                    agree(np.load(out / f"{info.name}_{index}.npy"), element, f"{info.name}[{index}] ({engine})")
            else:
                agree(np.load(out / f"{info.name}.npy"), value, f"{info.name} ({engine})")


def try_model(hinge, report, name, model, given, opsets, folder):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.onnx"
    random = np.random.default_rng(sum(name.encode()))
    inputs = {info.name: given.get(info.name) for info in model.graph.input}
    for info in model.graph.input:
        if inputs[info.name] is None:
            inputs[info.name] = made_up(info.type, random)
    arguments, values = [], []

    def check():
        onnx.save(model, path)
        for info in model.graph.input:
            write_input(folder / f"{info.name}.pb", inputs[info.name], info)
            arguments.extend(["--input", f"{info.name}={folder / info.name}.pb"])
        values.extend(expected(path, inputs))
        run(hinge, "check", path)
        compare(hinge, path, model, arguments, values, folder)

    report.check(f"control: {name}", check)
    for opset in [*opsets, *(opset for case, opset in REFUSED if case == name)]:
        def convert():
            out = folder / f"opset-{opset}.onnx"
            run(hinge, "convert", path, out, "--opset", opset, "--no-verify")
            onnx.checker.check_model(str(out))
            found = next(entry.version for entry in onnx.load(out).opset_import if entry.domain == "")
            if found != opset:
                raise ValueError(f"expected opset {opset}, found {found}")
            for left, right in zip(expected(out, inputs), values, strict=True):
                pairs = zip(left, right, strict=True) if isinstance(right, list) else [(left, right)]
                for a, b in pairs:
                    agree(np.asarray(a), b, f"in ONNX Runtime at opset {opset}")
            compare(hinge, out, model, arguments, values, folder)

        report.check(f"control: {name} -> opset {opset}", convert, REFUSED.get((name, opset)))


def parsed(text):
    """The model of a text, of version 16 unless it says another, 17 where it maps sequences."""
    if "opset_import" not in text:
        opset = 17 if "SequenceMap" in text else 16
        text = f'<ir_version: 8, opset_import: ["": {opset}]>' + text
    return parser.parse_model(text)


# --- Random models -------------------------------------------------------------------------------


class Scope:
    """A graph under construction, and the vectors of 3 numbers that its nodes may read."""

    count = 0

    def __init__(self, random, outer=(), sequences=()):
        self.random, self.nodes = random, []
        self.vectors, self.sequences = list(outer), list(sequences)

    def fresh(self):
        Scope.count += 1
        return f"v{Scope.count}"

    def add(self, kind, *inputs, outputs=1, **attributes):
        names = [self.fresh() for _ in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names[0] if outputs == 1 else names

    def constant(self, value):
        return self.add("Constant", value=numpy_helper.from_array(np.asarray(value)))

    def pick(self):
        """A vector, one of the newest with some preference."""
        late = self.vectors[-4:] if self.random.random() < 0.6 else self.vectors
        return late[self.random.integers(len(late))]

    def condition(self):
        total = self.add("ReduceSum", self.pick(), keepdims=0)
        return self.add("Greater", total, self.constant(np.float32(self.random.normal())))

    def graph(self, inputs, outputs):
        return helper.make_graph(self.nodes, self.fresh(), inputs, outputs)


def vector(name):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, [3])


def scalar(name, kind):
    return helper.make_tensor_value_info(name, kind, [])


def sequence(name):
    return helper.make_tensor_sequence_value_info(name, TensorProto.FLOAT, None)


def arithmetic(scope):
    kind = scope.random.choice(["Add", "Sub", "Mul", "Max", "Tanh", "Neg", "Identity", "Sigmoid"])
    inputs = [scope.pick() for _ in range(2 if kind in ("Add", "Sub", "Mul", "Max") else 1)]
    scope.vectors.append(scope.add(kind, *inputs))


def branch(scope, depth):
    bodies = {}
    has_sequence = bool(scope.sequences) and scope.random.random() < 0.5
    for name in ("then_branch", "else_branch"):
        inner = Scope(scope.random, scope.vectors, scope.sequences)
        fill(inner, depth - 1, scope.random.integers(1, 4))
        outputs = [vector(inner.add("Tanh", inner.pick()))]
        if has_sequence:
            outputs.append(sequence(inner.add("SequenceInsert", inner.sequences[-1], inner.pick())))
        bodies[name] = inner.graph([], outputs)
    found = scope.add("If", scope.condition(), outputs=1 + has_sequence, **bodies)
    if has_sequence:
        scope.vectors.append(found[0])
        scope.sequences.append(found[1])
    else:
        scope.vectors.append(found)


def iterate(scope, depth):
    random = scope.random
    inner = Scope(random, scope.vectors, scope.sequences)
    number, condition = inner.fresh(), inner.fresh()
    carried = [inner.fresh() for _ in range(random.integers(1, 3))]
    has_sequence = bool(scope.sequences) and random.random() < 0.5
    inner.vectors += carried
    inputs = [scalar(number, TensorProto.INT64), scalar(condition, TensorProto.BOOL), *map(vector, carried)]
    if has_sequence:
        inputs.append(sequence(inner.fresh()))
        inner.sequences.append(inputs[-1].name)
    if random.random() < 0.5:
        inner.vectors.append(inner.add("Add", inner.pick(), inner.add("Cast", number, to=TensorProto.FLOAT)))
    fill(inner, depth - 1, random.integers(1, 5))
    following = (
        inner.add("Not", inner.condition()) if random.random() < 0.3 else inner.add("Identity", condition)
    )
    outputs = [scalar(following, TensorProto.BOOL), *(vector(inner.add("Tanh", inner.pick())) for _ in carried)]
    if has_sequence:
        outputs.append(sequence(inner.add("SequenceInsert", inner.sequences[-1], inner.pick())))
    stacks = random.integers(0, 3)
    outputs += [vector(inner.add("Identity", inner.pick())) for _ in range(stacks)]
    count = scope.constant(np.int64(random.integers(0 if not stacks else 1, 4)))
    first = random.choice(["", scope.constant(np.bool_(True))])
    initial = [scope.pick() for _ in carried] + ([scope.sequences[-1]] if has_sequence else [])
    found = scope.add("Loop", count, first, *initial, outputs=len(outputs) - 1, body=inner.graph(inputs, outputs))
    found = [found] if isinstance(found, str) else found
    scope.vectors += found[: len(carried)]
    if has_sequence:
        scope.sequences.append(found[len(carried)])
    for stack in found[len(found) - stacks:] if stacks else []:
        scope.vectors.append(scope.add("ReduceMean", stack, axes=[0], keepdims=0))
        if depth > 1 and random.random() < 0.5:
            walk(scope, depth, stack)


def walk(scope, depth, stack):
    random = scope.random
    inner = Scope(random, scope.vectors)
    state, element = inner.fresh(), inner.fresh()
    inner.vectors += [state, element]
    fill(inner, depth - 1, random.integers(1, 4))
    outputs = [vector(inner.add("Tanh", inner.pick())), vector(inner.add("Identity", inner.pick()))]
    axis = int(random.integers(0, 2))
    source = scope.add("Transpose", stack, perm=[1, 0]) if axis else stack
    directions, output_axis = random.integers(0, 2, 2).tolist(), int(random.integers(0, 2))
    found = scope.add(
        "Scan", scope.pick(), source, outputs=2, num_scan_inputs=1,
        body=inner.graph([vector(state), vector(element)], outputs), scan_input_axes=[axis],
        scan_input_directions=directions[:1], scan_output_axes=[output_axis], scan_output_directions=directions[1:],
    )
    scope.vectors.append(found[0])
    # Each row counts by its place.
    last = scope.constant(np.int64(-1))
    scope.vectors.append(scope.add("Gather", found[1], last, axis=output_axis))


def collect(scope):
    count = scope.random.integers(1, 4)
    made = scope.add("SequenceConstruct", *(scope.pick() for _ in range(count)))
    scope.sequences.append(made)


def take(scope):
    if not scope.sequences:
        return collect(scope)
    source = scope.sequences[scope.random.integers(len(scope.sequences))]
    kind = scope.random.integers(3)
    if kind == 0:
        scope.vectors.append(scope.add("SequenceAt", source, scope.constant(np.int64(scope.random.choice([0, -1])))))
    elif kind == 1:
        joined = scope.add("ConcatFromSequence", source, axis=0, new_axis=1)
        scope.vectors.append(scope.add("ReduceMean", joined, axes=[0], keepdims=0))
    else:
        scope.sequences.append(scope.add("SequenceInsert", source, scope.pick(), scope.constant(np.int64(0))))


def fill(scope, depth, count):
    for _ in range(count):
        roll = scope.random.random()
        if depth > 0 and roll < 0.2:
            branch(scope, depth)
        elif depth > 0 and roll < 0.5:
            iterate(scope, depth)
        elif roll < 0.62:
            take(scope)
        else:
            arithmetic(scope)


def random_model(seed):
    random = np.random.default_rng(seed)
    scope = Scope(random, ["x", "z"])
    fill(scope, 3, random.integers(3, 7))
    outputs = [vector(scope.add("Identity", name)) for name in scope.vectors[-3:]]
    if scope.sequences:
        outputs.append(sequence(scope.add("SequenceInsert", scope.sequences[-1], scope.pick())))
    graph = scope.graph([vector("x"), vector("z")], outputs)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def check_random(hinge, report, folder, seeds):
    for seed in seeds:
        opsets = [[], [16], [21]][seed % 3]
        try_model(hinge, report, f"random {seed}", random_model(seed), {}, opsets, folder / f"random-{seed}")


def check(hinge, report, folder):
    for index, (name, (text, given, opsets)) in enumerate(CASES.items()):
        try_model(hinge, report, name, parsed(text), given, opsets, folder / f"control-{index}")
    check_random(hinge, report, folder, range(RANDOM_MODELS))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hinge", type=pathlib.Path, help="the hinge program")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--count", type=int, default=RANDOM_MODELS, help="how many random models to make")
    parser.add_argument("--only", help="only the cases whose names contain this")
    parser.add_argument("--keep", type=pathlib.Path, help="where to leave the models")
    arguments = parser.parse_args()
    report = Report()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or pathlib.Path(temporary)
        if arguments.only is not None:
            for index, (name, (text, given, opsets)) in enumerate(CASES.items()):
                if arguments.only in name:
                    try_model(arguments.hinge, report, name, parsed(text), given, opsets, folder / f"control-{index}")
        else:
            check_random(
                arguments.hinge, report, folder, range(arguments.seed, arguments.seed + arguments.count))
    print(report.summary())
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
