import HingeGraph
import HingeOperators

/// The operations that compute each element from two elements, with broadcasting.
///
/// Source: Keras 3 `keras.ops.numpy`.
extension KerasOperations {
    static let binary: [String: Build] = [
        "Add": combining(Add()), "Subtract": combining(Sub()), "Multiply": combining(Mul()),
        "Maximum": combining(Max()), "Minimum": combining(Min()), "Power": combining(Pow()),
        "Divide": trueDivide, "TrueDivide": trueDivide, "FloorDivide": floorDivide,
        "Mod": combining(Mod()), "Remainder": combining(Mod()),
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

    private static let trueDivide: Build = { call in
        let (a, b) = try call.pair("x1", "x2")
        return [try call.context.append(Div(), call.floating(a), call.floating(b))]
    }

    private static let floorDivide: Build = { call in
        let (a, b) = try call.pair("x1", "x2")
        let type = try call.context.dataType(a)
        let quotient = try call.context.append(
            Div(), call.floating(a), call.floating(b), as: "quotient")
        let whole = try call.context.append(
            Floor(), quotient, as: type.isFloatingPoint ? nil : "floor")
        return [type.isFloatingPoint ? whole : try call.cast(whole, type, as: nil)]
    }
}
