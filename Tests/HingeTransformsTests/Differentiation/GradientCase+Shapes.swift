import HingeGraph

@testable import HingeOperators

extension GradientCase {
    private static let x = Point.any(2, 3, 4)

    /// Operators that move elements.
    static let shapes: [GradientCase] =
        [
            GradientCase(Reshape(shape: [4, -1]), [x]),
            GradientCase(Flatten(axis: 2), [x]),
            GradientCase(Squeeze(axes: [1]), [Point.any(2, 1, 3)]),
            GradientCase(Unsqueeze(axes: [0, 2]), [Point.any(2, 3)]),
            GradientCase(Transpose([2, 0, 1]), [x]),
            GradientCase(Transpose(), [x], named: "reversed"),
            GradientCase(Expand(shape: [4, 2, 3]), [Point.any(2, 1)]),
            GradientCase(Expand(shape: [1, 3]), [Point.any(2, 3)], named: "to itself"),
            GradientCase(Tile(repeats: [2, 1, 3]), [Point.any(2, 3, 2)]),
            GradientCase(Concat(axis: 1), [Point.any(2, 1, 2), Point.any(2, 3, 2)]),
            GradientCase(Concat(axis: -1), [Point.any(2, 2), Point.any(2, 3)], named: "last axis"),
            GradientCase(Split(axis: 1, sizes: [1, 3]), [Point.any(2, 4)], outputs: [0, 1]),
            GradientCase(
                Split(axis: 0), [Point.any(5, 2)], outputs: [1], named: "one part of two"),
            GradientCase(SliceOf(starts: [1, -3], ends: [3, 9], axes: [1, 2]), [x]),
            GradientCase(
                SliceOf(starts: [3], ends: [-9], axes: [2], steps: [-2]), [x], named: "backwards"),
            GradientCase(
                SliceOf(starts: [0], ends: [9], axes: [2], steps: [2]), [x], named: "every other"),
            GradientCase(
                Pad(), [Point.any(2, 3), .ints(1, 0, 0, 2), Tensor(scalar: Double(0.3))]),
            GradientCase(Pad(pads: [1, -1, 0, 2]), [Point.any(2, 3)], named: "and cut"),
            GradientCase(
                Pad(), [Point.any(2, 3), .ints(1, 2), nil, .ints(1)], named: "along an axis"),
            GradientCase(Pad(.reflect, pads: [1, 2, 0, 1]), [Point.any(3, 4)], named: "reflected"),
            GradientCase(Pad(.edge, pads: [1, 2, 0, 1]), [Point.any(3, 4)], named: "by the edge"),
            GradientCase(Pad(.wrap, pads: [1, 2, 0, 1]), [Point.any(3, 4)], named: "wrapped"),
            GradientCase(Gather(axis: 0), [Point.any(4, 3), indices([0, -1, 2, 0], 2, 2)]),
            GradientCase(
                Gather(axis: 1), [Point.any(2, 4), indices([3, 1, 1], 3)], named: "axis 1"),
            GradientCase(
                Gather(axis: 0), [Point.any(4), indices([2])], named: "one element"),
            GradientCase(
                GatherElements(axis: 1), [Point.any(2, 4), indices([0, 3, -1, 2, 2, 2], 2, 3)]),
            GradientCase(GatherND(), [Point.any(3, 4), indices([0, 1, 2, -1, 0, 1], 3, 2)]),
            GradientCase(
                GatherND(batchDimensions: 1), [x, indices([1, 0, 1, 2, 2, 1], 2, 3, 1)],
                named: "batch"),
            GradientCase(
                Compress(axis: 1), [Point.any(2, 3), Tensor([true, false, true], shape: [3])]),
            GradientCase(
                Compress(), [Point.any(2, 2), Tensor([true, false, true], shape: [3])],
                named: "flattened"),
            GradientCase(Trilu(), [Point.any(3, 4)]),
            GradientCase(
                Trilu(isUpper: false), [Point.any(2, 3, 3), Tensor(scalar: Int64(1))],
                named: "lower"),
            GradientCase(SpaceToDepth(blockSize: 2), [Point.any(1, 2, 2, 4)]),
            GradientCase(DepthToSpace(blockSize: 2), [Point.any(1, 8, 1, 2)]),
            GradientCase(
                DepthToSpace(blockSize: 2, order: .depthLast), [Point.any(1, 8, 1, 2)],
                named: "CRD", open: false),
            GradientCase(ReverseSequence(), [Point.any(4, 3), .ints(2, 4, 1)]),
            GradientCase(
                TensorScatter(axis: 1), [Point.any(2, 4, 2), Point.any(2, 2, 2), .ints(1, 2)],
                open: false),
            GradientCase(Dropout(), [x], named: "outside training"),
            GradientCase(
                OneHot(), [indices([1, 0, 2], 3), .ints(3), Tensor([-0.4, 1.3] as [Double])]),
            GradientCase("Identity, by two ways", OperatorID(domain: "", type: "Identity"), [x]) {
                graph, x in
                let twice = try graph.append(Mul(), x[0], x[0])
                let sum = try graph.append(Add(), twice, x[0])
                return [try graph.append(Mul(), sum, graph.append(Identity(), twice)), x[0]]
            },
        ] + scatters

    private static let scatters: [GradientCase] = ScatterReduction.allCases.flatMap {
        reduction -> [GradientCase] in
        // Without a reduction, places must differ; factors state no derivative.
        let places =
            reduction == .none ? indices([1, 0, 3, 2], 2, 2) : indices([1, 1, 3, -2], 2, 2)
        let rows = reduction == .none ? indices([2, 0], 2, 1) : indices([2, 2], 2, 1)
        let updates = Point.between(-1.4, 2.2, 2, 2)
        func constant(_ tensor: Tensor) -> GradientCase {
            GradientCase(
                "ScatterElements, \(reduction)", OperatorID(domain: "", type: "ScatterElements"),
                [Point.any(2, 4)]
            ) { graph, x in
                [
                    try graph.append(
                        ScatterElements(axis: 1, reduction: reduction), x[0],
                        graph.constant(places), graph.constant(tensor))
                ]
            }
        }
        guard reduction != .mul else { return [constant(updates)] }
        return [
            GradientCase(
                ScatterElements(axis: 1, reduction: reduction), [Point.any(2, 4), places, updates],
                named: "\(reduction)"),
            GradientCase(
                ScatterND(reduction: reduction), [Point.any(3, 2), rows, updates],
                named: "\(reduction)"),
        ]
    }

    static func indices(_ values: [Int64], _ shape: Int...) -> Tensor {
        Tensor(values, shape: shape)
    }
}
