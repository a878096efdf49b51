import Foundation
import HingeGraph
import HingeOperators

/// Further operations that compute each element from one or two elements.
///
/// Source: Keras 3 `keras.ops.numpy`, `keras.ops.math` and `keras.ops.nn`.
extension KerasOperations {
    static let numeric: [String: Build] = [
        "Copy": { [try $0.tensor("x", 0)] }, "Conjugate": { [try $0.tensor("x", 0)] },
        "Conj": { [try $0.tensor("x", 0)] }, "Real": { [try $0.tensor("x", 0)] },
        "Fabs": { call in [try call.context.append(Abs(), call.number("x"))] },
        "Trunc": { call in
            let x = try call.tensor("x", 0)
            guard try call.context.dataType(x).isFloatingPoint else { return [x] }
            let size = try call.context.append(
                Floor(), call.context.append(Abs(), x, as: "size"), as: "whole")
            return [
                try call.context.append(
                    Mul(), size, call.context.append(Sign(), x, as: "sign"))
            ]
        },
        "Exp2": { call in
            let x = try call.number("x")
            return [try call.context.append(Pow(), call.scalar(2, like: x), x)]
        },
        "Deg2rad": { try scaled($0, by: .pi / 180) },
        "Rad2deg": { try scaled($0, by: 180 / .pi) },
        "Erfc": { call in
            let x = try call.number("x")
            let error = try call.context.append(Erf(), x, as: "error")
            return [try call.context.append(Sub(), call.scalar(1, like: x), error)]
        },
        "Cbrt": { call in
            let x = try call.number("x")
            let size = try call.context.append(Abs(), x, as: "size")
            let root = try call.context.append(
                Pow(), size, call.scalar(1 / 3, like: x), as: "root")
            return [
                try call.context.append(
                    Mul(), root, call.context.append(Sign(), x, as: "sign"))
            ]
        },
        "Sinc": { call in
            let x = try call.number("x")
            let angle = try call.context.append(
                Mul(), x, call.scalar(.pi, like: x), as: "angle")
            let quotient = try call.context.append(
                Div(), call.context.append(Sin(), angle, as: "sine"), angle, as: "quotient")
            let isZero = try call.context.append(
                Equal(), x, call.scalar(0, like: x), as: "zero")
            return [try call.context.append(Where(), isZero, call.scalar(1, like: x), quotient)]
        },
        "Isposinf": { call in
            [
                try call.context.append(
                    IsInf(detectsNegative: false, detectsPositive: true), call.number("x"))
            ]
        },
        "Isneginf": { call in
            [
                try call.context.append(
                    IsInf(detectsNegative: true, detectsPositive: false), call.number("x"))
            ]
        },
        "NanToNum": nanToNumber,
        "Squareplus": { call in
            let x = try call.number("x")
            let b = try call.values("x", "b").number("b") ?? 4
            let square = try call.context.append(Mul(), x, x, as: "square")
            let sum = try call.context.append(Add(), square, call.scalar(b, like: x), as: "sum")
            let root = try call.context.append(Sqrt(), sum, as: "root")
            let both = try call.context.append(Add(), x, root, as: "both")
            return [try call.context.append(Mul(), both, call.scalar(0.5, like: x))]
        },
        "Threshold": { call in
            let values = call.values("x", "threshold", "default_value")
            let x = try call.number("x")
            let bound = try call.scalar(
                values.required("threshold", values.number("threshold")), like: x)
            let other = try call.scalar(
                values.required("default_value", values.number("default_value")), like: x)
            let isAbove = try call.context.append(Greater(), x, bound, as: "above")
            return [try call.context.append(Where(), isAbove, x, other)]
        },
        "Sparsemax": { call in
            let axis = try call.values("x", "axis").int("axis") ?? -1
            let x = try call.number("x")
            guard
                try InferenceContext.axis(axis, rank: call.context.rank(x))
                    == call.context.rank(x) - 1
            else { throw HingeError(.unsupported, "sparsemax along axis \(axis) is not supported") }
            return [try call.context.activate(.sparsemax, x, as: nil)]
        },
        "Fmin": { try ignoringNaN($0, Min()) }, "Fmax": { try ignoringNaN($0, Max()) },
        "Fmod": { call in
            let (a, b) = try call.pair("x1", "x2")
            return [try call.context.append(Mod(isTruncated: true), a, b)]
        },
        "Hypot": { call in
            let (a, b) = try call.floatingPair("x1", "x2")
            let sum = try call.context.append(
                Add(), call.context.append(Mul(), a, a, as: "square"),
                call.context.append(Mul(), b, b, as: "square"), as: "sum")
            return [try call.context.append(Sqrt(), sum)]
        },
        "Arctan2": { call in
            let (y, x) = try call.floatingPair("x1", "x2")
            return [try call.angle(y, x)]
        },
        "DivideNoNan": { call in
            let (a, b) = try call.floatingPair("x1", "x2")
            let zero = try call.scalar(0, like: b)
            let isZero = try call.context.append(Equal(), b, zero, as: "zero")
            let quotient = try call.context.append(Div(), a, b, as: "quotient")
            return [try call.context.append(Where(), isZero, zero, quotient)]
        },
        "Logaddexp": { try logAddExp($0, base: M_E) },
        "Logaddexp2": { try logAddExp($0, base: 2) },
        "Heaviside": { call in
            let (x, middle) = try call.floatingPair("x1", "x2")
            let zero = try call.scalar(0, like: x)
            let isAbove = try call.context.append(Greater(), x, zero, as: "above")
            let isZero = try call.context.append(Equal(), x, zero, as: "zero")
            let lower = try call.context.append(Where(), isZero, middle, zero, as: "lower")
            return [try call.context.append(Where(), isAbove, call.scalar(1, like: x), lower)]
        },
        "Ldexp": { call in
            let x = try call.floating(call.tensor("x1", 0))
            let power = try call.cast(
                call.tensor("x2", 1, like: x), call.context.dataType(x), as: "exponent")
            let factor = try call.context.append(
                Pow(), call.scalar(2, like: x), power, as: "factor")
            return [try call.context.append(Mul(), x, factor)]
        },
        "Isclose": { call in
            let (a, b) = try call.floatingPair("x1", "x2")
            let values = call.values("x1", "x2", "rtol", "atol", "equal_nan")
            guard try !values.bool("equal_nan", default: false) else {
                throw values.unsupported("equal_nan", "equal NaN are not supported")
            }
            let size = try call.context.append(Abs(), b, as: "size")
            let relative = try call.context.append(
                Mul(), size, call.scalar(values.number("rtol") ?? 1e-5, like: a), as: "relative")
            let bound = try call.context.append(
                Add(), relative, call.scalar(values.number("atol") ?? 1e-8, like: a),
                as: "bound")
            let distance = try call.context.append(
                Abs(), call.context.append(Sub(), a, b, as: "difference"), as: "distance")
            let isNear = try call.context.append(LessOrEqual(), distance, bound, as: "near")
            // Infinity is near itself.
            return [
                try call.context.append(
                    Or(), isNear, call.context.append(Equal(), a, b, as: "equal"))
            ]
        },
        "SaturateCast": { call in
            let values = call.values("x", "dtype")
            let name = try values.required("dtype", values.string("dtype"))
            let x = try call.tensor("x", 0)
            let source = try call.context.dataType(x)
            guard let type = DataType(name: name), type.isFloatingPoint || type.isInteger,
                source.isFloatingPoint
            else {
                throw values.unsupported("dtype", "this conversion to '\(name)' is not supported")
            }
            guard type.isInteger else { return [try call.cast(x, type, as: nil)] }
            let (low, high) = type.integerRange
            return [try call.cast(call.context.clip(x, low, high, as: "bounded"), type, as: nil)]
        },
    ]

