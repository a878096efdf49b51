import HingeArchive
import HingeGraph
import HingeHDF5

/// What a Keras file holds, whatever its kind: a configuration, weights, and which Keras wrote it.
///
/// The kind is found by the content:
/// - a zip file with `config.json` and `model.weights.h5`: `.keras`;
/// - an HDF5 file with the attribute `model_config`: a legacy whole model; with `layer_names`: its
///   weights alone; with a group `layers` or `_layer_checkpoint_dependencies`: `.weights.h5`;
/// - a JSON text with `weight_map`: the index of weights in several files; with `class_name`: a
///   configuration, whose weights stand beside it.
struct KerasFile {
    /// The kind.
    var kind: KerasFileKind
    /// The model as a serialised object; `nil` when the file has only weights.
    var configuration: JSONValue?
    /// The weights; `nil` when the file has only a configuration.
    var weights: WeightFiles?
    /// The version of Keras that wrote the file, if it says so.
    var version: String?
    /// The backend that wrote it, if it says so.
    var backend: String?

    /// Weights as files hold them.
    enum WeightFiles {
        /// By layer, each with the list of its weights' names. The path is where in the file that
        /// is.
        case byLayer(HDF5Group, path: String)
        /// By the paths of attributes; several files when they are sharded.
        case byPath([HDF5Group])
    }
}

extension KerasFile {
    /// Reads a file, or the folder that a `.keras` file becomes when it is unpacked; weights stay in the mapped file.
    ///
    /// - Throws: ``HingeError`` when it is not of Keras or is damaged.
    static func read(_ source: ModelSource) throws -> KerasFile {
        switch source {
        case .file(let file): try read(file)
        case .folder(let folder):
            try folderFile(
                try withContext(.file("config.json")) { try folder.file("config.json") }, folder)
        }
    }

    /// Reads a file; weights stay in the mapped file.
    ///
    /// - Throws: ``HingeError`` when it is not a Keras file or is damaged.
    static func read(_ file: MappedFile) throws -> KerasFile {
        if ZipArchive.isZip(file.region) { return try zip(file) }
        if HDF5Archive.isHDF5(file.region) {
            return try hdf5(try HDF5Archive(file: file).root)
        }
        if file.has(Array("version https://git-lfs".utf8)) {
            throw HingeError(
                .badData,
                "the file is a Git LFS pointer, not the model itself; fetch it with 'git lfs pull'")
        }
        if file.startsAsJSON { return try json(file) }
        throw HingeError(
            .badData, "expected a Keras file (HDF5, zip or JSON), found another format")
    }

    /// What a file or folder holds that looks like one of Keras's; `nil` for others.
    static func content(of source: ModelSource) -> ModelContent? {
        switch source {
        case .file(let file): content(of: file)
        case .folder(let folder): content(of: folder)
        }
    }

    private static func content(of folder: ModelFolder) -> ModelContent? {
        guard let file = try? folder.file("config.json"), file.startsAsJSON,
            let json = try? JSONParser.parse(file.region), isConfiguration(json)
        else { return nil }
        return .model
    }

    private static func content(of file: MappedFile) -> ModelContent? {
        let region = file.region
        if ZipArchive.isZip(region) {
            guard let archive = try? ZipArchive(region: region) else {
                // What is left of a file that was cut off still begins with one of the members.
                return members.contains { file.has(Array($0.utf8), at: 30) } ? .model : nil
            }
            return archive.member("config.json") == nil ? nil : .model
        }
        if HDF5Archive.isHDF5(region) {
            // What is wrong with a damaged file, its reader says.
            guard let root = try? HDF5Archive(outlineOf: file).root else { return .weights }
            guard isKeras(root) else { return nil }
            return root.attribute("model_config") == nil ? .weights : .model
        }
        guard file.startsAsJSON, let json = try? JSONParser.parse(region) else { return nil }
        if json["weight_map"] != nil { return .weights }
        return isConfiguration(json) ? .model : nil
    }

    private static func isConfiguration(_ json: JSONValue) -> Bool {
        json["class_name"] != nil && json["config"] != nil
    }

    /// Whether the root of an HDF5 file, its groups and their attributes are those of a file of Keras.
    private static func isKeras(_ root: HDF5Group) -> Bool {
        if root.attribute("model_config") != nil { return true }
        let groups = [root, root.group("model_weights")].compactMap { $0 }
        return groups.contains { $0.stringList("layer_names") != nil }
            || root.attribute(HDF5Archive.plainWeightsMark) == nil
                && containers.contains { root.group($0) != nil }
    }

    private static let containers = ["layers", "_layer_checkpoint_dependencies", "vars"]

    private static let members = ["metadata.json", "config.json", "model.weights.h5"]
}

// MARK: - Zip

extension KerasFile {
    private static func zip(_ file: MappedFile) throws -> KerasFile {
        let archive = try ZipArchive(file: file)
        func json(_ name: String) throws -> JSONValue {
            let content = try archive.content(of: name)
            return try withContext(.path(name)) { try JSONParser.parse(content) }
        }
        let configuration = try json("config.json")
        let metadata = archive.member("metadata.json") == nil ? nil : try json("metadata.json")
        guard archive.member("model.weights.h5") != nil else {
            if archive.member("model.weights.npz") != nil {
                throw HingeError(
                    .unsupported,
                    "the weights are a pickled 'model.weights.npz', which Hinge does not read")
            }
            throw HingeError(.badData, "expected a member 'model.weights.h5', found none")
        }
        let root = try withContext(.path("model.weights.h5")) {
            try HDF5Archive(region: try archive.content(of: "model.weights.h5")).root
        }
        return KerasFile(
            kind: .archive, configuration: configuration, weights: .byPath([root]),
            version: metadata?["keras_version"]?.string)
    }
}

