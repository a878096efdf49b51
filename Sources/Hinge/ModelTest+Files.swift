import Foundation
import HingeGraph
import HingeKeras
import HingeParity

extension ModelTest {
    /// The files of a test.
    ///
    /// A test is a folder that holds a model and folders `test_data_set_0`, `test_data_set_1`, …, as the standard lays
    /// out its own, or a model file with a recording (``Recording``) beside it: `digits.h5` and `digits.npz`.
    ///
    /// A data set holds the files `input_0.pb`, …, `output_0.pb`, …, numbered as the model's inputs and outputs are: all
    /// of them, or those inputs that have no default. They may also be `.npy`, `.npz` (of one array) and `.json` files;
    /// a data set of a single file `NAME.npz` is a recording. In a recording, float32 stands for the bfloat16 that NumPy
    /// doesn't have. `data.json` beside the model may state a tolerance: `{"rtol": 0.002, "atol": 1e-7}`. Of models with
    /// recordings it states them by name, and the backend of a Keras file that doesn't say which one wrote it:
    /// `{"digits": {"rtol": 0.002}, "old": {"backend": "theano"}}`.
    public struct Files: Sendable, Hashable {
        /// The name of the test: its path from the folder on that was searched, without the extension.
        public var name: String
        /// The model file.
        public let model: String
        /// The folders of data sets, or the recording.
        public let dataSets: [String]
        /// Whether ``dataSets`` is a recording.
        public let isRecording: Bool
    }
}

// MARK: - Finding

extension ModelTest.Files {
    /// The extensions of model files that hold an architecture.
    private static let modelExtensions = ["onnx", "keras", "h5"]
    /// The deepest that folders are searched.
    private static let depthLimit = 32

    /// The tests in a folder and the folders inside it, in the order of their names.
    ///
    /// - Throws: ``HingeError`` when a folder can't be listed.
    public static func find(in folder: String) throws -> [ModelTest.Files] {
        var found: [ModelTest.Files] = []
        let path = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        try find(path, name: "", depth: 0, &found)
        return found
    }

    private static func find(
        _ folder: String, name: String, depth: Int, _ found: inout [ModelTest.Files]
    ) throws {
        guard depth <= depthLimit else { return }
        let names = try withContext(.file(folder)) { try ModelFolder(path: folder).names() }
            .filter { !$0.hasPrefix(".") }
        var folders: [String] = []
        var files: Set<String> = []
        for entry in names {
            var isFolder: ObjCBool = false
            guard
                FileManager.default.fileExists(
                    atPath: "\(folder)/\(entry)", isDirectory: &isFolder)
            else { continue }
            if isFolder.boolValue { folders.append(entry) } else { files.insert(entry) }
        }
        let models = names.filter { files.contains($0) && stem($0) != nil }
        let dataSets = folders.filter { $0.hasPrefix("test_data_set") }
            .sorted { ($0.count, $0) < ($1.count, $1) }
        let own = name.isEmpty ? folder.split(separator: "/").last.map(String.init) ?? folder : name
        if !dataSets.isEmpty {
            // Without a single model, reading the test says which files there are.
            let model = models.count == 1 ? models[0] : "model.onnx"
            found.append(
                ModelTest.Files(
                    name: own, model: "\(folder)/\(model)",
                    dataSets: dataSets.map { "\(folder)/\($0)" }, isRecording: false))
        } else {
            for model in models {
                guard let stem = stem(model), files.contains("\(stem).npz") else { continue }
                found.append(
                    ModelTest.Files(
                        name: name.isEmpty ? model : "\(name)/\(model)",
                        model: "\(folder)/\(model)", dataSets: ["\(folder)/\(stem).npz"],
                        isRecording: true))
            }
        }
        for entry in folders where !entry.hasPrefix("test_data_set") {
            try find(
                "\(folder)/\(entry)", name: name.isEmpty ? entry : "\(name)/\(entry)",
                depth: depth + 1, &found)
        }
    }

    /// The name of a model file without its extension; `nil` for other files.
    private static func stem(_ name: String) -> String? {
        let lower = name.lowercased()
        guard !lower.hasSuffix(".weights.h5"),
            let ending = modelExtensions.first(where: { lower.hasSuffix("." + $0) })
        else { return nil }
        return String(name.dropLast(ending.count + 1))
    }
}

// MARK: - Reading

extension ModelTest.Files {
    /// Reads the test.
    ///
    /// - Parameters:
    ///   - options: How to read the model.
    ///   - tolerance: The tolerance where the test states none.
    /// - Throws: ``HingeError`` when a file can't be read, or data don't fit the model.
    public func read(
        options: ReadOptions = ReadOptions(), tolerance: ElementTolerance = ElementTolerance()
    ) throws -> ModelTest {
        let stated = try stated()
        var options = options
        if let backend = stated.backend, options[KerasOptions.self].backend == nil {
            options[KerasOptions.self].backend = backend
        }
        let model = try Model(contentsOfFile: model, options: options)
        try withContext(.file(self.model)) { try model.requireGraph() }
        return ModelTest(
            name: name, model, dataSets: try dataSets.map { try dataSet($0, model) },
            tolerance: ElementTolerance(
                relative: stated.rtol ?? tolerance.relative,
                absolute: stated.atol ?? tolerance.absolute))
    }

