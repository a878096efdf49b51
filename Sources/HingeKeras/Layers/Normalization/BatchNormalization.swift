import HingeGraph
import HingeOperators

/// `gamma · (x − mean) / √(variance + epsilon) + beta` for each channel, with the mean and variance
/// that training found.
///
/// Source: Keras `BatchNormalization(axis=-1, epsilon=0.001, center=True, scale=True)`; each
/// variable is `[C]`. What `renorm` adds only matters in training. Half precision is normalised in
/// single precision.
struct BatchNormalizationLayer: UnaryKerasLayer {
    /// The axis of the channels.
    var axis = -1
    /// What is added to the variance.
    var epsilon: Float = 1e-3
    /// Whether there is a `beta`.
    var center = true
    /// Whether there is a `gamma`.
    var scale = true
    /// Whether the variables of batch renormalization are there.
    var renorm = false
}

extension BatchNormalizationLayer {
    static let className = "BatchNormalization"

    init(_ config: ConfigReader) throws {
        let axes = try config.ints("axis") ?? [-1]
        guard axes.count == 1 else {
            throw config.unsupported("axis", "expected one axis, found \(axes.count)")
        }
        axis = axes[0]
        epsilon = try config.float("epsilon", default: 1e-3)
        center = try config.bool("center", default: true)
        scale = try config.bool("scale", default: true)
        renorm = try config.bool("renorm", default: false)
    }

    var variables: LayerVariables {
        LayerVariables(
            (scale ? ["gamma"] : []) + (center ? ["beta"] : []),
            fixed: ["moving_mean", "moving_variance"]
                + (renorm ? ["moving_stddev", "renorm_mean", "renorm_stddev"] : []))
    }

    var masking: Masking { .keep }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        let rank = try context.rank(x)
        let axis = try InferenceContext.axis(axis, rank: rank)
        let channels = try context.extent(x, axis)
        let type = context.preciseType
        let x = try context.precise(x)
        func parameter(_ name: String, _ isThere: Bool, _ standard: Double) throws -> Tensor {
            isThere
                ? try context.preciseWeight(name, [channels])
                : try Tensor(filledWith: standard, type, shape: [channels])
        }
        let parameters: [(name: String, make: () throws -> Tensor)] = [
            ("gamma", { try parameter("gamma", scale, 1) }),
            ("beta", { try parameter("beta", center, 0) }),
            ("moving_mean", { try parameter("moving_mean", true, 0) }),
            ("moving_variance", { try parameter("moving_variance", true, 1) }),
        ]
        let normalization = BatchNormalization(epsilon: epsilon)
        guard axis == 1 || axis == rank - 1 else {
            // Channels between other axes: the operator wants them at axis 1.
            var permutation = Array(0..<rank)
            permutation.remove(at: axis)
            permutation.insert(axis, at: 1)
            let inverse = (0..<rank).map { permutation.firstIndex(of: $0) ?? 0 }
            let moved = try context.append(Transpose(permutation), x, as: "channels_first")
            let result = try context.append(
                normalization, [moved] + parameters.map { try context.variable($0.name, $0.make) })
            let back = try context.append(Transpose(inverse), result[0], as: "channels_back")
            return try context.rounded(back)
        }
        let isLast = axis == rank - 1 && rank > 2
        let result = try context.append(
            context.laidOut(normalization, isLast ? .channelsLast : .channelsFirst),
            [x] + parameters.map { try context.variable($0.name, $0.make) })[0]
        return try context.rounded(result)
    }

    func write(_ config: inout ConfigWriter) {
        config["axis"] = .integer(axis)
        config["epsilon"] = config.real(epsilon)
        config.set("center", center, default: true) { .bool($0) }
        config.set("scale", scale, default: true) { .bool($0) }
        config.set("renorm", renorm, default: false) { .bool($0) }
    }
}