// MARK: - HDF5

extension KerasFile {
    private static func hdf5(_ root: HDF5Group) throws -> KerasFile {
        let tree = root.group("model_weights")
        if let attribute = root.attribute("model_config") {
            guard let json = attribute.string else {
                throw HingeError(
                    .badData, "expected a text in UTF-8", at: [.attribute("model_config")])
            }
            let configuration = try withContext(.attribute("model_config")) {
                try JSONParser.parse(json)
            }
            guard let tree else {
                throw HingeError(.badData, "expected a group 'model_weights', found none")
            }
            return KerasFile(
                kind: .legacyModel, configuration: configuration,
                weights: .byLayer(tree, path: "model_weights"),
                version: text(root, tree, "keras_version"),
                backend: text(root, tree, "backend"))
        }
        for (group, path) in [(root, ""), (tree, "model_weights")] {
            guard let group, group.stringList("layer_names") != nil else { continue }
            return KerasFile(
                kind: .legacyWeights, weights: .byLayer(group, path: path),
                version: text(root, group, "keras_version"),
                backend: text(root, group, "backend"))
        }
        guard containers.contains(where: { root.group($0) != nil }) else {
            throw HingeError(
                .badData,
                "expected the HDF5 file of a Keras model or of its weights, found other groups: "
                    + root.groupNames.prefix(4).joined(separator: ", "))
        }
        return KerasFile(kind: .weights, weights: .byPath([root]))
    }

    private static func text(_ root: HDF5Group, _ tree: HDF5Group?, _ name: String) -> String? {
        root.attribute(name)?.string ?? tree?.attribute(name)?.string
    }
}

// MARK: - JSON

extension KerasFile {
    private static func json(_ file: MappedFile) throws -> KerasFile {
        let json = try JSONParser.parse(file.region)
        if let map = json["weight_map"] { return try shards(map, in: file.folder) }
        guard json["class_name"] != nil, json["config"] != nil else {
            throw HingeError(
                .badData,
                "expected the configuration of a Keras model or the index of its weights, found "
                    + "other JSON")
        }
        if file.path.lastPathComponent == "config.json" {
            return try folderFile(file, ModelFolder(path: file.folder))
        }
        var result = KerasFile(
            kind: .weights, configuration: json, weights: nil,
            version: json["keras_version"]?.string, backend: json["backend"]?.string)
        try result.addWeights("\(file.path.removingSuffix(".json")).weights.h5") {
            try MappedFile(path: $0)
        }
        return result
    }

    /// Takes the weights of a file, if it is there.
    private mutating func addWeights(
        _ path: String, _ open: (String) throws -> MappedFile
    ) throws {
        guard let file = try? open(path) else { return }
        weights = try withContext(.file(path.lastPathComponent)) {
            try KerasFile.read(file).weights
        }
    }

    /// Reads the members of a `.keras` file that stand in a folder.
    private static func folderFile(
        _ configuration: MappedFile, _ folder: ModelFolder
    ) throws -> KerasFile {
        let json = try withContext(.file("config.json")) {
            try JSONParser.parse(configuration.region)
        }
        var result = KerasFile(
            kind: .folder, configuration: json, weights: nil,
            version: json["keras_version"]?.string, backend: json["backend"]?.string)
        if let metadata = try? folder.file("metadata.json") {
            result.version = try withContext(.file("metadata.json")) {
                try JSONParser.parse(metadata.region)["keras_version"]?.string
            }
        }
        try result.addWeights("model.weights.h5") { try folder.file($0) }
        return result
    }

    /// The weights that an index distributes over files in its own folder.
    private static func shards(_ map: JSONValue, in folder: String) throws -> KerasFile {
        guard let object = map.object else {
            throw HingeError(
                .badData, "expected an object, found \(map)", at: [.field("weight_map")])
        }
        var names: [String] = []
        for member in object.members {
            for value in member.value.array ?? [member.value] {
                guard let name = value.string, !name.isEmpty, name != ".", name != "..",
                    !name.contains("/"), !name.contains("\\"), !name.utf8.contains(0)
                else {
                    throw HingeError(
                        .badData, "expected the name of a file in the same folder, found \(value)",
                        at: [.field("weight_map")])
                }
                if !names.contains(name) { names.append(name) }
            }
        }
        guard names.count <= 10_000 else {
            throw HingeError(.limit, "expected at most 10000 files of weights")
        }
        let roots = try names.map { name in
            try withContext(.file(name)) {
                try HDF5Archive(file: MappedFile(path: "\(folder)/\(name)")).root
            }
        }
        return KerasFile(kind: .shardedWeights, weights: .byPath(roots))
    }
}

extension MappedFile {
    /// Whether the first character that isn't white space opens an object.
    fileprivate var startsAsJSON: Bool {
        let first = region.bytes.prefix(64).first { $0 > 0x20 }
        return first == UInt8(ascii: "{")
    }
}

extension String {
    /// The text without the given end, if it has it.
    func removingSuffix(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }

    /// What stands after the last `/`.
    var lastPathComponent: String {
        lastIndex(of: "/").map { String(self[index(after: $0)...]) } ?? self
    }
}
