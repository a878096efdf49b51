import HingeGraph
import HingeOperators
import HingeTransforms

/// A graph under construction from the layers of a model.
final class ModelBuild {
    /// What configurations mean.
    let semantics: KerasSemantics
    /// The graph so far.
    var graph: GraphBuilder
    /// The layer that is being built, the models around it first.
    private(set) var layers: [KerasLayerOrigin] = []
    /// Which layer each node of the graph belongs to.
    private var owners: [KerasLayerOrigin?] = []
    private var nodeNames: Set<String> = []
    /// Masks that calls have set, or taken away, after their tensors were computed.
    private var laterMasks: [GraphBuilder.Operand: GraphBuilder.Operand?] = [:]
    private var counters: [String: Int] = [:]
    private var callCount = 0

    /// The greatest number of calls of layers in a model, those of models inside it included.
    static let greatestCallCount = 1_000_000

    init(semantics: KerasSemantics, name: String) {
        self.semantics = semantics
        graph = GraphBuilder(name: name, opset: ConvertOpset.newest)
    }

    /// Runs `body`, whose nodes belong to a layer.
    ///
    /// - Throws: ``HingeError`` when there have been too many calls, or what `body` throws.
    func inside<Result>(
        _ origin: KerasLayerOrigin, _ body: () throws -> Result
    ) throws -> Result {
        callCount += 1
        guard callCount <= ModelBuild.greatestCallCount, layers.count < 64 else {
            throw HingeError(
                .limit,
                "the model has more than \(ModelBuild.greatestCallCount) layers, or models inside "
                    + "each other more than 64 deep")
        }
        layers.append(origin)
        defer { layers.removeLast() }
        return try body()
    }

    /// Gives a tensor another mask, or none, for the calls that follow.
    ///
    /// Keras keeps the mask with the tensor, where a call can change it.
    func setMask(_ mask: GraphBuilder.Operand?, of operand: GraphBuilder.Operand) {
        laterMasks[operand] = .some(mask)
    }

    /// A value with the mask that its tensor has by now.
    func current(_ value: KerasValue) -> KerasValue {
        guard let mask = laterMasks[value.operand] else { return value }
        return KerasValue(value.operand, mask: mask)
    }

    /// Adds an operator.
    func append(
        _ operator: any Operator, _ inputs: [GraphBuilder.Operand], outputCount: Int, name: String
    ) throws -> [GraphBuilder.Operand] {
        if let result = try appendWidened(`operator`, inputs, outputCount, name) { return result }
        let outputs = try graph.append(
            `operator`, inputs, outputCount: outputCount, name: name)
        while owners.count < graph.graph.nodes.count { owners.append(layers.last) }
        return outputs
    }

    /// Adds an operator that has no form for half precision: it computes in single precision.
    ///
    /// - Returns: `nil` when the operator has a form for its inputs' types.
    private func appendWidened(
        _ operator: any Operator, _ inputs: [GraphBuilder.Operand], _ outputCount: Int,
        _ name: String
    ) throws -> [GraphBuilder.Operand]? {
        let types = inputs.map { graph.type(of: $0)?.dataType }
        guard let half = types.compactMap({ $0 }).first(where: \.isHalf), !(`operator` is Cast)
        else { return nil }
        do {
            _ = try Speller.spell(
                `operator`, opset: graph.opset, inputs: inputs.map(\.name),
                outputs: (0..<outputCount).map { "output_\($0)" },
                known: inputs.map { graph.inferred($0) }, isTaken: { _ in false })
            return nil
        } catch let error as HingeError where error.code == .unsupported {
            let wide = try zip(inputs, types).map { input, type in
                guard type?.isHalf == true else { return input }
                return try appendCast(input, to: .float32, "\(name)/wide")
            }
            return try append(
                `operator`, wide, outputCount: outputCount,
                name: nodeName(name, "wide", isMain: false)
            ).map { output in
                guard graph.type(of: output)?.dataType == .float32 else { return output }
                return try appendCast(output, to: half, "\(name)/narrow")
            }
        }
    }

    private func appendCast(
        _ x: GraphBuilder.Operand, to type: DataType, _ hint: String
    ) throws -> GraphBuilder.Operand {
        try append(
            Cast(to: type), [x], outputCount: 1, name: nodeName(hint, "cast", isMain: false))[0]
    }

    /// A name for a node of a layer: the layer's own for what it mainly does, as long as no other
    /// node has it.
    func nodeName(_ layer: String, _ role: String, isMain: Bool) -> String {
        if isMain, nodeNames.insert(layer).inserted { return layer }
        let hint = "\(layer)/\(role)"
        if nodeNames.insert(hint).inserted { return hint }
        var number = counters[hint, default: 0]
        repeat { number += 1 } while !nodeNames.insert("\(hint)_\(number)").inserted
        counters[hint] = number
        return "\(hint)_\(number)"
    }

    /// The model, with what is known of its values, and its nodes' layers.
    func model() -> Model {
        var model = graph.model()
        for index in model.graph.nodes.indices where index < owners.count {
            guard let owner = owners[index] else { continue }
            model.graph.nodes[index].origin = Origin(owner)
        }
        model.graph.valueInfos = model.graph.nodes.flatMap(\.outputs).compactMap { name in
            guard !name.isEmpty, let type = graph.type(of: GraphBuilder.Operand(name: name))
            else { return nil }
            return ValueInfo(name: name, type: type)
        }
        return model
    }
}