    /// What `data.json` says of a test.
    private struct Stated: Decodable {
        var rtol: Double?
        var atol: Double?
        var backend: String?
    }

    private func stated() throws -> Stated {
        let folder = model.lastIndex(of: "/").map { String(model[..<$0]) } ?? "."
        let path = "\(folder)/data.json"
        guard FileManager.default.fileExists(atPath: path) else { return Stated() }
        return try withContext(.file(path)) {
            let stated: Stated
            do {
                let data = try Data(contentsOf: URL(fileURLWithPath: path))
                let decoder = JSONDecoder()
                if isRecording {
                    let file =
                        model.lastIndex(of: "/").map { String(model[model.index(after: $0)...]) }
                        ?? model
                    let all = try decoder.decode([String: Stated].self, from: data)
                    stated = ModelTest.Files.stem(file).flatMap { all[$0] } ?? Stated()
                } else {
                    stated = try decoder.decode(Stated.self, from: data)
                }
            } catch {
                throw HingeError(
                    .badData,
                    isRecording
                        ? "expected a JSON object of objects with numbers 'rtol' and 'atol'"
                        : "expected a JSON object with numbers 'rtol' and 'atol'",
                    underlying: error)
            }
            guard stated.rtol ?? 0 >= 0, stated.atol ?? 0 >= 0 else {
                throw HingeError(.badData, "expected tolerances that are not negative")
            }
            return stated
        }
    }

    private func dataSet(_ path: String, _ model: Model) throws -> ModelTest.DataSet {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        if isRecording { return try recording(path, name, model) }
        return try withContext(.file(path)) {
            let names = try ModelFolder(path: path).names().filter { !$0.hasPrefix(".") }
            let numbered = names.compactMap { NumberedFile($0) }
            if numbered.isEmpty, let single = names.first, names.count == 1,
                single.lowercased().hasSuffix(".npz")
            {
                return try recording("\(path)/\(single)", name, model)
            }
            let inputs = numbered.filter { !$0.isOutput }
            let required = model.graph.requiredInputs
            return ModelTest.DataSet(
                name: name,
                inputs: try values(
                    inputs, inputs.count == required.count ? required : model.graph.inputs, path),
                outputs: try values(
                    numbered.filter(\.isOutput), model.graph.outputs, path, isWhole: true))
        }
    }

    private func recording(
        _ path: String, _ name: String, _ model: Model
    ) throws -> ModelTest.DataSet {
        let fitted = try withContext(.file(path)) {
            try Recording(try ValueFile.tensors(path: path)).fit(to: model)
        }
        let graph = model.graph
        return ModelTest.DataSet(
            name: name, inputs: try narrowed(fitted.inputs, graph.inputs),
            outputs: try narrowed(fitted.outputs, graph.outputs))
    }

    /// The values as the model's bfloat16 ones where they are float32: NumPy has no bfloat16.
    private func narrowed(
        _ values: [String: Value], _ infos: [ValueInfo]
    ) throws -> [String: Value] {
        var values = values
        for info in infos where info.type?.dataType == .bfloat16 {
            guard let tensor = values[info.name]?.tensor, tensor.dataType == .float32 else {
                continue
            }
            let elements = try tensor.floats().map { BFloat16($0) }
            values[info.name] = .tensor(Tensor(elements, shape: tensor.shape))
        }
        return values
    }

    /// The values of inputs or outputs.
    ///
    /// - Parameter isWhole: Whether there must be a file for each.
    private func values(
        _ files: [NumberedFile], _ infos: [ValueInfo], _ folder: String, isWhole: Bool = false
    ) throws -> [String: Value] {
        let kind = isWhole ? "output" : "input"
        var values: [String: Value] = [:]
        for file in files {
            guard infos.indices.contains(file.number) else {
                throw HingeError(
                    .mismatch, "the model has \(infos.count) \(kind)s, found '\(file.name)'")
            }
            let info = infos[file.number]
            let value = try ValueFile.value(path: "\(folder)/\(file.name)", type: info.type)
            guard values.updateValue(value, forKey: info.name) == nil else {
                throw HingeError(.mismatch, "\(kind) \(file.number) is there twice")
            }
        }
        if isWhole, let absent = infos.indices.first(where: { values[infos[$0].name] == nil }) {
            throw HingeError(
                .mismatch, "expected a file '\(kind)_\(absent)', found \(values.count) \(kind)s")
        }
        return values
    }

    /// A file `input_0.pb` or the like.
    private struct NumberedFile {
        let name: String
        let isOutput: Bool
        let number: Int

        init?(_ name: String) {
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, ["pb", "npy", "npz", "json"].contains(parts[1].lowercased())
            else { return nil }
            for kind in ["input_", "output_"] where parts[0].hasPrefix(kind) {
                let digits = parts[0].dropFirst(kind.count)
                guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int(digits)
                else { return nil }
                self.name = name
                self.number = number
                isOutput = kind == "output_"
                return
            }
            return nil
        }
    }
}
