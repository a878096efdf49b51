import Foundation
import HingeGraph
import HingeOperators

/// The operations that compute each element from one element.
///
/// Source: Keras 3 `keras.ops.numpy`, `keras.ops.math` and `keras.ops.nn`.
extension KerasOperations {
    static let elementwise: [String: Build] = plain.merging(floatingPoint) { first, _ in first }
        .merging(activations) { first, _ in first }

    /// Those that keep the type.
    private static let plain: [String: Build] = [
        "Absolute": keeping(Abs()), "Abs": keeping(Abs()), "Negative": keeping(Neg()),
        "Sign": keeping(Sign()), "LogicalNot": logicalNot, "Square": square,
        "Identity": { [try $0.tensor("x", 0)] },
        "StopGradient": { [try $0.tensor("variable", 0)] },
        "Isnan": floating(IsNaN()), "Isinf": floating(IsInf()), "Isfinite": isFinite,
        "Cast": cast, "Clip": clip, "Round": round,
    ]

    /// Those that give a floating-point number.
    private static let floatingPoint: [String: Build] = [
        "Ceil": floating(Ceil()), "Floor": floating(Floor()), "Sqrt": floating(Sqrt()),
        "Exp": floating(Exp()), "Log": floating(Log()), "Reciprocal": floating(Reciprocal()),
        "Erf": floating(Erf()), "Sin": floating(Sin()), "Cos": floating(Cos()),
        "Tan": floating(Tan()), "Arcsin": floating(Asin()), "Arccos": floating(Acos()),
        "Arctan": floating(Atan()), "Sinh": floating(Sinh()), "Cosh": floating(Cosh()),
        "Tanh": floating(Tanh()), "Arcsinh": floating(Asinh()), "Arccosh": floating(Acosh()),
        "Arctanh": floating(Atanh()),
        "Rsqrt": { call in
            let root = try call.context.append(
                Sqrt(), call.floating(call.tensor("x", 0)), as: "root")
            return [try call.context.append(Reciprocal(), root)]
        },
        "Expm1": { call in
            let x = try call.floating(call.tensor("x", 0))
            let power = try call.context.append(Exp(), x, as: "exponential")
            return [try call.context.append(Sub(), power, call.scalar(1, like: x))]
        },
        "Log1p": { call in
            let x = try call.floating(call.tensor("x", 0))
            let sum = try call.context.append(Add(), x, call.scalar(1, like: x), as: "sum")
            return [try call.context.append(Log(), sum)]
        },
        "Log2": logarithm(2), "Log10": logarithm(10),
    ]

    /// The activation functions.
    private static let activations: [String: Build] = [
        "Relu": limited(nil), "Relu6": limited(6), "Sigmoid": activation(.sigmoid),
        "Silu": activation(.silu), "Softplus": activation(.softplus),
        "Softsign": activation(.softsign), "Selu": activation(.selu), "Mish": activation(.mish),
        "HardSigmoid": activation(.hardSigmoid), "HardSilu": activation(.hardSilu),
        "LogSigmoid": activation(.logSigmoid), "HardTanh": activation(.hardTanh),
        "TanhShrink": activation(.tanhShrink), "SparsePlus": activation(.sparsePlus),
        "SparseSigmoid": activation(.sparseSigmoid),
        "Elu": {
            [try $0.context.append(Elu(alpha: $0.values().float("alpha", default: 1)), $0.x)]
        },
        "Celu": {
            [try $0.context.append(Celu(alpha: $0.values().float("alpha", default: 1)), $0.x)]
        },
        "LeakyRelu": {
            let slope = try $0.values().float("negative_slope", default: 0.2)
            return [try $0.context.append(LeakyRelu(alpha: slope), $0.x)]
        },
        "Gelu": {
            let isApproximate = try $0.values().bool("approximate", default: true)
            return [try $0.context.append(Gelu(approximation: isApproximate ? .tanh : .none), $0.x)]
        },
        "HardShrink": {
            let threshold = try $0.values().float("threshold", default: 0.5)
            return [try $0.context.append(Shrink(bias: 0, lambda: threshold), $0.x)]
        },
        "SoftShrink": {
            let threshold = try $0.values().float("threshold", default: 0.5)
            return [try $0.context.append(Shrink(bias: threshold, lambda: threshold), $0.x)]
        },
        "Glu": {
            let axis = try $0.values("x", "axis").int("axis") ?? -1
            let x = try $0.x
            let extent = try $0.context.extent(x, axis)
            guard extent % 2 == 0 else {
                throw HingeError(.mismatch, "expected an even number, found \(extent)")
            }
            let halves = try $0.context.append(
                Split(axis: axis, sizes: [extent / 2, extent / 2]), [x], outputCount: 2,
                as: "halves")
            let gate = try $0.context.append(Sigmoid(), halves[1], as: "gate")
            return [try $0.context.append(Mul(), halves[0], gate)]
        },
        "Softmax": { try softmax($0) { Softmax(axis: $0) } },
        "LogSoftmax": { try softmax($0) { LogSoftmax(axis: $0) } },
    ]

    private static func keeping(_ operator: any Operator) -> Build {
        { [try $0.context.append(`operator`, $0.tensor("x", 0))] }
    }

