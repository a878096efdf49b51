import HingeGraph
import HingeHDF5

/// Finds the variables of layers in `.weights.h5` files, whose groups follow the attributes of
/// Python objects: `layers/dense_1/vars/0`, `layers/bidirectional/forward_layer/cell/vars/0`.
///
/// In a list of layers, the group of each is named after its class and, from the second of the
/// class on, a counter. Keras 2.12 and 2.13 call the list `_layer_checkpoint_dependencies`, and
/// count some layers twice.
struct PathWeightBinder {
    private let roots: [HDF5Group]
    private var used: Set<String> = []

    /// Creates a binder; several files are one tree together.
    init(_ roots: [HDF5Group]) {
        self.roots = roots
    }

    /// The weights of a model's layers.
    ///
    /// - Throws: ``HingeError`` when a variable is missing, or the file has others.
    mutating func bind(_ model: ModelLayer) throws -> LayerWeights {
        let weights = try bind(model.variables, at: "")
        try rejectOthers()
        return weights
    }

    private mutating func bind(_ variables: LayerVariables, at path: String) throws -> LayerWeights
    {
        var own: [String: StoredVariable] = [:]
        let names = datasetNames("\(path)vars")
        guard names.count == variables.own.count else {
            throw HingeError(
                .mismatch,
                "expected \(variables.own.count) weights, found \(names.count) in the file",
                at: [.path("\(path)vars")])
        }
        for (name, variable) in zip(names, variables.own) {
            let place = "\(path)vars/\(name)"
            guard let dataset = dataset(place) else { continue }
            used.insert(place)
            own[variable.name] = StoredVariable(path: place, dataset)
        }
        var groups: [String: LayerWeights] = [:]
        let paths = listedPaths(variables, at: path)
        for group in variables.groups {
            groups[group.name] = try withContext(.layer(name: group.name, type: group.className)) {
                let inner: String? =
                    switch group.location {
                    case .listed: paths[group.name]
                    case .attribute(let names): names.first { hasGroup("\(path)\($0)") }
                    }
                guard let inner else {
                    guard group.variables.count == 0 else {
                        throw HingeError(
                            .mismatch, "the file has no weights for it",
                            at: path.isEmpty ? [] : [.path(path)])
                    }
                    return LayerWeights(group.variables, [:])
                }
                return try bind(group.variables, at: "\(path)\(inner)/")
            }
        }
        return LayerWeights(variables: own, groups: groups)
    }
}

// MARK: - Lists of layers

extension PathWeightBinder {
    /// Where the layers of a list are, by the names by which the layer around them refers to them.
    private func listedPaths(_ variables: LayerVariables, at path: String) -> [String: String] {
        var layers: [ListKey: [LayerVariables.Group]] = [:]
        for group in variables.groups {
            guard case .listed(let list, let className) = group.location else { continue }
            let base = PythonName.snakeCase(className)
            layers[ListKey(list: list, base: base), default: []].append(group)
        }
        var paths: [String: String] = [:]
        for (key, groups) in layers {
            for list in [key.list, "_layer_checkpoint_dependencies"]
            where hasGroup("\(path)\(list)") {
                let isCounted = list != "_layer_checkpoint_dependencies"
                let stored = storedNames(key.base, at: "\(path)\(list)")
                for (name, group) in assign(groups, stored, "\(path)\(list)", isCounted) {
                    paths[group] = "\(list)/\(name)"
                }
                break
            }
        }
        return paths
    }

    private struct ListKey: Hashable {
        let list: String
        let base: String
    }

    /// Which group of the file each layer of a class has.
    private func assign(
        _ groups: [LayerVariables.Group], _ stored: [(name: String, index: Int)], _ list: String,
        _ isCounted: Bool
    ) -> [(name: String, group: String)] {
        // From 3.6 on, the file also has the layers' own names.
        let labels = Dictionary(
            stored.compactMap { item in label("\(list)/\(item.name)").map { ($0, item.name) } },
            uniquingKeysWith: { first, _ in first })
        if groups.allSatisfy({ labels[$0.name] != nil }) {
            return groups.map { (labels[$0.name] ?? "", $0.name) }
        }
        if isCounted {
            let byIndex = Dictionary(stored.map { ($0.index, $0.name) }) { first, _ in first }
            return groups.indices.compactMap { index in
                byIndex[index].map { ($0, groups[index].name) }
            }
        }
        return zip(stored, groups).map { ($0.name, $1.name) }
    }

    /// The groups of a list that belong to a class, by their counters.
    private func storedNames(_ base: String, at path: String) -> [(name: String, index: Int)] {
        groupNames(path).compactMap { name -> (name: String, index: Int)? in
            if name == base { return (name, 0) }
            guard name.hasPrefix(base + "_"),
                let index = Int(name.dropFirst(base.count + 1)), index > 0
            else { return nil }
            return (name, index)
        }.sorted { $0.index < $1.index }
    }

    private func label(_ path: String) -> String? {
        roots.lazy.compactMap { $0.group("\(path)/vars")?.attribute("name")?.string }.first
    }
}

// MARK: - What the files have

extension PathWeightBinder {
    private func hasGroup(_ path: String) -> Bool { roots.contains { $0.group(path) != nil } }

    private func dataset(_ path: String) -> HDF5Dataset? {
        roots.lazy.compactMap { $0.dataset(path) }.first
    }

    private func groupNames(_ path: String) -> [String] {
        roots.count == 1
            ? roots[0].group(path)?.groupNames ?? []
            : Array(Set(roots.flatMap { $0.group(path)?.groupNames ?? [] })).sorted()
    }

    /// The names of a layer's variables: `0`, `1`, … in the order of the numbers.
    private func datasetNames(_ path: String) -> [String] {
        Set(roots.flatMap { $0.group(path)?.datasetNames ?? [] })
            .sorted { (Int($0) ?? .max, $0) < (Int($1) ?? .max, $1) }
    }

    /// Throws when the files have variables that no layer asked for.
    private func rejectOthers() throws {
        for root in roots {
            for (path, _) in root.datasets where !used.contains(path) {
                let isForTraining = ["optimizer", "metrics", "_metrics", "compile_metrics"]
                    .contains { path.hasPrefix("\($0)/") }
                // The state of a random generator, and a wrapped kernel that stands again in its wrapper.
                let isState = path.contains("seed_generator/")
                guard isForTraining || isState else {
                    throw HingeError(
                        .mismatch, "the file has weights that no layer of the model has",
                        at: [.path(path)])
                }
            }
        }
    }
}

extension LayerVariables.Group {
    /// The class, for error messages.
    fileprivate var className: String {
        if case .listed(_, let className) = location { className } else { "part of a layer" }
    }
}

/// Names that Keras makes from the names of Python classes.
enum PythonName {
    /// The name of a class in the form that `.weights.h5` files use: `conv2d_transpose` of
    /// `Conv2DTranspose`.
    static func snakeCase(_ className: String) -> String {
        // The only class whose Python name isn't that of the configuration.
        let name = className == "GroupQueryAttention" ? "GroupedQueryAttention" : className
        let words = name.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        var result: [Character] = []
        let characters = Array(words)
        for (index, character) in characters.enumerated() {
            if index > 0, character.isUppercase {
                let next = index + 1 < characters.count ? characters[index + 1] : "A"
                let beginsWord = next.isLowercase
                let endsWord = characters[index - 1].isLowercase
                if beginsWord || endsWord, result.last != "_" { result.append("_") }
            }
            result.append(Character(character.lowercased()))
        }
        return String(result)
    }
}
