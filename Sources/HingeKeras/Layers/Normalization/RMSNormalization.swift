import HingeGraph
import HingeOperators

/// `scale · x / √(mean(x²) + epsilon)`, the mean taken along axes of each example.
///
/// Source: Keras 3.9 `RMSNormalization(axis=-1, epsilon=1e-6)`; `scale` has the extents of the
/// axes. Half precision is normalised in single precision.
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
        // Keras multiplies without regard to the axes, wherever the shapes allow it.
        let last = try context.shape(x).dimensions.suffix(extents.count)
        let fits = zip(extents, last).allSatisfy { $0 == 1 || .known($0) == $1 }
        let shape = fits ? extents : try context.broadcastShape(extents, axes, rank: rank)
        let scale = try context.variable("scale") {
            try context.preciseWeight("scale", extents, isRounded: true).reshaped(to: shape)
        }
        let input = x
        let x = try context.precise(x)
        let square = try context.append(Mul(), x, x, as: "square")
        let mean = try context.append(ReduceMean(axes: axes), square, as: "mean")
        let shifted = try context.append(
            Add(), mean, context.scalar(Double(epsilon), like: x, "epsilon"), as: "shifted")
        let root = try context.append(Sqrt(), shifted, as: "root")
        let normalized = try context.append(Div(), x, root, as: "normalized")
        return try context.settled(context.append(Mul(), normalized, scale), like: input)
    }

    func write(_ config: inout ConfigWriter) {
        config["axis"] = axes.count == 1 ? .integer(axes[0]) : .integers(axes)
        config["epsilon"] = config.real(epsilon)
    }
}