    private static func floating(_ operator: any Operator) -> Build {
        { [try $0.context.append(`operator`, $0.x)] }
    }

    /// `x` limited to 0 and a greatest value; whole numbers stay whole.
    private static func limited(_ greatest: Double?) -> Build {
        { call in
            var x = try call.tensor("x", 0)
            if try call.context.dataType(x) == .bool { x = try call.cast(x, .int32) }
            if try greatest == nil && call.context.dataType(x).isFloatingPoint {
                return [try call.context.activate(.relu, x, as: nil)]
            }
            return [try call.context.clip(x, 0, greatest)]
        }
    }

    private static func activation(_ name: ActivationName) -> Build {
        { [try $0.context.activate(name, $0.x, as: nil)] }
    }

    private static func softmax(
        _ call: OperationCall, _ make: (Int) -> any Operator
    ) throws -> [Operand] {
        let values = call.values("x", "axis")
        let x = try call.x
        let rank = try call.context.rank(x)
        // Null stands for all axes, of which the batch is one.
        let isAll = values.has("axis") && values.value("axis") == nil
        let given = try isAll ? Array(0..<rank) : values.ints("axis") ?? [-1]
        let axes = try call.context.axes(given, rank: rank)
        if axes.count == 1 { return [try call.context.append(make(axes[0]), x)] }
        // The axes become one, behind the others.
        let others = (0..<rank).filter { !axes.contains($0) }
        let order = others + axes
        let inverse = (0..<rank).map { order.firstIndex(of: $0) ?? 0 }
        let moved = try call.context.append(Transpose(order), x, as: "moved")
        let shape = try call.context.append(ShapeOf(), moved, as: "shape")
        let kept = try call.context.append(
            SliceOf(starts: [0], ends: [others.count], axes: [0]), shape, as: "kept")
        let target = try call.context.append(
            Concat(axis: 0), [kept, call.context.constant(Tensor([-1] as [Int64]), "rest")],
            as: "target")[0]
        let flat = try call.context.append(Reshape(), moved, target, as: "flat")
        let result = try call.context.append(make(-1), flat, as: "softmax")
        let apart = try call.context.append(Reshape(), result, shape, as: "apart")
        return [try call.context.append(Transpose(inverse), apart)]
    }

    private static func logarithm(_ base: Double) -> Build {
        { call in
            let x = try call.x
            let natural = try call.context.append(Log(), x, as: "logarithm")
            return [try call.context.append(Div(), natural, call.scalar(log(base), like: x))]
        }
    }

    /// The natural logarithm of the two bases that there are.
    private static func log(_ base: Double) -> Double {
        base == 2 ? 0.693_147_180_559_945_3 : 2.302_585_092_994_046
    }

    private static let square: Build = { call in
        var x = try call.tensor("x", 0)
        if try call.context.dataType(x) == .bool { x = try call.cast(x, .int32) }
        return [try call.context.append(Mul(), x, x)]
    }

    private static let logicalNot: Build = { call in
        [try call.context.append(Not(), call.cast(call.tensor("x", 0), .bool))]
    }

    private static let isFinite: Build = { call in
        let isNaN = try call.context.append(IsNaN(), call.x, as: "nan")
        let isInfinite = try call.context.append(IsInf(), call.x, as: "infinite")
        return [
            try call.context.append(
                Not(), call.context.append(Or(), isNaN, isInfinite, as: "either"))
        ]
    }

    private static let cast: Build = { call in
        let values = call.values("x", "dtype")
        let name = try values.required("dtype", values.string("dtype"))
        guard let type = DataType(name: name) else {
            throw HingeError(.unsupported, "the type '\(name)' is not supported")
        }
        let x = try call.tensor("x", 0)
        return [try call.context.append(Cast(to: type), x)]
    }

    private static let clip: Build = { call in
        let x = try call.tensor("x", 0)
        let low = try call.tensor("x_min", 1, like: x)
        let high = try call.tensor("x_max", 2, like: x)
        return [
            try call.context.append(
                Clip(), x, call.cast(low, call.context.dataType(x)),
                call.cast(high, call.context.dataType(x)))
        ]
    }

    private static let round: Build = { call in
        let decimals = try call.values("x", "decimals").int("decimals") ?? 0
        guard abs(decimals) <= 18 else {
            throw HingeError(.unsupported, "rounding to \(decimals) decimals is not supported")
        }
        let x = try call.tensor("x", 0)
        let type = try call.context.dataType(x)
        guard type.isFloatingPoint || decimals < 0 else { return [x] }
        guard decimals != 0 else { return [try call.context.append(Round(), x)] }
        let number = try call.floating(x)
        let factor = try call.scalar(pow(10, Double(decimals)), like: number)
        let scaled = try call.context.append(Mul(), number, factor, as: "scaled")
        let rounded = try call.context.append(Round(), scaled, as: "rounded")
        let result = try call.context.append(
            Div(), rounded, factor, as: type.isFloatingPoint ? nil : "result")
        return [try call.cast(result, type, as: nil)]
    }
}

extension OperationCall {
    /// The one tensor of an operation on floating-point numbers.
    fileprivate var x: Operand {
        get throws { try floating(tensor("x", 0)) }
    }
}
