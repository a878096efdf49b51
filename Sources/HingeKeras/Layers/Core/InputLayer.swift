import HingeGraph
import HingeOperators

/// An input of a model.
///
/// Source: Keras `InputLayer(batch_shape, dtype)`; `batch_input_shape` in Keras 1 and 2.
struct InputLayer: KerasLayer {
    /// The extents, the batch first; `nil` for one that varies.
    ///
    /// Absent where a chain of layers states none.
    var shape: [Int?]?
    /// The element type.
    var dataType: DataType
}

extension InputLayer {
    static let className = "InputLayer"

    init(_ config: ConfigReader) throws {
        for key in ["sparse", "ragged", "optional"] where try config.bool(key, default: false) {
            throw config.unsupported(key, "\(key) inputs are not supported")
        }
        if config.value("type_spec") != nil {
            throw config.unsupported(
                "type_spec", "inputs with a type specification are not supported")
        }
        let name = try config.string("dtype") ?? "float32"
        guard let type = DataType(name: name) else {
            throw config.unsupported("dtype", "the type '\(name)' is not supported")
        }
        dataType = type
        let key = config.has("batch_shape") ? "batch_shape" : "batch_input_shape"
        shape = try InputLayer.shape(config, key)
    }

    /// Reads a shape in which null stands for an extent that varies.
    static func shape(_ config: ConfigReader, _ key: String) throws -> [Int?]? {
        try config.read(key, "a list of sizes") { json in
            guard let items = ConfigReader.untupled(json).array else { return nil }
            let sizes = items.compactMap { item -> Int?? in
                if item.isNull { return .some(nil) }
                guard let size = item.int, (0...ConfigReader.greatest).contains(size) else {
                    return nil
                }
                return .some(size)
            }
            return sizes.count == items.count ? sizes : nil
        }
    }

    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        [try call.input()]
    }

    func write(_ config: inout ConfigWriter) {
        let sizes: [JSONValue] = (shape ?? []).map { size in size.map { .integer($0) } ?? .null }
        config[config.target == .keras3 ? "batch_shape" : "batch_input_shape"] = .array(sizes)
        config["dtype"] = .string(dataType.description)
    }
}
