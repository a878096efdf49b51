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
        "Relu": activation(.relu), "Relu6": activation(.relu6), "Sigmoid": activation(.sigmoid),
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
            let axis = try $0.values().int("axis") ?? -1
            guard axis == -1 else {
                throw HingeError(.unsupported, "a gate along axis \(axis) is not supported")
            }
            return [try $0.context.activate(.glu, $0.x, as: nil)]
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

    private static func activation(_ name: ActivationName) -> Build {
        { [try $0.context.activate(name, $0.x, as: nil)] }
    }

    private static func softmax(
        _ call: OperationCall, _ make: (Int) -> any Operator
    ) throws -> [Operand] {
        let axes = try call.values().ints("axis") ?? [-1]
        guard axes.count == 1 else {
            throw HingeError(.unsupported, "expected one axis, found \(axes.count)")
        }
        let rank = try call.context.rank(call.x)
        return [
            try call.context.append(make(InferenceContext.axis(axes[0], rank: rank)), call.x)
        ]
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
        let x = try call.tensor("x", 0)
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
        guard decimals == 0 else {
            throw HingeError(.unsupported, "rounding to \(decimals) decimals is not supported")
        }
        let x = try call.tensor("x", 0)
        guard try call.context.dataType(x).isFloatingPoint else { return [x] }
        return [try call.context.append(Round(), x)]
    }
}

extension OperationCall {
    /// The one tensor of an operation on floating-point numbers.
    fileprivate var x: Operand {
        get throws { try floating(tensor("x", 0)) }
    }
}
