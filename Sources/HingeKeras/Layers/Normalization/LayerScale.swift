import HingeGraph
import HingeOperators

/// `x · gamma`, a factor for each channel.
///
/// Source: Keras `applications.convnext`, `LayerScale`; `gamma` is `[C]`.
struct LayerScaleLayer: UnaryKerasLayer {
    /// The number of channels.
    var channels: Int
}

extension LayerScaleLayer {
    static let className = "LayerScale"

    init(_ config: ConfigReader) throws {
        channels = try config.requiredPositive("projection_dim")
    }

    var variables: LayerVariables { LayerVariables(["gamma"]) }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        try context.append(Mul(), x, context.variable("gamma", [channels]))
    }

    func write(_ config: inout ConfigWriter) {
        config["projection_dim"] = .integer(channels)
    }
}
