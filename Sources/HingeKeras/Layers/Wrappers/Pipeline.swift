/// Layers one after the other.
///
/// Source: Keras `Pipeline(layers)`.
struct PipelineLayer: KerasLayer {
    /// The layers.
    var layers: [LayerInstance]
}

extension PipelineLayer {
    static let className = "Pipeline"

    init(_ config: ConfigReader) throws {
        layers = try config.required("layers", config.layers("layers"))
    }

    var variables: LayerVariables {
        LayerVariables(
            groups: layers.enumerated().map { index, layer in
                layer.group(
                    "\(index)", at: .listed(list: "layers", className: layer.object.className),
                    label: .name(layer.name))
            })
    }

    var masking: Masking { .own }

    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        var value = try call.input()
        for (index, layer) in layers.enumerated() {
            value = try layer.call(
                value, context.inside("\(index)", layer, name: "\(layer.name)_\(index)"))
        }
        return [value]
    }

    func write(_ config: inout ConfigWriter) {
        config.setLayers("layers", layers)
    }
}
