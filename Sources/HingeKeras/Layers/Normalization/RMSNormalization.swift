import HingeGraph
import HingeOperators

/// `scale · x / √(mean(x²) + epsilon)`, the mean taken along axes of each example.
///
/// Source: Keras 3.9 `RMSNormalization(axis=-1, epsilon=1e-6)`; `scale` has the extents of the
/// axes.
struct RMSNormalizationLayer: UnaryKerasLayer {
    /// The axes.
    var axes: [Int] = [-1]
    /// What is added to the mean.
    var epsilon: Float = 1e-6
}

extension RMSNormalizationLayer {
    static let className = "RMSNormalization"

    init(_ config: ConfigReader) throws {
        axes = try config.ints("axis") ?? [-1]
        epsilon = try config.float("epsilon", default: 1e-6)
    }

    var variables: LayerVariables { LayerVariables(["scale"]) }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        let rank = try context.rank(x)
        let axes = try context.axes(axes, rank: rank)
        let extents = try axes.map { try context.extent(x, $0) }
        let shape = try context.broadcastShape(extents, axes, rank: rank)
        let scale = try context.variable("scale") {
            try context.weight("scale", extents).reshaped(to: shape)
        }
        let square = try context.append(Mul(), x, x, as: "square")
        let mean = try context.append(ReduceMean(axes: axes), square, as: "mean")
        let shifted = try context.append(
            Add(), mean, context.scalar(Double(epsilon), like: x, "epsilon"), as: "shifted")
        let root = try context.append(Sqrt(), shifted, as: "root")
        let normalized = try context.append(Div(), x, root, as: "normalized")
        return try context.append(Mul(), normalized, scale)
    }

    func write(_ config: inout ConfigWriter) {
        config["axis"] = axes.count == 1 ? .integer(axes[0]) : .integers(axes)
        config["epsilon"] = config.real(epsilon)
    }
}
