import HingeGraph
import HingeOperators
import HingeTransforms

/// Reads a Keras file into a model: finds configuration and weights, binds them, and builds the
/// graph.
struct KerasModelReader {
    private let source: ModelSource
    private let options: ReadOptions

    /// Creates a reader of a file or folder.
    init(_ source: ModelSource, _ options: ReadOptions) {
        self.source = source
        self.options = options
    }

    /// Reads the model.
    ///
    /// - Throws: ``HingeError`` with the layer and the field, or the path in the file, as its
    ///   context.
    func read() throws -> Model {
        var file = try KerasFile.read(source)
        let separate = try separateArchitecture(file)
        if let separate { file.configuration = separate.configuration }
        guard let configuration = file.configuration else {
            throw HingeError(
                .noInput,
                "the file holds weights without the model's architecture; give that as JSON, "
                    + "for example as '\(architectureNames(source.path).first ?? "")' beside it")
        }
        guard let weights = file.weights else {
            throw HingeError(
                .noInput, "the file holds the model's architecture without its weights")
        }
        var object = try LayerObject(configuration)
        if object.name.isEmpty { object.name = "model" }
        let semantics = semantics(file, separate, configuration)
        let instance = try LayerRegistry.make(object, semantics)
        guard let model = instance.layer as? ModelLayer else {
            throw HingeError(
                .badData, "expected the configuration of a model, found a \(object.className)")
        }
        let bound = try bind(weights, model, semantics)
        var result = try KerasModelBuilder(model.architecture, semantics).build(bound)
        try result.run([Layout(to: .channelsFirst)])
        result.origin = Origin(
            KerasOrigin(configuration: configuration, semantics: semantics, kind: file.kind))
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
    private func separateArchitecture(_ file: KerasFile) throws -> KerasFile? {
        guard file.configuration == nil else { return nil }
        if let architecture = options.architecture {
            guard let path = architecture.path else {
                return try KerasWriter.architecture(architecture.model())
            }
            let separate = try withContext(.file(path)) {
                try KerasFile.read(ModelSource(path: path))
            }
            guard separate.configuration != nil else {
                throw HingeError(
                    .badData, "expected the architecture of a model, found weights alone",
                    at: [.file(path)])
            }
            return separate
        }
        for name in architectureNames(source.path) {
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
        _ file: KerasFile, _ separate: KerasFile?, _ configuration: JSONValue
    ) -> KerasSemantics {
        let backend = options[KerasOptions.self].backend ?? file.backend ?? separate?.backend
        if let version = file.version ?? separate?.version {
            return KerasSemantics(version: version, backend: backend)
        }
        if file.kind == .legacyModel || file.kind == .legacyWeights {
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
