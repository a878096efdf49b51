import HingeGraph
import HingeOperators

/// The operations that compute each element from two elements, with broadcasting.
///
/// Source: Keras 3 `keras.ops.numpy`.
extension KerasOperations {
    static let binary: [String: Build] = [
        "Add": combining(Add()), "Subtract": combining(Sub()), "Multiply": combining(Mul()),
        "Maximum": combining(Max()), "Minimum": combining(Min()), "Power": combining(Pow()),
        "TensorFlowDivide": { call in
            // The quotient of integers of 32 bits and more has double precision.
            let (a, b) = try call.numbers("x1", "x2")
            let type = try call.context.dataType(a)
            guard type.isInteger, type.bitWidth > 16 else { return try trueDivide(call) }
            return [
                try call.context.append(Div(), call.cast(a, .float64), call.cast(b, .float64))
            ]
        },
        "Divide": trueDivide, "TrueDivide": trueDivide, "FloorDivide": floorDivide,
        "Mod": mod, "Remainder": mod,
        "Equal": combining(Equal()), "NotEqual": notEqual, "Greater": combining(Greater()),
        "GreaterEqual": combining(GreaterOrEqual()), "Less": combining(Less()),
        "LessEqual": combining(LessOrEqual()),
        "LogicalAnd": logical(And()), "LogicalOr": logical(Or()), "LogicalXor": logical(Xor()),
        "SquaredDifference": { call in
            let (a, b) = try call.pair("x1", "x2")
            let difference = try call.context.append(Sub(), a, b, as: "difference")
            return [try call.context.append(Mul(), difference, difference)]
        },
        "Where": { call in
            let condition = try call.cast(call.tensor("condition", 0), .bool)
            let first = call.argument("x1", 1)
            let isPlain = first?.plain != nil
            let b = isPlain ? try call.tensor("x2", 2) : nil
            let a = try call.tensor("x1", 1, like: b)
            let (x, y) = try call.promoted(a, b ?? call.tensor("x2", 2, like: a))
            return [try call.context.append(Where(), condition, x, y)]
        },
    ]

    private static func combining(_ operator: any Operator) -> Build {
        { call in
            let (a, b) = try call.pair("x1", "x2")
            return [try call.context.append(`operator`, a, b)]
        }
    }

    private static func logical(_ operator: any Operator) -> Build {
        { call in
            let a = try call.cast(call.tensor("x1", 0), .bool)
            let b = try call.cast(call.tensor("x2", 1), .bool)
            return [try call.context.append(`operator`, a, b)]
        }
    }

    private static let notEqual: Build = { call in
        let (a, b) = try call.pair("x1", "x2")
        return [
            try call.context.append(Not(), call.context.append(Equal(), a, b, as: "equal"))
        ]
    }

    /// The remainder with the sign of the divisor; of floating-point numbers, of which only the newest operator gives it,
    /// the one with the sign of the dividend, and the divisor more where the signs differ.
    private static let mod: Build = { call in
        let (a, b) = try call.numbers("x1", "x2")
        guard try call.context.dataType(a).isFloatingPoint else {
            return [try call.context.append(Mod(), a, b)]
        }
        let rest = try call.context.append(Mod(isTruncated: true), a, b, as: "rest")
        let product = try call.context.append(
            Mul(), call.context.append(Sign(), rest, as: "rest_sign"),
            call.context.append(Sign(), b, as: "divisor_sign"), as: "signs")
        let differs = try call.context.append(
            Less(), product, call.scalar(0, like: a), as: "signs_differ")
        let moved = try call.context.append(Add(), rest, b, as: "moved")
        return [try call.context.append(Where(), differs, moved, rest)]
    }

    private static let trueDivide: Build = { call in
        let (a, b) = try call.pair("x1", "x2")
        return [try call.context.append(Div(), call.floating(a), call.floating(b))]
    }

    /// The quotient rounded down; of integers in integers.
    ///
    /// The operator cuts fractions off: where there is a rest whose sign isn't the divisor's, the
    /// quotient is one less.
    private static let floorDivide: Build = { call in
        let (a, b) = try call.pair("x1", "x2")
        let type = try call.context.dataType(a)
        guard !type.isFloatingPoint else {
            let quotient = try call.context.append(Div(), a, b, as: "quotient")
            return [try call.context.append(Floor(), quotient)]
        }
        // Keras counts truth values in 32 bits.
        let (x, y) = type == .bool ? (try call.cast(a, .int32), try call.cast(b, .int32)) : (a, b)
        if type.isUnsignedInteger { return [try call.context.append(Div(), x, y)] }
        // The quotient cuts off fractions: it is 1 too large where the two remainders differ.
        let quotient = try call.context.append(Div(), x, y, as: "quotient")
        let floored = try call.context.append(Mod(), x, y, as: "floored")
        let truncated = try call.context.append(Mod(isTruncated: true), x, y, as: "truncated")
        let isSame = try call.context.append(Equal(), floored, truncated, as: "same")
        let isLarger = try call.context.append(Not(), isSame, as: "larger")
        let step = try call.cast(isLarger, call.context.dataType(x), as: "step")
        return [try call.context.append(Sub(), quotient, step)]
    }
}
