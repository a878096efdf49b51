import HingeGraph
import HingeOperators

/// An activation function, given by name.
///
/// Source: Keras `Activation(activation)`.
struct ActivationLayer: UnaryKerasLayer {
    /// The function.
    var activation: KerasActivation
}

extension ActivationLayer {
    static let className = "Activation"

    init(_ config: ConfigReader) throws {
        activation = try config.activation("activation")
    }

    var masking: Masking { .keep }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        try context.activate(activation, x, as: nil)
    }

    func write(_ config: inout ConfigWriter) {
        config["activation"] = .string(ActivationName.linear.rawValue)
        config.setActivation("activation", activation)
    }
}
