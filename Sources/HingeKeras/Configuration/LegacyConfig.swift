import HingeGraph

/// Translates the classes and keys of Keras 1 and 2 to those of Keras 3.
enum LegacyConfig {
    /// A layer as Keras 3 would have written it.
    ///
    /// - Throws: ``HingeError`` when it asks for something that Keras 3 doesn't have.
    static func modern(_ object: LayerObject, _ semantics: KerasSemantics) throws -> LayerObject {
        var object = object
        object.className = classNames[object.className] ?? object.className
        guard semantics.generation == .keras1 else { return object }
        object.className = keras1ClassNames[object.className] ?? object.className
        object.config = renamed(object.config, object.className)
        if object.className == "Merge" { try replaceMerge(&object) }
        if object.className == "BatchNormalization",
            let mode = object.config["mode"]?.int, mode != 0
        {
            throw HingeError(
                .unsupported, "expected 0, found \(mode)", at: [.field("mode")])
        }
        return object
    }

    private static let classNames = [
        "BatchNormalizationV1": "BatchNormalization", "BatchNormalizationV2": "BatchNormalization",
        "LayerNormalizationV1": "LayerNormalization",
        "SyncBatchNormalization": "BatchNormalization",
        "Convolution1D": "Conv1D", "Convolution2D": "Conv2D", "Convolution3D": "Conv3D",
        "Convolution2DTranspose": "Conv2DTranspose", "SeparableConvolution1D": "SeparableConv1D",
        "SeparableConvolution2D": "SeparableConv2D", "AvgPool1D": "AveragePooling1D",
        "AvgPool2D": "AveragePooling2D", "AvgPool3D": "AveragePooling3D",
        "MaxPool1D": "MaxPooling1D", "MaxPool2D": "MaxPooling2D", "MaxPool3D": "MaxPooling3D",
        "GlobalAvgPool1D": "GlobalAveragePooling1D", "GlobalAvgPool2D": "GlobalAveragePooling2D",
        "GlobalAvgPool3D": "GlobalAveragePooling3D", "GlobalMaxPool1D": "GlobalMaxPooling1D",
        "GlobalMaxPool2D": "GlobalMaxPooling2D", "GlobalMaxPool3D": "GlobalMaxPooling3D",
    ]

    private static let keras1ClassNames = [
        "Deconvolution2D": "Conv2DTranspose", "AtrousConvolution1D": "Conv1D",
        "AtrousConvolution2D": "Conv2D",
    ]

    /// The keys that Keras 2 renamed.
    private static let keys = [
        "nb_filter": "filters", "filter_length": "kernel_size", "subsample": "strides",
        "subsample_length": "strides", "border_mode": "padding", "atrous_rate": "dilation_rate",
        "bias": "use_bias", "inner_activation": "recurrent_activation", "p": "rate",
        "sigma": "stddev", "pool_length": "pool_size", "stride": "strides", "length": "size",
        "input_dtype": "dtype",
    ]

    private static func renamed(_ config: JSONObject, _ className: String) -> JSONObject {
        var result = JSONObject()
        for member in config.members {
            switch (member.key, member.value) {
            case ("dim_ordering", .string("th")): result["data_format"] = "channels_first"
            case ("dim_ordering", .string("tf")): result["data_format"] = "channels_last"
            case ("output_dim", _) where className != "Embedding": result["units"] = member.value
            default: result[keys[member.key] ?? member.key] = member.value
            }
        }
        for sizes in [["nb_row", "nb_col"], ["kernel_dim1", "kernel_dim2", "kernel_dim3"]] {
            let values = sizes.compactMap { config[$0] }
            if values.count == sizes.count { result["kernel_size"] = .array(values) }
        }
        return result
    }

    /// `Merge` was one class for all ways to combine tensors.
    private static func replaceMerge(_ object: inout LayerObject) throws {
        let mode = object.config["mode"] ?? .null
        let classes = [
            "sum": "Add", "mul": "Multiply", "concat": "Concatenate", "ave": "Average",
            "max": "Maximum", "min": "Minimum", "dot": "Dot", "cos": "Dot",
        ]
        guard let name = mode.string, let className = classes[name] else {
            throw HingeError(
                .unsupported, "expected a word for how to merge, found \(mode)",
                at: [.field("mode")])
        }
        if object.config["layers"]?.array?.isEmpty == false {
            throw HingeError(
                .unsupported, "a Merge that holds layers of its own is not supported",
                at: [.field("layers")])
        }
        object.className = className
        object.config["axis"] = object.config["concat_axis"]
        object.config["axes"] = object.config["dot_axes"]
        if name == "cos" { object.config["normalize"] = true }
    }
}
