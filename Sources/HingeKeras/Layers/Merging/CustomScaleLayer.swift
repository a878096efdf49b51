import HingeGraph
import HingeOperators

/// `a + scale · b`.
///
/// Source: Keras `applications.inception_resnet_v2`, `CustomScaleLayer`.
struct CustomScaleLayer: KerasLayer {
    /// The factor.
    var scale: Double
}

extension CustomScaleLayer {
    static let className = "CustomScaleLayer"

    init(_ config: ConfigReader) throws {
        scale = try config.required("scale", config.number("scale"))
    }

    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        let inputs = call.inputs
        guard inputs.count == 2 else {
            throw HingeError(.mismatch, "expected 2 inputs, found \(inputs.count)")
        }
        let factor = try context.scalar(scale, like: inputs[1].operand, "scale")
        let scaled = try context.append(Mul(), inputs[1].operand, factor, as: "scaled")
        return [KerasValue(try context.append(Add(), inputs[0].operand, scaled))]
    }

    func write(_ config: inout ConfigWriter) {
        config["scale"] = .number(scale)
    }
}
