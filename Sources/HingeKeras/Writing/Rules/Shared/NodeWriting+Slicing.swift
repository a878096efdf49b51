import HingeGraph
import HingeOperators

extension NodeWriting {
    /// A part of a tensor as `GetItem` with Python's slices.
    ///
    /// - Parameters:
    ///   - x: The tensor.
    ///   - slices: The slice of each axis that isn't taken whole; what is `nil` is Python's `None`.
    ///   - type: What it gives.
    ///   - role: What it does for the node, for its name.
    func sliced(
        _ x: KerasTensor, _ slices: [Int: (start: Int?, end: Int?, step: Int?)],
        giving type: OutputType, as role: String? = nil
    ) throws -> KerasTensor {
        func number(_ value: Int?) -> CallArgument<KerasTensor> {
            .literal(value.map { .integer($0) } ?? .null)
        }
        let key = (0...(slices.keys.max() ?? 0)).map { axis in
            CallArgument<KerasTensor>.slice(
                start: number(slices[axis]?.start), stop: number(slices[axis]?.end),
                step: number(slices[axis]?.step))
        }
        return try operation(
            .numpy("GetItem"), [], .tensor(x), .list(key), giving: type, as: role)
    }

    /// A tensor with the elements along an axis in the opposite order.
    func flipped(_ x: KerasTensor, _ axis: Int, as role: String? = nil) throws -> KerasTensor {
        try operation(
            .numpy("Flip"), [("axis", .integer(axis))], .tensor(x),
            giving: OutputType(x.type, x.shape), as: role)
    }

    /// A tensor with its dimensions in another order, as the operation.
    func transposed(
        _ x: KerasTensor, _ order: [Int], as role: String? = nil
    ) throws -> KerasTensor {
        try operation(
            .numpy("Transpose"), [("axes", .integers(order))], .tensor(x),
            giving: OutputType(x.type, Shape(order.map { x.shape[$0] })), as: role)
    }

    /// An operation of two arguments that broadcast.
    func combined(
        _ name: String, _ a: CallArgument<KerasTensor>, _ b: CallArgument<KerasTensor>,
        giving type: OutputType, as role: String? = nil
    ) throws -> KerasTensor {
        try operation(.numpy(name), [], a, b, giving: type, as: role)
    }
}
