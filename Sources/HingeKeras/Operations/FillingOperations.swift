import HingeGraph
import HingeOperators

/// The operations that make tensors of one value, keep a triangle of one, or work on the bits of
/// whole numbers; masks are made of them.
///
/// Source: Keras 3 `keras.ops.numpy` and `keras.ops.core`.
extension KerasOperations {
    static let filling: [String: Build] = [
        "ZerosLike": { call in try filled(call, with: call.constant(0), as: "dtype", 1) },
        "OnesLike": { call in try filled(call, with: call.constant(1), as: "dtype", 1) },
        "FullLike": { call in
            let x = try call.tensor("x", 0)
            let value = try call.tensor("fill_value", 1, like: x)
            return try filled(call, with: value, as: "dtype", 2)
        },
        "ConvertToTensor": { call in
            let x = try call.tensor("x", 0)
            return [try call.type("dtype", 1).map { try call.cast(x, $0, as: nil) } ?? x]
        },
        "CountNonzero": { call in
            let values = call.values("x", "axis")
            let flags = try call.cast(call.tensor("x", 0), .bool, as: "flags")
            let numbers = try call.cast(flags, .int32, as: "numbers")
            let rank = try call.context.rank(numbers)
            let given = try values.ints("axis").map { try call.context.axes($0, rank: rank) }
            let axes = given ?? Array(0..<rank)
            guard !axes.isEmpty else { return [numbers] }
            return [
                try call.context.append(ReduceSum(axes: axes, keepsDimensions: false), numbers)
            ]
        },
        "Tril": { try triangle($0, isUpper: false) }, "Triu": { try triangle($0, isUpper: true) },
        "BitwiseAnd": bitwise(And(), BitwiseAnd()), "BitwiseOr": bitwise(Or(), BitwiseOr()),
        "BitwiseXor": bitwise(Xor(), BitwiseXor()),
        "BitwiseNot": bitwiseNot, "BitwiseInvert": bitwiseNot,
        "IsIn": { call in
            let (elements, tests) = try call.pair("x1", "x2")
            let invert = try call.values("x1", "x2").bool("invert", default: false)
            let rank = try call.context.rank(elements)
            let column = try call.context.append(
                Unsqueeze(axes: [rank]), elements, as: "elements")
            let row = try call.context.append(Reshape(shape: [-1]), tests, as: "tests")
            let matches = try call.cast(
                call.context.append(Equal(), column, row, as: "matches"), .int32, as: "numbers")
            let found = try call.context.append(
                ReduceMax(axes: [-1], keepsDimensions: false), matches, as: "found")
            let isIn = try call.cast(found, .bool, as: invert ? "in" : nil)
            return [invert ? try call.context.append(Not(), isIn) : isIn]
        },
    ]

    /// A tensor with the extents of the first argument and one value.
    private static func filled(
        _ call: OperationCall, with value: Operand, as name: String, _ position: Int
    ) throws -> [Operand] {
        let x = try call.tensor("x", 0)
        let type = try call.type(name, position) ?? call.context.dataType(x)
        let shape = try call.context.append(ShapeOf(), x, as: "shape")
        let filled = try call.context.append(
            Expand(), call.cast(value, type, as: "value"), shape)
        return [filled]
    }

    /// The elements on and below a diagonal, or on and above it; 0 elsewhere.
    private static func triangle(_ call: OperationCall, isUpper: Bool) throws -> [Operand] {
        let x = try call.tensor("x", 0)
        let k = try call.values("x", "k").int("k") ?? 0
        let type = try call.context.dataType(x)
        // The operator has no truth values in all runtimes.
        let numbers = type == .bool ? try call.cast(x, .int32, as: "numbers") : x
        let diagonal = call.context.constant(Tensor(scalar: Int64(k)), "k")
        let part = try call.context.append(
            Trilu(isUpper: isUpper), numbers, diagonal, as: type == .bool ? "part" : nil)
        return [type == .bool ? try call.cast(part, .bool, as: nil) : part]
    }

    private static func bitwise(
        _ logical: any Operator, _ whole: any Operator
    ) -> Build {
        { call in
            let (a, b) = try call.pair("x", "y")
            let isLogical = try call.context.dataType(a) == .bool
            return [try call.context.append(isLogical ? logical : whole, a, b)]
        }
    }

    private static let bitwiseNot: Build = { call in
        let x = try call.tensor("x", 0)
        let isLogical = try call.context.dataType(x) == .bool
        return [try call.context.append(isLogical ? Not() : BitwiseNot(), x)]
    }
}

extension OperationCall {
    /// An element type that is an argument.
    fileprivate func type(_ name: String, _ position: Int) throws -> DataType? {
        guard let argument = argument(name, position), !argument.isNone else { return nil }
        guard let type = argument.plain?.string.flatMap(DataType.init(name:)) else {
            throw HingeError(.unsupported, "the element type '\(name)' is not supported")
        }
        return type
    }

    /// A whole number.
    fileprivate func constant(_ value: Int32) -> Operand {
        context.constant(Tensor(scalar: value), "value")
    }
}
