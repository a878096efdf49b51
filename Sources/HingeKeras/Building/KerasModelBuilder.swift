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
        // An input that is an output, too, is known by two names.
        let inputNames = Set(inputs.map(\.name))
        var taken = inputNames
        let outputNames = names(architecture.outputs).map { name, _ in
            (inputNames.contains(name) ? "\(name)_output" : name).unique(&taken)
        }
        model.graph.setOutputs(zip(outputs, outputNames).map { ($0.operand.name, $1) }, build)
        model.makeNodeNamesUnique()
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
            let dimensions = shape.enumerated().map { index, extent -> Shape.Dimension in
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
    /// Makes values the outputs of the graph, under new names, which no input has.
    ///
    /// Another value that has the name of an output gets another. An input, a constant, or a value that is several
    /// outputs, is passed on by an `Identity`.
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
        let constants = initializers.map(\.name)
        var taken = produced.union(inputs.map(\.name)).union(constants).union(names)
        for value in produced.union(constants).sorted()
        where names.contains(value) && renamed[value] == nil {
            renamed[value] = "\(value)/inner".unique(&taken)
        }
        outputs = wanted.map { value, name in
            ValueInfo(name: name, type: build.graph.type(of: Operand(name: value)))
        }
        for index in initializers.indices {
            initializers[index].name = renamed[initializers[index].name] ?? initializers[index].name
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
        valueInfos.removeAll { info in names.contains(info.name) }
    }
}
