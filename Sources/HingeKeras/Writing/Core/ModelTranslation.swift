import HingeGraph
import HingeOperators
import HingeTransforms

/// Translates a model into Keras's layers.
///
/// 1. Functions are inlined, spatial operators brought into the channels-last layout, and types inferred.
/// 2. Each node whose outputs aren't constants is written by the rule for its operator.
/// 3. The layers are put in Keras's own order, without those that no output needs.
enum ModelTranslation {
    /// Translates a model.
    ///
    /// - Throws: ``HingeError`` with the node as its context when Keras can't express it.
    static func translate(_ model: Model, target: ConfigWriter.Target) throws -> WrittenModel {
        let prepared = try prepare(model)
        let inference = InferTypes(constantLimit: constantLimit)
        let inferred = try inference.infer(prepared)
        let writing = ModelWriting(prepared.graph, inferred, target: target)
        writing.reservePublicNames()
        let inputs = try prepared.graph.requiredInputs.map { input in
            try withContext(.value(input.name)) { try self.input(input, writing) }
        }
        for index in prepared.graph.nodes.indices where !writing.absorbed.contains(index) {
            try write(index, writing)
        }
        let outputs = try prepared.graph.outputs.map { output in
            try withContext(.value(output.name)) { try self.output(output.name, writing) }
        }
        let order = WrittenOrder.order(
            parents: writing.layers.map { $0.arguments.leaves.map(\.layer) },
            outputs: outputs.map(\.layer), inputs: inputs.map(\.layer))
        let name = LayerNames.clean(model.graph.name.isEmpty ? "model" : model.graph.name)
        return WrittenModel(
            name: name, layers: writing.layers, order: order, inputs: inputs, outputs: outputs)
    }

    /// The largest number of elements of a constant that is computed on the way.
    private static let constantLimit = 1 << 26

    private static func prepare(_ model: Model) throws -> Model {
        var model = model
        try model.run([InlineFunctions(), Layout(to: .channelsLast)])
        return model
    }

    private static func input(_ input: ValueInfo, _ writing: ModelWriting) throws -> KerasTensor {
        let type = try ModelWriting.outputType(input.name, writing.inferred)
        let layer = InputLayer(
            shape: type.shape.dimensions.map(\.extent), dataType: type.type)
        let name = writing.takePublicName(input.name) ?? writing.name(input.name)
        let tensor = writing.append(
            WrittenLayer(
                name: name, kind: .layer(layer, computesIn: .float32),
                arguments: CallArguments([]), outputs: [type]))[0]
        writing.set(input.name, tensor)
        return tensor
    }

    private static func write(_ index: Int, _ writing: ModelWriting) throws {
        let node = writing.graph.nodes[index]
        let outputs = node.outputs.filter { !$0.isEmpty }
        guard outputs.contains(where: { writing.inferred.constant($0) == nil }) else { return }
        try withContext(node.place) {
            guard var source = writing.inferred.operators[index] else {
                throw HingeError(.unsupported, "the operator can't be expressed in Keras")
            }
            let isChannelsLast = source is ChannelsLast
            if let outer = source as? ChannelsLast { source = outer.base }
            let id = source.id
            guard let rule = RuleRegistry.rules[id] else {
                throw HingeError(.unsupported, "the operator can't be expressed in Keras")
            }
            let context = NodeWriting(
                model: writing, index: index, operator: source, isChannelsLast: isChannelsLast)
            let tensors = try rule.write(any: source, context)
            guard tensors.count >= outputs.count else {
                throw HingeError(
                    .internalError, "expected \(outputs.count) tensors, found \(tensors.count)")
            }
            for (name, tensor) in zip(node.outputs, tensors) { writing.set(name, tensor) }
            writing.setAbsorbed(after: node)
        }
    }

    /// The tensor of an output; it has a layer of its own, named after it, if it comes from one of another name.
    private static func output(_ name: String, _ writing: ModelWriting) throws -> KerasTensor {
        if writing.inferred.constant(name) != nil {
            throw HingeError(
                .unsupported, "the output is a constant, which a Keras model can't give out")
        }
        let tensor = try writing.tensor(name)
        guard let layerName = writing.takePublicName(name) else { return tensor }
        return writing.append(
            WrittenLayer(
                name: layerName,
                kind: .layer(
                    ActivationLayer(activation: .linear),
                    computesIn: tensor.type.isFloatingPoint ? tensor.type : .float32),
                arguments: CallArguments([.tensor(tensor)]),
                outputs: [OutputType(tensor.type, tensor.shape)]))[0]
    }
}
