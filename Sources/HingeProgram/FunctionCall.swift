import HingeGraph
import HingeOperators

/// A call of one of the model's functions, kept as it is.
///
/// The step that holds it has the function's body, with the attributes that the call gives, as its one body; it is
/// never spelled, since the function itself stays in the model.
struct FunctionCall: Operator {
    /// The name of the body.
    static let body = ""

    let node: Node

    static let type = ""

    init(_ node: Node) { self.node = node }
    init(_ node: NodeReader) { self.node = node.node }

    func hash(into hasher: inout Hasher) { hasher.combine(id) }

    var id: OperatorID { OperatorID(domain: node.domain, type: node.type) }

    func spell(_ speller: inout Speller) {
        speller.emit(node.type, node.attributes)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try context.infer(Self.body, context.inputs) ?? []
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        for (index, value) in try context.run(Self.body, context.inputs).enumerated() {
            if let value { context.set(index, value) }
        }
    }
}

/// A node whose operator isn't known, or can't be read where it stands; it can only be written back as it was.
struct OpaqueOperation: Operator {
    let node: Node
    /// Why it can't be read.
    let reason: HingeError

    static let type = ""

    init(_ node: Node, _ reason: HingeError) {
        self.node = node
        self.reason = reason
    }

    init(_ node: NodeReader) throws {
        throw HingeError(.internalError, "an opaque operation isn't read")
    }

    static func == (left: Self, right: Self) -> Bool { left.node == right.node }

    func hash(into hasher: inout Hasher) { hasher.combine(id) }

    var id: OperatorID { OperatorID(domain: node.domain, type: node.type) }
    var isDeterministic: Bool { false }

    func spell(_ speller: inout Speller) throws { throw reason }

    func infer(_ context: InferenceContext) -> [Inferred] { [] }

    func evaluate(_ context: inout EvaluationContext) throws { throw reason }
}
