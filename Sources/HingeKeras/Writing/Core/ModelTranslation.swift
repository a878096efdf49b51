import HingeGraph
import HingeOperators
import HingeProgram
import HingeTransforms

/// Translates a model into Keras's layers.
///
/// 1. Functions are inlined, and all operators brought into their newest form, so that no rule needs to know how older
///    versions wrote them; then spatial operators into the channels-last layout.
/// 2. Each node whose outputs aren't constants is written by the rule for its operator.
/// 3. The layers are put in Keras's own order, without those that no output needs.
enum ModelTranslation {
    /// Translates a model.
    ///
    /// - Throws: ``HingeError`` with the node as its context when Keras can't express it.
    static func translate(_ model: Model, target: ConfigWriter.Target) throws -> WrittenModel {
        let attempt = try Attempt(model, target: target)
        if let obstacle = attempt.obstacles.first { throw obstacle }
        let order = WrittenOrder.order(
            parents: attempt.writing.layers.map { $0.arguments.leaves.map(\.layer) },
            outputs: attempt.outputs.map(\.layer), inputs: attempt.inputs.map(\.layer))
        let name = LayerNames.clean(model.graph.name.isEmpty ? "model" : model.graph.name)
        return WrittenModel(
            name: name, layers: attempt.writing.layers, order: order, inputs: attempt.inputs,
            outputs: attempt.outputs)
    }

    /// Everything that Keras can't express and that an output of the model needs, in the order of the inputs and outputs.
    ///
    /// The first is what ``translate(_:target:)`` throws.
    static func obstacles(_ model: Model, target: ConfigWriter.Target) -> [HingeError] {
        do {
            return try Attempt(model, target: target).obstacles
        } catch {
            return [
                (error as? HingeError)
                    ?? HingeError(.internalError, "\(error)", underlying: error)
            ]
        }
    }

    /// The layers of a model as far as there are any, and what stood in the way of the others.
    private struct Attempt {
        let writing: ModelWriting
        private(set) var inputs: [KerasTensor] = []
        private(set) var outputs: [KerasTensor] = []
        private(set) var obstacles: [HingeError] = []

        /// - Throws: ``HingeError`` when the model can't be understood.
        init(_ model: Model, target: ConfigWriter.Target) throws {
            let prepared = try prepare(model)
            let inference = InferTypes(constantLimit: constantLimit)
            writing = ModelWriting(
                prepared.graph, try inference.infer(prepared), target: target)
            writing.reservePublicNames()
            for input in prepared.graph.requiredInputs {
                do {
                    inputs.append(
                        try withContext(.value(input.name)) {
                            try ModelTranslation.input(input, writing)
                        })
                } catch let error as HingeError {
                    writing.fail(input.name, error)
                    add(error)
                }
            }
            for index in prepared.graph.nodes.indices where !writing.absorbed.contains(index) {
                do {
                    try write(index, writing)
                } catch let failure as Failure {
                    writing.fail(prepared.graph.nodes[index], failure.reason)
                } catch let error as HingeError {
                    // Computations of shapes, for instance, needn't be expressed: inference knows their results.
                    writing.fail(prepared.graph.nodes[index], error)
                    writing.causes[index] = error
                }
            }
            for name in prepared.graph.outputs.map(\.name) {
                do {
                    outputs.append(try output(name, inputs, writing))
                } catch let error as HingeError {
                    add(error)
                    writing.causes(of: name).forEach { add($0) }
                }
            }
        }

        private mutating func add(_ error: HingeError) {
            if !obstacles.contains(where: { $0.description == error.description }) {
                obstacles.append(error)
            }
        }
    }

    /// The largest number of elements of a constant that is computed on the way.
    private static let constantLimit = 1 << 26

    private static func prepare(_ model: Model) throws -> Model {
        var model = model
        // A model with training information keeps its version; Keras has no place for it.
        model.trainingInfos = []
        var options = ProgramOptions()
        options.inlinesFunctions = true
        // What doesn't fit is said where types are inferred.
        options.inference.isLenient = !model.functions.isEmpty
        try ConvertOpset(to: ConvertOpset.newest).run(
            &model, options, after: [Decompose(), RemoveUnused()])
        // Not before: what only an older version has is other operators in the newest.
        _ = try Layout(to: .channelsLast).run(&model)
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
        if writing.isDone(node) { return }
        do {
            try write(node, at: index, writing)
        } catch let error as HingeError {
            // An operator in our layout is known to users by the name of its base.
            let isOurs = node.domain == ChannelsLast.domain
            throw error.adding(isOurs ? .node(name: node.name, type: node.type) : node.place)
        }
    }

    private static func write(_ node: Node, at index: Int, _ writing: ModelWriting) throws {
        guard let source = writing.operator(index), let rule = RuleRegistry.rules[source.id] else {
            throw HingeError(.unsupported, "the operator can't be expressed in Keras")
        }
        let isChannelsLast = writing.inferred.operators[index] is ChannelsLast
        if isChannelsLast, let constant = try fold(source, node, writing) {
            return writing.set(node.outputs[0], constant: constant)
        }
        let context = NodeWriting(
            model: writing, index: index, operator: source, isChannelsLast: isChannelsLast)
        let tensors = try rule.write(any: source, context)
        guard node.outputs.indices.dropFirst(tensors.count).allSatisfy({ !context.isUsed($0) })
        else {
            throw HingeError(
                .unsupported, "an output that is used can't be expressed in Keras")
        }
        for (name, tensor) in zip(node.outputs, tensors) { writing.set(name, tensor) }
        writing.setAbsorbed(after: node)
    }

    /// What a channels-last operator gives for constants; `nil` when not all its inputs are.
    private static func fold(
        _ source: any Operator, _ node: Node, _ writing: ModelWriting
    ) throws -> Tensor? {
        var inputs: [Value?] = []
        for name in node.inputs {
            guard !name.isEmpty else {
                inputs.append(nil)
                continue
            }
            guard var constant = writing.constant(name) else { return nil }
            if inputs.isEmpty {
                constant = try .fold(
                    Transpose(ChannelsLast.permutationToFirst(rank: constant.rank)), constant)
            }
            inputs.append(.tensor(constant))
        }
        var context = EvaluationContext(inputs: inputs)
        try source.evaluate(&context)
        guard let result = context.outputs[0]?.tensor else { return nil }
        return try .fold(Transpose(ChannelsLast.permutationToLast(rank: result.rank)), result)
    }

    /// The tensor of an output; it has a layer of its own, named after it, if it comes from one of another name.
    private static func output(
        _ name: String, _ inputs: [KerasTensor], _ writing: ModelWriting
    ) throws -> KerasTensor {
        if let constant = writing.constant(name) {
            return try withContext(.value(name)) {
                guard let source = inputs.first(where: { $0.type != .string && $0.type != .uint64 })
                else {
                    throw HingeError(
                        .unsupported, "the output is a constant, and the model has no input")
                }
                let layer = writing.takePublicName(name) ?? writing.name(name)
                return try writing.tensor(constant: constant, from: source, layer)
            }
        }
        let tensor: KerasTensor
        do {
            tensor = try writing.tensor(name)
        } catch let failure as Failure {
            throw failure.reason
        }
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
