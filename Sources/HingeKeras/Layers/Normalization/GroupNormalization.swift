import HingeGraph
import HingeOperators

/// Normalises the channels of each example in groups; `gamma` and `beta` are for each channel.
///
/// Source: Keras `GroupNormalization(groups=32, axis=-1, epsilon=0.001, center=True, scale=True)`;
/// −1 groups are as many as there are channels. Half precision is normalised in single precision.
struct GroupNormalizationLayer: UnaryKerasLayer {
    /// The number of groups; −1 for one for each channel.
    var groups = 32
    /// The axis of the channels.
    var axis = -1
    /// What is added to the variance.
    var epsilon: Float = 1e-3
    /// Whether there is a `beta`.
    var center = true
    /// Whether there is a `gamma`.
    var scale = true
}

extension GroupNormalizationLayer {
    static let className = "GroupNormalization"

    init(_ config: ConfigReader) throws {
        groups = try config.int("groups") ?? 32
        guard groups == -1 || groups > 0 else {
            throw config.error("groups", "expected a positive integer or -1, found \(groups)")
        }
        axis = try config.int("axis") ?? -1
        epsilon = try config.float("epsilon", default: 1e-3)
        center = try config.bool("center", default: true)
        scale = try config.bool("scale", default: true)
    }

    var variables: LayerVariables {
        LayerVariables((scale ? ["gamma"] : []) + (center ? ["beta"] : []))
    }

    var masking: Masking { .keep }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        let rank = try context.rank(x)
        let axis = try InferenceContext.axis(axis, rank: rank)
        let channels = try context.extent(x, axis)
        let count = groups == -1 ? channels : groups
        guard count > 0, channels % count == 0 else {
            throw HingeError(
                .mismatch, "expected channels that \(count) divides, found \(channels)",
                at: [.field("groups")])
        }
        let type = context.preciseType
        // Keras 2 rounds the variables to the type that the layer computes in.
        let isRounded = context.semantics.generation < .keras3
        let gamma = try context.variable("gamma") {
            scale
                ? try context.preciseWeight("gamma", [channels], isRounded: isRounded)
                : try Tensor(filledWith: 1, type, shape: [channels])
        }
        let beta = try context.variable("beta") {
            center
                ? try context.preciseWeight("beta", [channels], isRounded: isRounded)
                : try Tensor(filledWith: 0, type, shape: [channels])
        }
        let normalization = GroupNormalization(groupCount: count, epsilon: epsilon)
        let precise = try context.precise(x)
        guard axis == 1 || axis == rank - 1 else {
            // Channels between other axes: the operator wants them at axis 1.
            var permutation = Array(0..<rank)
            permutation.remove(at: axis)
            permutation.insert(axis, at: 1)
            let inverse = (0..<rank).map { permutation.firstIndex(of: $0) ?? 0 }
            let moved = try context.append(Transpose(permutation), precise, as: "channels_first")
            let result = try context.append(normalization, moved, gamma, beta)
            return try context.settled(
                context.append(Transpose(inverse), result, as: "channels_back"), like: x)
        }
        let isLast = axis == rank - 1 && rank > 2
        let result = try context.append(
            context.laidOut(normalization, isLast ? .channelsLast : .channelsFirst),
            precise, gamma, beta)
        return try context.settled(result, like: x)
    }

    func write(_ config: inout ConfigWriter) {
        config["groups"] = .integer(groups)
        config["axis"] = .integer(axis)
        config["epsilon"] = config.real(epsilon)
        config.set("center", center, default: true) { .bool($0) }
        config.set("scale", scale, default: true) { .bool($0) }
    }
}
