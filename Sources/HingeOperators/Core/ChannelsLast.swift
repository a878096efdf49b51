import HingeGraph

/// A spatial operator whose first input and first output are channels-last: `[N, spatial…, C]`,
/// where the operator itself has `[N, C, spatial…]`.
///
/// N is the batch, C the channels. Weights stay as they are.
///
/// It stands in graphs only while a model goes between formats: the Keras reader makes it, the Keras writer
/// wants it, and the layout pass turns it into transposes around the operator itself and back. Its nodes
/// have the domain ``domain`` and are else spelled as those of the operator.
public struct ChannelsLast: Operator {
    /// The operator as it is for `[N, C, spatial…]`.
    public var base: any Operator

    /// Creates the channels-last form of an operator.
    public init(_ base: any Operator) {
        self.base = base
    }
}

public extension ChannelsLast {
    static let type = ""
    static let domain = "dev.hinge.channels_last"

    init(_ node: NodeReader) throws {
        var plain = node.node
        plain.domain = ""
        base = try OperatorRegistry.standard.read(
            NodeReader(
                plain, opset: node.opset, inputTypes: node.inputTypes,
                constants: plain.inputs.indices.map { node.constant($0) }))
    }

    var id: OperatorID { OperatorID(domain: Self.domain, type: base.id.type) }

    var operandValues: [Int: Tensor] { base.operandValues }

    static func == (left: Self, right: Self) -> Bool {
        AnyHashable(left.base) == AnyHashable(right.base)
    }

    func hash(into hasher: inout Hasher) { hasher.combine(AnyHashable(base)) }

    func spell(_ speller: inout Speller) throws {
        try base.spell(&speller)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        var inputs = context.inputs
        if let shape = context.shape(0) {
            try context.require(
                shape.rank >= 2, "expected a batch, channels and what is between, found \(shape)")
            inputs[0] = .tensor(
                context.dataType(0), Shape(ChannelsLast.toFirst(shape.dimensions)))
        }
        var outputs = try base.infer(
            InferenceContext(inputs: inputs, outputCount: context.outputCount))
        if let first = outputs.first, let shape = first.type?.shape {
            outputs[0] = .tensor(
                first.type?.dataType, Shape(ChannelsLast.toLast(shape.dimensions)))
        }
        return outputs
    }

    func multiplyAccumulates(_ context: InferenceContext, _ outputs: [Inferred]) -> Int {
        base.multiplyAccumulates(context, outputs)
    }

    /// There is no evaluation: the layout pass has removed these nodes before anything runs.
    func evaluate(_ context: inout EvaluationContext) throws {
        throw HingeError(
            .unsupported, "\(id) is still in the graph; the layout pass removes it before running"
        )
    }

    /// The order of a channels-last list of dimensions, channels first: `[0, n, 1, 2, …]`.
    static func permutationToFirst(rank: Int) -> [Int] {
        rank < 2 ? Array(0..<rank) : [0, rank - 1] + Array(1..<rank - 1)
    }

    /// The order of a channels-first list of dimensions, channels last: `[0, 2, 3, …, 1]`.
    static func permutationToLast(rank: Int) -> [Int] {
        rank < 2 ? Array(0..<rank) : [0] + Array(2..<rank) + [1]
    }

    static func toFirst<Element>(_ list: [Element]) -> [Element] {
        permutationToFirst(rank: list.count).map { list[$0] }
    }

    static func toLast<Element>(_ list: [Element]) -> [Element] {
        permutationToLast(rank: list.count).map { list[$0] }
    }
}
