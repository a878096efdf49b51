/// Whether it matters which backend wrote a file that does not say so.
///
/// Theano stores the kernels of convolutions mirrored and pads `same` in another way. Keras 1 did not
/// note the backend; TensorFlow is assumed.
enum BackendGuess {
    /// What to tell of the guess; `nil` when there was none, or it changes nothing.
    static func warning(
        _ architecture: ModelArchitecture, _ semantics: KerasSemantics
    ) -> String? {
        guard semantics.backend == nil, semantics.generation < .tensorFlowKeras,
            let layer = layer(architecture)
        else { return nil }
        return
            "the file doesn't say which backend wrote it, which the layer '\(layer)' depends on; "
            + "TensorFlow is assumed (for Theano, whose kernels are mirrored: --backend theano)"
    }

    /// The first layer that computes something else with Theano.
    private static func layer(_ architecture: ModelArchitecture) -> String? {
        architecture.entries.lazy.compactMap { entry in
            dependent(entry.instance).map { $0 == entry.name ? $0 : "\(entry.name)/\($0)" }
        }.first
    }

    private static func dependent(_ instance: LayerInstance) -> String? {
        switch instance.layer {
        case let layer as any ConvolutionLayer:
            layer.settings.window.isBackendDependent ? instance.name : nil
        case let layer as any TransposedConvolutionLayer:
            layer.settings.window.isBackendDependent ? instance.name : nil
        case let layer as any PoolingLayer:
            layer.window.padding == .same && layer.window.size.contains { $0 > 1 }
                ? instance.name : nil
        case let layer as any DepthwiseConvolutionLayer:
            layer.settings.window.padding == .same ? instance.name : nil
        case let layer as any SeparableConvolutionLayer:
            layer.settings.window.padding == .same ? instance.name : nil
        case is ConvLSTM1DLayer, is ConvLSTM2DLayer, is ConvLSTM3DLayer: instance.name
        case let model as ModelLayer: layer(model.architecture)
        case let wrapper as TimeDistributedLayer: dependent(wrapper.inner)
        case let wrapper as BidirectionalLayer: dependent(wrapper.forward)
        default: nil
        }
    }
}

extension WindowSettings {
    /// Whether a mirrored kernel or padding in another way makes a difference.
    fileprivate var isBackendDependent: Bool { size.contains { $0 > 1 } }
}
