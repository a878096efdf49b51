import HingeGraph

@testable import HingeOperators

extension Specimens {
    static let reductions: [Specimen] = [
        Specimen("ReduceSum", ReduceSum(axes: [-1]), [above], lowest: 1),
        Specimen("ReduceSum of all", ReduceSum(keepsDimensions: false), [above], lowest: 1),
        Specimen(
            "ReduceSum along two axes", ReduceSum(axes: [0, 2], keepsDimensions: false), [above],
            lowest: 1),
        Specimen(
            "ReduceSum along computed axes", ReduceSum(), [above, axis(1)], lowest: 11, units: 4),
        Specimen(
            "ReduceSum of nothing", ReduceSum(isIdentityWithoutAxes: true), [above], lowest: 1,
            units: 2),
        Specimen("ReduceSum of int32", ReduceSum(), [whole], lowest: 1),
        Specimen("ReduceProd", ReduceProd(axes: [-1]), [above], lowest: 1),
        Specimen("ReduceProd of all", ReduceProd(keepsDimensions: false), [above], lowest: 1),
        Specimen(
            "ReduceProd along two axes", ReduceProd(axes: [0, 2], keepsDimensions: false), [above],
            lowest: 1),
        Specimen(
            "ReduceProd along computed axes", ReduceProd(), [above, axis(1)], lowest: 11, units: 4),
        Specimen(
            "ReduceProd of nothing", ReduceProd(isIdentityWithoutAxes: true), [above], lowest: 1,
            units: 2),
        Specimen("ReduceProd of int32", ReduceProd(), [whole], lowest: 1),
        Specimen("ReduceMax", ReduceMax(axes: [-1]), [above], lowest: 1),
        Specimen("ReduceMax of all", ReduceMax(keepsDimensions: false), [above], lowest: 1),
        Specimen(
            "ReduceMax along two axes", ReduceMax(axes: [0, 2], keepsDimensions: false), [above],
            lowest: 1),
        Specimen(
            "ReduceMax along computed axes", ReduceMax(), [above, axis(1)], lowest: 11, units: 4),
        Specimen(
            "ReduceMax of nothing", ReduceMax(isIdentityWithoutAxes: true), [above], lowest: 1,
            units: 2),
        Specimen("ReduceMax of int32", ReduceMax(), [whole], lowest: 1),
        Specimen("ReduceMin", ReduceMin(axes: [-1]), [above], lowest: 1),
        Specimen("ReduceMin of all", ReduceMin(keepsDimensions: false), [above], lowest: 1),
        Specimen(
            "ReduceMin along two axes", ReduceMin(axes: [0, 2], keepsDimensions: false), [above],
            lowest: 1),
        Specimen(
            "ReduceMin along computed axes", ReduceMin(), [above, axis(1)], lowest: 11, units: 4),
        Specimen(
            "ReduceMin of nothing", ReduceMin(isIdentityWithoutAxes: true), [above], lowest: 1,
            units: 2),
        Specimen("ReduceMin of int32", ReduceMin(), [whole], lowest: 1),
        Specimen("ReduceMean", ReduceMean(axes: [-1]), [above], lowest: 1),
        Specimen("ReduceMean of all", ReduceMean(keepsDimensions: false), [above], lowest: 1),
        Specimen(
            "ReduceMean along two axes", ReduceMean(axes: [0, 2], keepsDimensions: false), [above],
            lowest: 1),
        Specimen(
            "ReduceMean along computed axes", ReduceMean(), [above, axis(1)], lowest: 11, units: 4),
        Specimen(
            "ReduceMean of nothing", ReduceMean(isIdentityWithoutAxes: true), [above], lowest: 1,
            units: 2),
        Specimen("ReduceMean of int32", ReduceMean(), [whole], lowest: 1),
        Specimen("ReduceL1", ReduceL1(axes: [-1]), [above], lowest: 1),
        Specimen("ReduceL1 of all", ReduceL1(keepsDimensions: false), [above], lowest: 1),
        Specimen(
            "ReduceL1 along two axes", ReduceL1(axes: [0, 2], keepsDimensions: false), [above],
            lowest: 1),
        Specimen(
            "ReduceL1 along computed axes", ReduceL1(), [above, axis(1)], lowest: 11, units: 4),
        Specimen(
            "ReduceL1 of nothing", ReduceL1(isIdentityWithoutAxes: true), [above], lowest: 1,
            units: 2),
        Specimen("ReduceL1 of int32", ReduceL1(), [whole], lowest: 1),
        Specimen("ReduceL2", ReduceL2(axes: [-1]), [above], lowest: 1),
        Specimen("ReduceL2 of all", ReduceL2(keepsDimensions: false), [above], lowest: 1),
        Specimen(
            "ReduceL2 along two axes", ReduceL2(axes: [0, 2], keepsDimensions: false), [above],
            lowest: 1),
        Specimen(
            "ReduceL2 along computed axes", ReduceL2(), [above, axis(1)], lowest: 11, units: 4),
        Specimen(
            "ReduceL2 of nothing", ReduceL2(isIdentityWithoutAxes: true), [above], lowest: 1,
            units: 2),
        Specimen("ReduceL2 of int32", ReduceL2(), [whole], lowest: 1),
        Specimen("ReduceSumSquare", ReduceSumSquare(axes: [-1]), [above], lowest: 1),
        Specimen(
            "ReduceSumSquare of all", ReduceSumSquare(keepsDimensions: false), [above], lowest: 1),
        Specimen(
            "ReduceSumSquare along two axes",
            ReduceSumSquare(axes: [0, 2], keepsDimensions: false), [above], lowest: 1),
        Specimen(
            "ReduceSumSquare along computed axes", ReduceSumSquare(), [above, axis(1)], lowest: 11,
            units: 4),
        Specimen(
            "ReduceSumSquare of nothing", ReduceSumSquare(isIdentityWithoutAxes: true), [above],
            lowest: 1, units: 2),
        Specimen("ReduceSumSquare of int32", ReduceSumSquare(), [whole], lowest: 1),
        Specimen("ReduceLogSum", ReduceLogSum(axes: [-1]), [above], lowest: 1),
        Specimen("ReduceLogSum of all", ReduceLogSum(keepsDimensions: false), [above], lowest: 1),
        Specimen(
            "ReduceLogSum along two axes", ReduceLogSum(axes: [0, 2], keepsDimensions: false),
            [above], lowest: 1),
        Specimen(
            "ReduceLogSum along computed axes", ReduceLogSum(), [above, axis(1)], lowest: 11,
            units: 4),
        Specimen(
            "ReduceLogSum of nothing", ReduceLogSum(isIdentityWithoutAxes: true), [above],
            lowest: 1, units: 2),
        Specimen("ReduceLogSumExp", ReduceLogSumExp(axes: [-1]), [above], lowest: 1),
        Specimen(
            "ReduceLogSumExp of all", ReduceLogSumExp(keepsDimensions: false), [above], lowest: 1),
        Specimen(
            "ReduceLogSumExp along two axes",
            ReduceLogSumExp(axes: [0, 2], keepsDimensions: false), [above], lowest: 1),
        Specimen(
            "ReduceLogSumExp along computed axes", ReduceLogSumExp(), [above, axis(1)], lowest: 11,
            units: 4),
        Specimen(
            "ReduceLogSumExp of nothing", ReduceLogSumExp(isIdentityWithoutAxes: true), [above],
            lowest: 1, units: 2),
        Specimen("ReduceMax of booleans", ReduceMax(), [flags], lowest: 20),
        Specimen("ReduceMin of int8", ReduceMin(), [Tensor([Int8(3), -2])], lowest: 12),
        Specimen("ArgMax", ArgMax(axis: -1), [x], lowest: 1),
        Specimen(
            "ArgMax, the last", ArgMax(axis: 1, keepsDimensions: false, selectsLast: true), [x],
            lowest: 12),
        Specimen("ArgMin", ArgMin(axis: -1), [x], lowest: 1),
        Specimen(
            "ArgMin, the last", ArgMin(axis: 1, keepsDimensions: false, selectsLast: true), [x],
            lowest: 12),
        Specimen("TopK", TopK(k: 2), [x], outputs: 2, lowest: 1),
        Specimen(
            "TopK with a constant", TopK(), [x, axis(2)], constants: [1], outputs: 2, lowest: 1),
        Specimen("TopK with a computed number", TopK(), [x, axis(2)], outputs: 2, lowest: 10),
        Specimen(
            "TopK of the smallest", TopK(k: 2, axis: 1, isLargest: false), [x], outputs: 2,
            lowest: 11),
    ]
}
