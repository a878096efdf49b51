import HingeGraph

/// Collects the fields of a layer's configuration when a model is written.
package struct ConfigWriter {
    /// Who is to read the configuration.
    package enum Target: Sendable {
        /// A legacy `.h5` file that every Keras from 2.2 on reads.
        case legacy
        /// A `.keras` file, which Keras 3 reads.
        case keras3
    }

    /// Who is to read it.
    package let target: Target
    /// The type in which the layer computes.
    package let computesIn: DataType
    /// The fields so far.
    package private(set) var object = JSONObject()

    /// Creates a configuration with a layer's name.
    package init(target: Target, name: String, computesIn: DataType = .float32) {
        self.target = target
        self.computesIn = computesIn
        object["name"] = .string(name)
    }

    /// Sets a field.
    package subscript(key: String) -> JSONValue? {
        get { object[key] }
        set { object[key] = newValue }
    }

    /// Sets a field unless the value is its default.
    package mutating func set<Value: Equatable>(
        _ key: String, _ value: Value, default standard: Value, _ json: (Value) -> JSONValue
    ) {
        if value != standard { object[key] = json(value) }
    }
}

extension ConfigWriter {
    /// States where the channels are, always: what isn't stated is taken from the settings of whoever loads the model.
    mutating func set(_ dataFormat: DataFormat) {
        object["data_format"] = .string(dataFormat.rawValue)
    }

    /// A number as the layer takes it: exactly where it computes in double precision, elsewhere in its shortest decimal form.
    func real(_ value: Float) -> JSONValue {
        .number(computesIn == .float64 ? Double(value) : value.decimal)
    }

    /// Sets a field to a layer.
    mutating func setLayer(_ key: String, _ instance: LayerInstance) {
        object[key] = instance.json(target)
    }

    /// Sets a field to a list of layers.
    mutating func setLayers(_ key: String, _ instances: [LayerInstance]) {
        object[key] = .array(instances.map { $0.json(target) })
    }
}

extension Float {
    /// The double that has the same shortest decimal form: 0.1, not 0.10000000149.
    var decimal: Double { Double(description) ?? Double(self) }
}
