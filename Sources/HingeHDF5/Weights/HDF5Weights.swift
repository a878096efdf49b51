import HingeGraph

/// The weights that a file holds, in order.
struct HDF5Weights {
    /// A weight.
    private struct Weight {
        let name: ByteString
        let path: String
        let tensor: Tensor
    }

    private var weights: [Weight] = []
    /// Whether the file states the names, so that nothing needs to be guessed.
    private let isOurs: Bool

    /// Takes the weights out of an archive.
    ///
    /// - Throws: ``HingeError`` when there are datasets that are no tensors.
    init(_ archive: HDF5Archive) throws {
        isOurs = archive.attribute(HDF5Archive.plainWeightsMark) != nil
        var found: [(index: Int, weight: Weight)] = []
        for (path, dataset) in archive.datasets {
            let tensor = try dataset.tensor()
            var (name, index) = (path, 0)
            if isOurs {
                name = dataset.attribute("name")?.string ?? path
                index = dataset.attribute("index")?.integers?.first ?? 0
            }
            found.append((index, Weight(name: ByteString(name), path: path, tensor: tensor)))
        }
        // What has the same index, or none, stays in the order of paths.
        weights = found.enumerated().sorted {
            ($0.element.index, $0.offset) < ($1.element.index, $1.offset)
        }.map(\.element.weight)
    }

    /// A model that has the weights and nothing else.
    var model: Model {
        let initializers = weights.map { NamedTensor(name: $0.name.description, $0.tensor) }
        return Model(graph: Graph(name: "weights", initializers: initializers), opsetImports: [])
    }

    /// Puts the weights into a model that has weights of the same names.
    ///
    /// - Throws: ``HingeError`` when the file has too few weights or too many, or one of another type or shape.
    func replaceWeights(of model: inout Model) throws {
        let wanted = model.graph.weights
        let indices = match(wanted.map { ByteString($0.name) })
        var place = 0
        var missing: [String] = []
        try model.graph.updateWeights { name, tensor, isConstant in
            let index = indices[place]
            place += 1
            guard let index else {
                // Constants are part of the graph, which those who write other files need not know.
                if isOurs || !isConstant { missing.append(name) }
                return
            }
            let found = weights[index].tensor
            guard found.shape == tensor.shape, found.dataType == tensor.dataType else {
                throw HingeError(
                    .mismatch,
                    "expected \(tensor.dataType)\(tensor.shape), found "
                        + "\(found.dataType)\(found.shape) at '\(weights[index].path)'",
                    at: [.tensor(name)])
            }
            tensor = found
        }
        let used = Set(indices.compactMap { $0 })
        let extra = weights.indices.filter { !used.contains($0) }.map { weights[$0].path }
        guard missing.isEmpty, extra.isEmpty else {
            throw Self.mismatch(missing: missing, extra: extra)
        }
    }

    /// For each of the names that a model has, the weight that it stands for.
    private func match(_ names: [ByteString]) -> [Int?] {
        var result = [Int?](repeating: nil, count: names.count)
        var byName: [ByteString: [Int]] = [:]
        for index in weights.indices.reversed() {
            byName[weights[index].name, default: []].append(index)
        }
        for (place, name) in names.enumerated() { result[place] = byName[name]?.popLast() }
        guard !isOurs else { return result }

        var byKey: [[UInt8]: [Int]] = [:]
        for (name, indices) in byName { byKey[Self.key(name), default: []] += indices }
        let open = names.indices.filter { result[$0] == nil }
        let places = Dictionary(grouping: open) { Self.key(names[$0]) }
        for (key, places) in places where places.count == 1 {
            // Two that a name could mean are no answer.
            if let indices = byKey[key], indices.count == 1 { result[places[0]] = indices[0] }
        }
        return result
    }

    /// What is the same for names that mean the same to different tools: `/layer/weight`, `layer.weight`, and
    /// `layer/weight:0`.
    private static func key(_ name: ByteString) -> [UInt8] {
        let (dot, slash) = (UInt8(ascii: "."), UInt8(ascii: "/"))
        var key = name.bytes.map { $0 == slash ? dot : $0 }
        if key.first == dot { key.removeFirst() }
        if key.suffix(2) == Array(":0".utf8)[...] { key.removeLast(2) }
        return key
    }

    private static func mismatch(missing: [String], extra: [String]) -> HingeError {
        func list(_ names: [String]) -> String {
            let shown = names.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
            return names.count > 3 ? "\(shown) and \(names.count - 3) more" : shown
        }
        var parts: [String] = []
        if !missing.isEmpty { parts.append("the file lacks the model's \(list(missing))") }
        if !extra.isEmpty { parts.append("the model has no \(list(extra)), which the file has") }
        return HingeError(.mismatch, parts.joined(separator: "; "))
    }
}

// MARK: - Writing

extension HDF5Weights {
    /// The file of weights.
    ///
    /// - Throws: ``HingeError`` when a weight has a name that a file can't hold.
    static func archive(_ weights: [(name: String, tensor: Tensor)]) throws -> HDF5Archive {
        var archive = HDF5Archive()
        archive.root.attributes[HDF5Archive.plainWeightsMark] = HDF5Attribute(
            Tensor(scalar: 1 as Int64))
        let paths = HDF5WeightPaths.paths(of: weights.map(\.name))
        // In the order of paths, each group grows at its end.
        let order = weights.indices.sorted {
            paths[$0].utf8.lexicographicallyPrecedes(paths[$1].utf8)
        }
        for index in order {
            let (name, tensor) = weights[index]
            try withContext(.tensor(name)) {
                var attributes = HDF5Attributes()
                attributes["index"] = HDF5Attribute(Tensor(scalar: Int64(index)))
                if !paths[index].utf8.elementsEqual(name.utf8) {
                    attributes["name"] = HDF5Attribute(name)
                }
                try archive.add(HDF5Dataset(tensor, attributes: attributes), at: paths[index])
            }
        }
        return archive
    }
}
