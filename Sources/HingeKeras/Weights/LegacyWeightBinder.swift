import HingeGraph
import HingeHDF5

/// Finds the variables of layers in a legacy file: each layer of the outermost model has a group
/// with the list `weight_names`, in whose order the variables of the layer and of all layers inside
/// it stand.
///
/// In that list, the variables that training changes come first; what is frozen comes after.
struct LegacyWeightBinder {
    private let root: HDF5Group
    private let path: String
    private let semantics: KerasSemantics

    /// Creates a binder of the layers in a group.
    init(_ root: HDF5Group, path: String, semantics: KerasSemantics) {
        self.root = root
        self.path = path
        self.semantics = semantics
    }

    /// The weights of a model's layers.
    ///
    /// - Throws: ``HingeError`` when a variable is missing, or the file has others.
    func bind(_ model: ModelArchitecture) throws -> LayerWeights {
        let names = root.stringList("layer_names") ?? []
        let known = Set(model.entries.map(\.name))
        for name in names where !known.contains(name) {
            guard try weightNames(name).isEmpty else {
                throw HingeError(
                    .mismatch, "the file has weights of a layer '\(name)', which the model hasn't",
                    at: [.path(at(name))])
            }
        }
        var groups: [String: LayerWeights] = [:]
        for entry in model.entries {
            groups[entry.name] = try withContext(entry.instance.object.place) {
                try bind(entry.instance, isListed: names.contains(entry.name))
            }
        }
        return LayerWeights(groups: groups)
    }

    private func at(_ name: String) -> String { path.isEmpty ? name : "\(path)/\(name)" }

    private func weightNames(_ layer: String) throws -> [String] {
        guard let group = root.group(layer) else { return [] }
        guard let names = group.stringList("weight_names") else {
            throw HingeError(
                .badData, "expected a list of names",
                at: [.path(at(layer)), .attribute("weight_names")])
        }
        return names
    }

    private func bind(_ instance: LayerInstance, isListed: Bool) throws -> LayerWeights {
        let names = isListed ? try weightNames(instance.name) : []
        let stored = try names.map { name in
            let path = "\(instance.name)/\(name)"
            guard let dataset = root.dataset(path) else {
                throw HingeError(.badData, "there is no such dataset", at: [.path(at(path))])
            }
            return StoredVariable(path: at(path), dataset)
        }
        if semantics.generation == .keras1 {
            let modern = try Keras1Weights.modern(stored, instance)
            let expected = ExpectedVariable.legacyOrder(
                instance.layer.variables, isTrainable: instance.isTrainable)
            try requireCount(expected, modern.count)
            return LayerWeights(instance.layer.variables, assigning(expected, modern))
        }
        return try bind(instance, names, stored)
    }

    private func bind(
        _ instance: LayerInstance, _ names: [String], _ stored: [StoredVariable]
    ) throws -> LayerWeights {
        let expected = ExpectedVariable.legacyOrder(
            instance.layer.variables, isTrainable: isTrainable(instance))
        try requireCount(expected, stored.count)
        guard let order = StoredName.assign(names.map { StoredName($0) }, to: expected) else {
            let listed = names.prefix(6).joined(separator: ", ")
            let wanted = expected.prefix(6).map(\.fullName).joined(separator: ", ")
            throw HingeError(
                .mismatch,
                "expected variables \(wanted)\(expected.count > 6 ? " …" : ""), "
                    + "found \(listed)\(names.count > 6 ? " …" : "")",
                at: [.path(at(instance.name))])
        }
        return LayerWeights(
            instance.layer.variables, assigning(expected, order.map { stored[$0] }))
    }

    /// Whether the layer counts as one that training changes.
    ///
    /// In Keras 2 before TensorFlow's, only the flags of the layers inside a frozen model count.
    private func isTrainable(_ instance: LayerInstance) -> Bool {
        semantics.generation == .keras2 && instance.layer is ModelLayer || instance.isTrainable
    }

    private func requireCount(_ expected: [ExpectedVariable], _ count: Int) throws {
        guard expected.count == count else {
            throw HingeError(
                .mismatch, "expected \(expected.count) weights, found \(count) in the file")
        }
    }

    private func assigning(
        _ expected: [ExpectedVariable], _ stored: [StoredVariable]
    ) -> [[String]: StoredVariable] {
        Dictionary(
            zip(expected.map { $0.path + [$0.variable.name] }, stored),
            uniquingKeysWith: { first, _ in first })
    }
}

extension LayerWeights {
    /// Arranges variables that were found by their paths below the layer.
    convenience init(
        _ variables: LayerVariables, _ found: [[String]: StoredVariable], path: [String] = []
    ) {
        var own: [String: StoredVariable] = [:]
        for variable in variables.own { own[variable.name] = found[path + [variable.name]] }
        var groups: [String: LayerWeights] = [:]
        for group in variables.groups {
            groups[group.name] = LayerWeights(
                group.variables, found, path: path + [group.name])
        }
        self.init(variables: own, groups: groups)
    }
}

extension ExpectedVariable {
    /// The names of the layers around it and its own.
    fileprivate var fullName: String { (path + [variable.name]).joined(separator: "/") }
}
