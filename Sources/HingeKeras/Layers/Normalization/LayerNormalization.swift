import HingeGraph
import HingeOperators

/// `gamma · (x − mean) / √(variance + epsilon) + beta`, mean and variance taken along axes of each
/// example.
///
/// Source: Keras
/// `LayerNormalization(axis=-1, epsilon=0.001, center=True, scale=True, rms_scaling=False)`;
/// `gamma` and `beta` have the extents of the axes, in ascending order. Half precision is normalised
/// in single precision.
struct LayerNormalizationLayer: UnaryKerasLayer {
    /// The axes.
    var axes: [Int] = [-1]
    /// What is added to the variance.
    var epsilon: Float = 1e-3
    /// Whether there is a `beta`.
    var center = true
    /// Whether there is a `gamma`.
    var scale = true
    /// Whether only the variance is normalised: `gamma · x / √(variance + epsilon)`.
    var scalesOnly = false
}

extension LayerNormalizationLayer {
    static let className = "LayerNormalization"

    init(_ config: ConfigReader) throws {
        axes = try config.ints("axis") ?? [-1]
        epsilon = try config.float("epsilon", default: 1e-3)
        scalesOnly = try config.bool("rms_scaling", default: false)
        center = try config.bool("center", default: true) && !scalesOnly
        scale = try config.bool("scale", default: true) || scalesOnly
    }

    var variables: LayerVariables {
        LayerVariables((scale ? ["gamma"] : []) + (center ? ["beta"] : []))
    }

    var masking: Masking { .keep }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        let rank = try context.rank(x)
        let axes = try context.axes(axes, rank: rank)
        let extents = try axes.map { try context.extent(x, $0) }
        let isTrailing = axes == Array(rank - axes.count..<rank)
        let precise = try context.precise(x)
        guard isTrailing, !scalesOnly else {
            return try context.settled(composite(precise, axes, extents, context), like: x)
        }
        let gamma = try context.variable("gamma") {
            scale
                ? try context.preciseWeight("gamma", extents)
                : try Tensor(filledWith: 1, context.preciseType, shape: extents)
        }
        let beta =
            center
            ? try context.variable("beta") { try context.preciseWeight("beta", extents) }
            : Operand.absent
        let result = try context.append(
            LayerNormalization(axis: axes[0] - rank, epsilon: epsilon), precise, gamma, beta)
        return try context.settled(result, like: x)
    }

    /// The same from simpler operators, for axes that aren't the last ones.
    private func composite(
        _ x: Operand, _ axes: [Int], _ extents: [Int], _ context: LayerContext
    ) throws -> Operand {
        let mean = try context.append(ReduceMean(axes: axes), x, as: "mean")
        let centered = try context.append(Sub(), x, mean, as: "centered")
        let square = try context.append(Mul(), centered, centered, as: "square")
        let variance = try context.append(ReduceMean(axes: axes), square, as: "variance")
        let shifted = try context.append(
            Add(), variance, context.scalar(Double(epsilon), like: x, "epsilon"), as: "shifted")
        let deviation = try context.append(Sqrt(), shifted, as: "deviation")
        var result = try context.append(
            Div(), scalesOnly ? x : centered, deviation, as: scale || center ? "normalized" : nil)
        let shape = try context.broadcastShape(extents, axes, rank: context.rank(x))
        if scale {
            let gamma = try context.variable("gamma") {
                try context.preciseWeight("gamma", extents).reshaped(to: shape)
            }
            result = try context.append(Mul(), result, gamma, as: center ? "scaled" : nil)
        }
        if center {
            let beta = try context.variable("beta") {
                try context.preciseWeight("beta", extents).reshaped(to: shape)
            }
            result = try context.append(Add(), result, beta)
        }
        return result
    }

    func write(_ config: inout ConfigWriter) {
        config["axis"] = axes.count == 1 ? .integer(axes[0]) : .integers(axes)
        config["epsilon"] = config.real(epsilon)
        if scalesOnly {
            config["rms_scaling"] = true
        } else {
            config.set("center", center, default: true) { .bool($0) }
            config.set("scale", scale, default: true) { .bool($0) }
        }
    }
}

extension LayerContext {
    /// Axes made non-negative, in ascending order.
    ///
    /// - Throws: ``HingeError`` when one is out of range or given twice.
    func axes(_ axes: [Int], rank: Int) throws -> [Int] {
        let sorted = try axes.map { try InferenceContext.axis($0, rank: rank) }.sorted()
        guard !sorted.isEmpty, Set(sorted).count == sorted.count else {
            throw HingeError(
                .badData, "expected different axes, found \(axes)", at: [.field("axis")])
        }
        return sorted
    }

    /// The shape in which extents of some axes broadcast to a value of the given rank.
    func broadcastShape(_ extents: [Int], _ axes: [Int], rank: Int) throws -> [Int] {
        var shape = [Int](repeating: 1, count: rank)
        for (axis, extent) in zip(axes, extents) { shape[axis] = extent }
        return shape
    }
}
