import HingeGraph
import HingeOperators
import HingeTransforms

/// Reads a Keras file into a model: finds configuration and weights, binds them, and builds the
/// graph.
struct KerasModelReader {
    private let file: MappedFile
    private let options: ReadOptions

    /// Creates a reader of a file.
    init(_ file: MappedFile, _ options: ReadOptions) {
        self.file = file
        self.options = options
    }

    /// Reads the model.
    ///
    /// - Throws: ``HingeError`` with the layer and the field, or the path in the file, as its
    ///   context.
    func read() throws -> Model {
        var source = try KerasFile.read(file)
        let separate = try separateArchitecture(source)
        if let separate { source.configuration = separate.configuration }
        guard let configuration = source.configuration else {
            throw HingeError(
                .noInput,
                "the file holds weights without the model's architecture; give that as JSON, "
                    + "for example as '\(architectureNames(file.path).first ?? "")' beside it")
        }
        guard let weights = source.weights else {
            throw HingeError(
                .noInput, "the file holds the model's architecture without its weights")
        }
        var object = try LayerObject(configuration)
        if object.name.isEmpty { object.name = "model" }
        let semantics = semantics(source, separate, configuration)
        let instance = try LayerRegistry.make(object, semantics)
        guard let model = instance.layer as? ModelLayer else {
            throw HingeError(
                .badData, "expected the configuration of a model, found a \(object.className)")
        }
        let bound = try bind(weights, model, semantics)
        var result = try KerasModelBuilder(model.architecture, semantics).build(bound)
        try result.run([Layout(to: .channelsFirst)])
        result.origin = Origin(
            KerasOrigin(configuration: configuration, semantics: semantics, kind: source.kind))
        if let warning = BackendGuess.warning(model.architecture, semantics) {
            result.warnings.append(warning)
        }
        return result
    }

    private func bind(
        _ weights: KerasFile.WeightFiles, _ model: ModelLayer, _ semantics: KerasSemantics
    ) throws -> LayerWeights {
        switch weights {
        case .byLayer(let group, let path):
            return try LegacyWeightBinder(group, path: path, semantics: semantics)
                .bind(model.architecture)
        case .byPath(let roots):
            var binder = PathWeightBinder(roots)
            return try binder.bind(model)
        }
    }
}

// MARK: - A configuration that stands in another file

extension KerasModelReader {
    private func separateArchitecture(_ source: KerasFile) throws -> KerasFile? {
        guard source.configuration == nil else { return nil }
        if let path = options.architecturePath {
            let separate = try withContext(.file(path)) {
                try KerasFile.read(MappedFile(path: path))
            }
            guard separate.configuration != nil else {
                throw HingeError(
                    .badData, "expected the architecture of a model, found weights alone",
                    at: [.file(path)])
            }
            return separate
        }
        for name in architectureNames(file.path) {
            guard let beside = try? MappedFile(path: name) else { continue }
            let separate = try withContext(.file(name)) { try KerasFile.read(beside) }
            if separate.configuration != nil { return separate }
        }
        return nil
    }

    /// Where the configuration of a file of weights may be.
    private func architectureNames(_ path: String) -> [String] {
        let stem =
            [".weights.h5", ".weights.json", ".weights.hdf5", ".h5", ".hdf5"]
            .first { path.hasSuffix($0) }.map { path.removingSuffix($0) } ?? path
        return ["\(stem).json"]
    }

    /// Which Keras the configuration is of.
    private func semantics(
        _ source: KerasFile, _ separate: KerasFile?, _ configuration: JSONValue
    ) -> KerasSemantics {
        let backend = options.backend ?? source.backend ?? separate?.backend
        if let version = source.version ?? separate?.version {
            return KerasSemantics(version: version, backend: backend)
        }
        if source.kind == .legacyModel || source.kind == .legacyWeights {
            return KerasSemantics(version: "1.0.0", backend: backend)
        }
        // `.weights.h5` came with 2.12; only the configuration of Keras 3 says `batch_shape`.
        let isKeras3 =
            configuration.contains(key: "batch_shape")
            || !configuration.contains(key: "batch_input_shape")
        return KerasSemantics(
            generation: isKeras3 ? .keras3 : .tensorFlowKeras, backend: backend)
    }
}

extension JSONValue {
    /// Whether an object in this value has the given key.
    fileprivate func contains(key: String) -> Bool {
        switch self {
        case .array(let values): values.contains { $0.contains(key: key) }
        case .object(let object):
            object[key] != nil || object.members.contains { $0.value.contains(key: key) }
        default: false
        }
    }
}
