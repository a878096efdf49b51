import HingeGraph
import HingeOperators

/// `TopK` as `TopK`, whose indices are widened, between transpositions when the axis isn't the last; the smallest elements are
/// the largest of the numbers in the opposite order.
struct TopKRule: OperatorRule {
    func write(_ operator: TopK, _ node: NodeWriting) throws -> [KerasTensor] {
        var x = try node.tensor(0)
        let axis = try InferenceContext.axis(`operator`.axis, rank: x.rank)
        guard let k = try node.integers(1, "the number of elements")?.first else {
            throw node.unsupported("the number of elements isn't known")
        }
        var order = Array(0..<x.rank)
        order.swapAt(axis, x.rank - 1)
        let isLast = axis == x.rank - 1
        if !isLast { x = try node.transposed(x, order, as: "axis_last") }
        if !`operator`.isLargest { x = try opposite(x, node, as: "opposite") }
        let values = OutputType(
            x.type, Shape(Array(x.shape.dimensions.dropLast()) + [.known(k)]))
        let results = try node.operation(
            .math("TopK"), [("k", .integer(k)), ("sorted", .bool(`operator`.isSorted))],
            CallArguments([.tensor(x)]), giving: [values, OutputType(.int32, values.shape)])
        var top = results[0]
        if !`operator`.isLargest { top = try opposite(top, node, as: "smallest") }
        if !isLast { top = try node.transposed(top, order, as: "values") }
        guard node.isUsed(1) else { return [top] + results.dropFirst() }
        var indices = try node.cast(results[1], to: .int64, as: "indices")
        if !isLast { indices = try node.transposed(indices, order, as: "places") }
        return [top, indices]
    }

    /// The numbers of a type in the opposite order: `−x`; of integers `−1 − x`, which doesn't overflow, or, without signs,
    /// the distance from the largest.
    private func opposite(
        _ x: KerasTensor, _ node: NodeWriting, as role: String
    ) throws -> KerasTensor {
        let type = OutputType(x.type, x.shape)
        guard x.type != .uint64 else {
            throw node.unsupported("Keras can't put uint64 numbers in the opposite order")
        }
        if x.type.isFloatingPoint {
            return try node.operation(.numpy("Negative"), [], .tensor(x), giving: type, as: role)
        }
        guard let largest = x.type.largestUnsigned else {
            return try node.combined(
                "Subtract", try node.number(-1, x.type), .tensor(x), giving: type, as: role)
        }
        return try node.combined(
            "Subtract", try node.number(largest, x.type), .tensor(x), giving: type, as: role)
    }
}

extension DataType {
    /// The largest number of an unsigned type of at most 32 bits.
    fileprivate var largestUnsigned: Double? {
        switch self {
        case .uint8: 255
        case .uint16: 65_535
        case .uint32: 4_294_967_295
        default: nil
        }
    }
}
