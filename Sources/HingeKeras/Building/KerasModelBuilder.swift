import HingeGraph
import HingeOperators

/// Builds the graph of a model from its layers and their weights.
struct KerasModelBuilder {
    private let architecture: ModelArchitecture
    private let semantics: KerasSemantics

    /// Creates a builder.
    init(_ architecture: ModelArchitecture, _ semantics: KerasSemantics) {
        self.architecture = architecture
        self.semantics = semantics
    }

    /// The model.
    ///
    /// - Throws: ``HingeError`` with the layer as its context.
    func build(_ weights: LayerWeights) throws -> Model {
        let build = ModelBuild(semantics: semantics, name: architecture.name)
        let inputs = try names(architecture.inputs).map { name, reference in
            try input(name, reference, build)
        }
        let context = LayerContext(
            build: build, name: "", weights: weights, policy: TypePolicy.standard)
        let layer = ModelLayer(architecture: architecture)
        let outputs = try layer.build(
            LayerCall(
                arguments: CallArguments([.list(inputs.map { .tensor(KerasValue($0)) })]),
                semantics: semantics),
            context)
        var model = build.model()
        var taken: Set<String> = []
        let outputNames = names(architecture.outputs).map { name, _ in name.unique(&taken) }
        model.graph.setOutputs(zip(outputs, outputNames).map { ($0.operand.name, $1) }, build)
        model.producerVersion = ""
        return model
    }

    /// The names by which callers know the tensors of a structure: keys of a dictionary, or the
    /// names of layers.
    private func names(
        _ structure: CallArgument<TensorReference>
    ) -> [(name: String, reference: TensorReference)] {
        if case .dictionary(let items) = structure {
            return items.sorted { $0.key.isLess(than: $1.key) }.flatMap { key, value in
                let leaves = value.leaves
                return leaves.enumerated().map { index, leaf in
                    (leaves.count == 1 ? key : "\(key)_\(index)", leaf)
                }
            }
        }
        return structure.leaves.map { ($0.layer, $0) }
    }

    private func input(
        _ name: String, _ reference: TensorReference, _ build: ModelBuild
    ) throws -> Operand {
        let entry = try architecture.entry(reference.layer)
        return try withContext(entry.instance.object.place) {
            guard let input = entry.instance.layer as? InputLayer else {
                throw HingeError(
                    .unsupported, "a model whose input is a layer's output is not supported")
            }
            guard let shape = input.shape else {
                throw HingeError(
                    .unsupported, "the configuration states no shape of the model's input")
            }
            let dimensions = shape.enumerated().map { index, extent -> Dimension in
                if let extent { return .known(extent) }
                return .symbolic(index == 0 ? "N" : "\(name)_\(index)")
            }
            return build.graph.input(name, input.dataType, Shape(dimensions))
        }
    }
}

extension String {
    /// This name, or one made from it that isn't taken yet.
    fileprivate func unique(_ taken: inout Set<String>) -> String {
        var name = self
        var number = 0
        while !taken.insert(name).inserted {
            number += 1
            name = "\(self)_\(number)"
        }
        return name
    }
}

extension Graph {
    /// Makes values the outputs of the graph, under new names.
    ///
    /// A value that has the name of an output and isn't that one gets another; an input, or a value
    /// that is several outputs, is passed on.
    fileprivate mutating func setOutputs(
        _ wanted: [(value: String, name: String)], _ build: ModelBuild
    ) {
        let names = Set(wanted.map(\.name))
        let produced = Set(nodes.flatMap(\.outputs))
        var renamed: [String: String] = [:]
        var passed: [(value: String, name: String)] = []
        for (value, name) in wanted {
            if produced.contains(value), renamed[value] == nil {
                renamed[value] = name
            } else {
                passed.append((value, name))
            }
        }
        var taken = produced.union(inputs.map(\.name)).union(initializers.map(\.name)).union(names)
        for value in produced where names.contains(value) && renamed[value] == nil {
            renamed[value] = "\(value)/inner".unique(&taken)
        }
        // An input keeps its name; an output of that name gets another.
        let inputNames = Set(inputs.map(\.name))
        for (value, name) in renamed where inputNames.contains(name) {
            renamed[value] = "\(name)_output".unique(&taken)
        }
        outputs = wanted.map { value, name in
            let type = build.graph.type(of: Operand(name: value))
            let final =
                passed.contains { $0 == (value, name) } ? name : renamed[value] ?? name
            return ValueInfo(name: final, type: type)
        }
        for index in nodes.indices {
            nodes[index].inputs = nodes[index].inputs.map { renamed[$0] ?? $0 }
            nodes[index].outputs = nodes[index].outputs.map { renamed[$0] ?? $0 }
        }
        for index in valueInfos.indices {
            valueInfos[index].name = renamed[valueInfos[index].name] ?? valueInfos[index].name
        }
        for (value, name) in passed {
            nodes.append(
                Node("Identity", name: name, inputs: [renamed[value] ?? value], outputs: [name]))
        }
        valueInfos.removeAll { info in outputs.contains { $0.name == info.name } }
    }
}
