import HingeGraph
import HingeOperators

/// The operations that sum products.
///
/// Source: Keras 3 `keras.ops.numpy`.
extension KerasOperations {
    static let products: [String: Build] = [
        "Matmul": { call in
            var (a, b) = try call.pair("x1", "x2")
            // TensorFlow's function has these; that of Keras has not.
            if try call.values().bool("transpose_a", default: false) { a = try turned(a, call) }
            if try call.values().bool("transpose_b", default: false) { b = try turned(b, call) }
            return [try call.context.append(MatMul(), a, b)]
        },
        "Einsum": { call in
            let equation = try call.values().required(
                "subscripts", call.values("subscripts").string("subscripts"))
            let operands = call.arguments.positional.filter { $0.literal?.string == nil }
            let tensors = try call.promoted(
                operands.enumerated().map { try call.tensor($1, "operand_\($0)") })
            return try call.context.append(Einsum(equation: equation), tensors)
        },
    ]

    /// A value with its last two axes exchanged.
    private static func turned(_ x: Operand, _ call: OperationCall) throws -> Operand {
        let rank = try call.context.rank(x)
        guard rank >= 2 else {
            throw HingeError(.mismatch, "expected at least 2 dimensions, found \(rank)")
        }
        var order = Array(0..<rank)
        order.swapAt(rank - 2, rank - 1)
        return try call.context.append(Transpose(order), x, as: "turned")
    }
}
