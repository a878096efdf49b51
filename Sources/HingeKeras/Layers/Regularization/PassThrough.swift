import HingeGraph
import HingeOperators

/// A layer that leaves its input as it is when a model runs: noise, augmentation of images,
/// penalties.
///
/// Source: Keras `Identity` and the layers that only act in training.
struct PassThroughLayer: KerasLayer {
    /// The class.
    var layerClass: String
    /// The fields of the configuration, kept for writing.
    var fields: JSONObject
}

extension PassThroughLayer {
    static let className = "Identity"

    static let otherClassNames = [
        "ActivityRegularization", "AlphaDropout", "GaussianDropout", "GaussianNoise",
        "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "StochasticDepth",
        "AugMix", "CutMix", "Equalization", "MixUp", "RandAugment", "RandomBrightness",
        "RandomColorDegeneration", "RandomColorJitter", "RandomContrast", "RandomCrop",
        "RandomElasticTransform",
        "RandomErasing", "RandomFlip", "RandomGaussianBlur", "RandomGrayscale", "RandomHue",
        "RandomInvert", "RandomPerspective", "RandomPosterization", "RandomRotation",
        "RandomSaturation", "RandomSharpness", "RandomShear", "RandomTranslation", "RandomZoom",
        "Solarization",
    ]

    /// The classes whose outputs have the mask of the input in all versions.
    private static let keepingMasks: Set = [
        "ActivityRegularization", "AlphaDropout", "GaussianDropout", "GaussianNoise",
        "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D",
    ]

    init(_ config: ConfigReader) throws {
        layerClass = config.className
        guard layerClass != "RandomCrop" || config.semantics.isKeras3(since: 15) else {
            throw HingeError(
                .unsupported, "a RandomCrop of another version than Keras 3.15 is not supported")
        }
        fields = config.object
    }

    func masking(in semantics: KerasSemantics) -> Masking {
        let isKeras3 = semantics.generation == .keras3
        return PassThroughLayer.keepingMasks.contains(layerClass)
            || isKeras3 && layerClass == PassThroughLayer.className ? .keep : .drop
    }

    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        [try call.input()]
    }

    func write(_ config: inout ConfigWriter) {
        for member in fields.members where config[member.key] == nil && member.key != "dtype" {
            config[member.key] = member.value
        }
    }
}
