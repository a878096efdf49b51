import HingeGraph
import HingeOperators

/// `x · scale + offset`.
///
/// Source: Keras `Rescaling(scale, offset=0)`; both are numbers or lists that broadcast to `x`.
struct RescalingLayer: UnaryKerasLayer {
    /// The factor.
    var scale: Tensor
    /// What is added.
    var offset: Tensor
}

extension RescalingLayer {
    static let className = "Rescaling"

    init(_ config: ConfigReader) throws {
        scale = try config.required("scale", config.numbers("scale"))
        offset = try config.numbers("offset") ?? Tensor(scalar: 0.0)
    }

    func masking(in semantics: KerasSemantics) -> Masking {
        semantics.generation == .keras3 ? .keep : .drop
    }
    var castsInputs: Bool { false }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        let type = context.policy.compute
        var x = x
        if try context.dataType(x) != type {
            x = try context.append(Cast(to: type), x, as: "cast")
        }
        let factor = try context.variable("scale") { try context.fold(Cast(to: type), [scale]) }
        let isShifted = try offset.doubles().contains { $0 != 0 }
        let scaled = try context.append(Mul(), x, factor, as: isShifted ? "scaled" : nil)
        guard isShifted else { return scaled }
        let shift = try context.variable("offset") { try context.fold(Cast(to: type), [offset]) }
        return try context.append(Add(), scaled, shift)
    }

    func write(_ config: inout ConfigWriter) {
        config["scale"] = (try? ConfigTensor.json(scale)) ?? .null
        config["offset"] = (try? ConfigTensor.json(offset)) ?? .null
    }
}
