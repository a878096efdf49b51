import HingeGraph
import HingeOperators

/// `activation(x · kernel + bias)`, over the last axis of `x`: `[N, …, in]` to `[N, …, units]`.
///
/// Source: Keras `Dense(units, activation, use_bias)`; `kernel` is `[in, units]`, `bias` `[units]`.
struct DenseLayer: UnaryKerasLayer {
    /// The size of the last axis of the result.
    var units: Int
    /// What is applied to the result.
    var activation: KerasActivation = .linear
    /// Whether there is a bias.
    var useBias = true
    /// Whether the kernel is in 8-bit integers.
    ///
    /// A third variable, `kernel_scale`, then holds a scale for each unit, and the layer rounds its
    /// input to 8 bits as well.
    var isQuantized = false
}

extension DenseLayer {
    static let className = "Dense"

    init(_ config: ConfigReader) throws {
        units = try config.requiredPositive("units")
        activation = try config.activation("activation")
        useBias = try config.bool("use_bias", default: true)
        isQuantized = try TypePolicy(config.value("dtype")).quantization == .int8
    }

    var variables: LayerVariables {
        LayerVariables(
            ["kernel"] + (useBias ? ["bias"] : []) + (isQuantized ? ["kernel_scale"] : []))
    }

    var masking: Masking { .keep }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        try context.requireRank(x, 2...Int.max)
        let x = try context.floating(x)
        if isQuantized { return try context.activate(activation, quantized(x, context)) }
        let kernel = try context.variable("kernel", [try context.extent(x, -1), units])
        guard useBias else {
            return try context.activate(activation, context.append(MatMul(), x, kernel))
        }
        let bias = try context.variable("bias", [units])
        if try context.rank(x) == 2 {
            return try context.activate(activation, context.append(Gemm(), x, kernel, bias))
        }
        let product = try context.append(MatMul(), x, kernel)
        return try context.activate(
            activation, context.append(Add(), product, bias, as: "biased"))
    }

    /// The product of 8-bit integers: the input's are found from the greatest element of each row.
    private func quantized(_ x: Operand, _ context: LayerContext) throws -> Operand {
        let kernel = try context.variable("kernel") {
            let integers = try context.weight("kernel", [context.extent(x, -1), units])
            return try context.fold(Cast(to: context.policy.compute), [integers])
        }
        let scale = try context.variable("kernel_scale", [units])
        let size = try context.append(Abs(), x, as: "size")
        let greatest = try context.append(ReduceMax(axes: [-1]), size, as: "greatest")
        let bounded = try context.append(
            Add(), greatest, context.scalar(1e-7, like: x, "epsilon"), as: "bounded")
        let inputScale = try context.append(
            Div(), context.scalar(127, like: x, "range"), bounded, as: "input_scale")
        let rounded = try context.append(
            Round(), context.append(Mul(), x, inputScale, as: "scaled"), as: "rounded")
        let integers = try context.clip(rounded, -127, 127, as: "integers")
        let product = try context.append(MatMul(), integers, kernel)
        let scales = try context.append(Mul(), inputScale, scale, as: "scales")
        let result = try context.append(Div(), product, scales, as: "result")
        guard useBias else { return result }
        return try context.append(Add(), result, context.variable("bias", [units]), as: "biased")
    }

    func write(_ config: inout ConfigWriter) {
        config["units"] = .integer(units)
        config.setActivation("activation", activation)
        config.set("use_bias", useBias, default: true) { .bool($0) }
    }
}