    private static func scaled(_ call: OperationCall, by factor: Double) throws -> [Operand] {
        let x = try call.number("x")
        return [try call.context.append(Mul(), x, call.scalar(factor, like: x))]
    }

    private static let nanToNumber: Build = { call in
        let values = call.values("x", "nan", "posinf", "neginf")
        let x = try call.tensor("x", 0)
        let type = try call.context.dataType(x)
        guard type.isFloatingPoint else { return [x] }
        guard type == .float32 || type == .float64 else {
            throw HingeError(.unsupported, "numbers of type \(type) are not supported here")
        }
        let greatest =
            type == .float32
            ? Double(Float.greatestFiniteMagnitude) : Double.greatestFiniteMagnitude
        let isNaN = try call.context.append(IsNaN(), x, as: "nan")
        var result = try call.context.append(
            Where(), isNaN, call.scalar(values.number("nan") ?? 0, like: x), x, as: "numbers")
        for (key, isNegative) in [("posinf", false), ("neginf", true)] {
            let isInfinite = try call.context.append(
                IsInf(detectsNegative: isNegative, detectsPositive: !isNegative), result, as: key)
            let value = try values.number(key) ?? (isNegative ? -greatest : greatest)
            result = try call.context.append(
                Where(), isInfinite, call.scalar(value, like: x), result,
                as: isNegative ? nil : "finite")
        }
        return [result]
    }

    /// The lesser or greater of two numbers; the other one where one is NaN.
    private static func ignoringNaN(
        _ call: OperationCall, _ combining: any Operator
    ) throws -> [Operand] {
        let (a, b) = try call.pair("x1", "x2")
        let both = try call.context.append(combining, a, b, as: "both")
        guard try call.context.dataType(a).isFloatingPoint else { return [both] }
        let isFirstNaN = try call.context.append(IsNaN(), a, as: "first_nan")
        let isSecondNaN = try call.context.append(IsNaN(), b, as: "second_nan")
        let rest = try call.context.append(Where(), isSecondNaN, a, both, as: "rest")
        return [try call.context.append(Where(), isFirstNaN, b, rest)]
    }

    /// The logarithm of the sum of two powers of a base.
    private static func logAddExp(_ call: OperationCall, base: Double) throws -> [Operand] {
        let (a, b) = try call.floatingPair("x1", "x2")
        let greater = try call.context.append(Max(), a, b, as: "greater")
        let lesser = try call.context.append(Min(), a, b, as: "lesser")
        let distance = try call.context.append(Sub(), lesser, greater, as: "distance")
        let factor = log(base)
        let exponent =
            factor == 1
            ? distance
            : try call.context.append(
                Mul(), distance, call.scalar(factor, like: a), as: "exponent")
        let power = try call.context.append(Exp(), exponent, as: "power")
        var logarithm = try call.context.append(
            Log(), call.context.append(Add(), power, call.scalar(1, like: a), as: "sum"),
            as: "logarithm")
        if factor != 1 {
            logarithm = try call.context.append(
                Div(), logarithm, call.scalar(factor, like: a), as: "scaled")
        }
        return [try call.context.append(Add(), greater, logarithm)]
    }
}

extension OperationCall {
    /// The tensor that is the first argument, in a floating-point type.
    func number(_ name: String) throws -> Operand { try floating(tensor(name, 0)) }

    /// Two tensors brought to one floating-point type.
    func floatingPair(_ first: String, _ second: String) throws -> (Operand, Operand) {
        let (a, b) = try pair(first, second)
        return (try floating(a), try floating(b))
    }
}
