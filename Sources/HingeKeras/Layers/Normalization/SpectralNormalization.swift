import HingeGraph
import HingeOperators

/// A layer whose kernel training keeps within a norm; when a model runs, just that layer.
///
/// Source: Keras `SpectralNormalization(layer)`; the variable `vector_u` only matters in training,
/// and the kernel stands in a `.weights.h5` file once more. In Keras 3 the result has the input's
/// type.
struct SpectralNormalizationLayer: KerasLayer {
    /// The layer inside.
    var inner: LayerInstance
}

extension SpectralNormalizationLayer {
    static let className = "SpectralNormalization"

    init(_ config: ConfigReader) throws {
        inner = try config.required("layer", config.layer("layer"))
    }

    var variables: LayerVariables {
        var variables = LayerVariables(
            ["kernel"], fixed: ["vector_u"],
            groups: [inner.group("layer", at: .attribute(["layer"]))]
        )
        variables.own[0].isRepeated = true
        return variables
    }

    var masking: Masking { .own }

    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        let outputs = try inner.call(
            call.arguments, context.inside("layer", inner, name: inner.name))
        guard context.semantics.generation == .keras3 else { return outputs }
        let type = try context.dataType(call.input().operand)
        return try outputs.map { output in
            guard try context.dataType(output.operand) != type else { return output }
            return KerasValue(
                try context.append(Cast(to: type), output.operand, as: "cast"), mask: output.mask)
        }
    }

    func write(_ config: inout ConfigWriter) {
        config.setLayer("layer", inner)
    }
}
