import HingeGraph

/// The layers that Hinge knows.
///
/// A layer is made known by one line here.
enum LayerRegistry {
    static let layers: [any KerasLayer.Type] = [
        // Core
        DenseLayer.self,
        EinsumDenseLayer.self,
        EmbeddingLayer.self,
        ReversibleEmbeddingLayer.self,
        InputLayer.self,
        MaskingLayer.self,
        // Activations
        ActivationLayer.self,
        ELULayer.self,
        LeakyReLULayer.self,
        PReLULayer.self,
        ReLULayer.self,
        SoftmaxLayer.self,
        ThresholdedReLULayer.self,
        // Convolution
        Conv1DLayer.self,
        Conv1DTransposeLayer.self,
        Conv2DLayer.self,
        Conv2DTransposeLayer.self,
        Conv3DLayer.self,
        Conv3DTransposeLayer.self,
        DepthwiseConv1DLayer.self,
        DepthwiseConv2DLayer.self,
        LocallyConnected2DLayer.self,
        SeparableConv1DLayer.self,
        SeparableConv2DLayer.self,
        // Pooling
        AdaptiveAveragePooling1DLayer.self,
        AdaptiveAveragePooling2DLayer.self,
        AdaptiveAveragePooling3DLayer.self,
        AdaptiveMaxPooling1DLayer.self,
        AdaptiveMaxPooling2DLayer.self,
        AdaptiveMaxPooling3DLayer.self,
        AveragePooling1DLayer.self,
        AveragePooling2DLayer.self,
        AveragePooling3DLayer.self,
        GlobalAveragePooling1DLayer.self,
        GlobalAveragePooling2DLayer.self,
        GlobalAveragePooling3DLayer.self,
        GlobalMaxPooling1DLayer.self,
        GlobalMaxPooling2DLayer.self,
        GlobalMaxPooling3DLayer.self,
        MaxPooling1DLayer.self,
        MaxPooling2DLayer.self,
        MaxPooling3DLayer.self,
        // Normalization
        BatchNormalizationLayer.self,
        GroupNormalizationLayer.self,
        LayerNormalizationLayer.self,
        LayerScaleLayer.self,
        NormalizationLayer.self,
        RMSNormalizationLayer.self,
        SpectralNormalizationLayer.self,
        UnitNormalizationLayer.self,
        // What changes nothing when a model only runs
        DropoutLayer.self,
        PassThroughLayer.self,
        // Reshaping
        Cropping1DLayer.self,
        Cropping2DLayer.self,
        Cropping3DLayer.self,
        FlattenLayer.self,
        PermuteLayer.self,
        RepeatVectorLayer.self,
        ReshapeLayer.self,
        UpSampling1DLayer.self,
        UpSampling2DLayer.self,
        UpSampling3DLayer.self,
        ZeroPadding1DLayer.self,
        ZeroPadding2DLayer.self,
        ZeroPadding3DLayer.self,
        // Merging
        AddLayer.self,
        AverageLayer.self,
        ConcatenateLayer.self,
        CustomScaleLayer.self,
        DotLayer.self,
        MaximumLayer.self,
        MinimumLayer.self,
        MultiplyLayer.self,
        SubtractLayer.self,
        // Preprocessing
        CategoryEncodingLayer.self,
        CenterCropLayer.self,
        DiscretizationLayer.self,
        IntegerLookupLayer.self,
        RescalingLayer.self,
        ResizingLayer.self,
        // Wrappers
        BidirectionalLayer.self,
        PipelineLayer.self,
        TimeDistributedLayer.self,
        // Recurrent
        ConvLSTM1DLayer.self,
        ConvLSTM2DLayer.self,
        ConvLSTM3DLayer.self,
        GRULayer.self,
        GRUCellLayer.self,
        LSTMLayer.self,
        LSTMCellLayer.self,
        RNNLayer.self,
        SimpleRNNLayer.self,
        SimpleRNNCellLayer.self,
        StackedRNNCellsLayer.self,
        // Attention
        AdditiveAttentionLayer.self,
        AttentionLayer.self,
        GroupQueryAttentionLayer.self,
        MultiHeadAttentionLayer.self,
        // Functions that are applied directly to tensors
        TFOpLambdaLayer.self,
    ]

    private static let byName: [String: any KerasLayer.Type] = Dictionary(
        uniqueKeysWithValues: layers.flatMap { layer in
            ([layer.className] + layer.otherClassNames).map { ($0, layer) }
        })

    /// Makes a layer from what a file says of it.
    ///
    /// - Throws: ``HingeError`` with the layer as its context; `unsupported` when the class isn't
    ///   known.
    static func make(_ object: LayerObject, _ semantics: KerasSemantics) throws -> LayerInstance {
        try withContext(object.place) {
            let object = try LegacyConfig.modern(object, semantics)
            let layerType = try layerType(object, semantics)
            let config = ConfigReader(
                object.config, semantics: semantics, className: object.className,
                layerName: object.name)
            let policy = try TypePolicy(config.value("dtype"))
            if let quantization = policy.quantization, layerType != DenseLayer.self {
                throw HingeError(
                    .unsupported, "a quantized layer (\(quantization.rawValue)) is not supported",
                    at: [.field("dtype")])
            }
            return LayerInstance(
                object: object, layer: try layerType.init(config), policy: policy,
                isTrainable: try config.bool("trainable", default: true))
        }
    }

    private static func layerType(
        _ object: LayerObject, _ semantics: KerasSemantics
    ) throws -> any KerasLayer.Type {
        try TrustedClasses.check(object)
        if isOperation(object, semantics) { return OperationLayer.self }
        if object.config["layers"] != nil, ModelLayer.isModel(object) { return ModelLayer.self }
        guard let layerType = byName[object.className] else {
            throw HingeError(.unsupported, "the layer class '\(object.className)' is not supported")
        }
        return layerType
    }

    /// Whether an object is an operation rather than a layer of the same class.
    ///
    /// Legacy files of Keras 3 don't have the module: there only layers have the fields that all
    /// layers have.
    private static func isOperation(
        _ object: LayerObject, _ semantics: KerasSemantics
    ) -> Bool {
        if object.module != nil { return object.isOperation }
        return semantics.generation == .keras3 && KerasOperations.all[object.className] != nil
            && object.config["trainable"] == nil
            && (byName[object.className] == nil || object.config["dtype"] == nil)
    }
}

extension ConfigReader {
    /// A layer that is a field of this one's configuration.
    ///
    /// - Throws: ``HingeError`` when the field is there and isn't a layer that Hinge knows.
    func layer(_ key: String) throws -> LayerInstance? {
        guard let value = value(key) else { return nil }
        return try withContext(.field(key)) { try layer(value, hint: key) }
    }

    /// Layers that are a field of this one's configuration.
    ///
    /// - Throws: ``HingeError`` when the field is there and isn't a list of layers that Hinge
    ///   knows.
    func layers(_ key: String) throws -> [LayerInstance]? {
        guard let values = try read(key, "a list of layers", \.array) else { return nil }
        return try withContext(.field(key)) {
            try values.enumerated().map { try layer($1, hint: "\(key)_\($0)") }
        }
    }

    private func layer(_ json: JSONValue, hint: String) throws -> LayerInstance {
        var object = try LayerObject(json)
        if object.name.isEmpty { object.name = hint }
        return try LayerRegistry.make(object, semantics)
    }
}
