import HingeGraph
import HingeOperators

/// A layer whose kernel training keeps within a norm; when a model runs, just that layer.
///
/// Source: Keras `SpectralNormalization(layer)`; the variable `vector_u` only matters in training,
/// and the kernel stands in a `.weights.h5` file once more.
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
    var castsInputs: Bool { false }

    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        try inner.call(call.arguments, context.inside("layer", inner, name: inner.name))
    }

    func write(_ config: inout ConfigWriter) {
        config.setLayer("layer", inner)
    }
}
