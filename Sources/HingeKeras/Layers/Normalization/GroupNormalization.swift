import HingeGraph
import HingeOperators

/// Normalises the channels of each example in groups; `gamma` and `beta` are for each channel.
///
/// Source: Keras `GroupNormalization(groups=32, axis=-1, epsilon=0.001, center=True, scale=True)`;
/// −1 groups are as many as there are channels.
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
        guard axis == rank - 1 || axis == 1 else {
            throw HingeError(
                .unsupported, "channels between other axes are not supported", at: [.field("axis")])
        }
        let channels = try context.extent(x, axis)
        let count = groups == -1 ? channels : groups
        guard count > 0, channels % count == 0 else {
            throw HingeError(
                .mismatch, "expected channels that \(count) divides, found \(channels)",
                at: [.field("groups")])
        }
        let type = context.policy.compute
        let gamma = try context.variable("gamma") {
            scale
                ? try context.weight("gamma", [channels])
                : try Tensor(filledWith: 1, type, shape: [channels])
        }
        let beta = try context.variable("beta") {
            center
                ? try context.weight("beta", [channels])
                : try Tensor(filledWith: 0, type, shape: [channels])
        }
        let isLast = axis == rank - 1 && rank > 2
        return try context.append(
            context.laidOut(
                GroupNormalization(groupCount: count, epsilon: epsilon),
                isLast ? .channelsLast : .channelsFirst), x, gamma, beta)
    }

    func write(_ config: inout ConfigWriter) {
        config["groups"] = .integer(groups)
        config["axis"] = .integer(axis)
        config["epsilon"] = config.real(epsilon)
        config.set("center", center, default: true) { .bool($0) }
        config.set("scale", scale, default: true) { .bool($0) }
    }
}
