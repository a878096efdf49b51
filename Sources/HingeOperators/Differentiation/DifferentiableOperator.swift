import HingeGraph

/// An operator that states its derivative: how the gradients of its inputs follow from those of its outputs.
///
/// Letters: the gradient of a value `v` is `∂s/∂v`, of the type and shape of `v`, where `s` is the number that is
/// differentiated. What is stated is made of operators that state derivatives themselves, so that derivatives of derivatives
/// follow.
///
/// `Mul` is the one to imitate.
public protocol DifferentiableOperator: Operator {
    /// Appends the steps that compute gradients of inputs, and gives them.
    ///
    /// An input that no gradient is given for has none: it is zero.
    ///
    /// - Throws: ``HingeError`` with the code `unsupported` when what is known of the values is too little, or the operator
    ///   is of a form that has no derivative.
    func differentiate(_ derivative: inout Derivative) throws

    /// The positions of outputs that the derivative computes with, whether the step names them or not.
    var outputsForDerivative: [Int] { get }
}

public extension DifferentiableOperator {
    var outputsForDerivative: [Int] { [] }
}

/// An operator whose derivative is that of steps that compute the same.
public protocol SteppedOperator: Operator {
    /// Appends the operators that together compute this one, and gives its outputs.
    ///
    /// - Throws: ``HingeError`` with the code `unsupported` when what is known of the inputs is too little.
    func appendSteps(_ steps: inout Composition) throws
}

/// An operator that runs bodies, whose derivative is made of those of the bodies.
public protocol BodyDerivative: Operator {}

/// An operator that states why it has no derivative.
public protocol UndifferentiatedOperator: Operator {
    /// Why gradients don't pass through the operator.
    static var derivativeAbsence: DerivativeAbsence { get }
}

/// Why an operator states no derivative.
public enum DerivativeAbsence: Sendable, Hashable {
    /// The derivative is zero wherever there is one: the outputs are integers, conditions or text, or constant between
    /// jumps, or don't depend on the elements of the inputs.
    case zero(String)
    /// There is one, but it isn't stated: a gradient that would have to pass through is an error.
    case unstated(String)

    /// The reason.
    public var reason: String {
        switch self {
        case .zero(let reason), .unstated(let reason): reason
        }
    }
}

/// An operator whose derivative is that of the operators that stand for it.
public protocol ExpandableOperator: Operator {
    /// The operators that together compute this one, of inputs of which something is known.
    ///
    /// - Throws: ``HingeError`` with the code `unsupported` when that is too little.
    func expansion(_ context: InferenceContext) throws -> Expansion
}

/// Operators that stand for one: a graph, from inputs to outputs at the same positions.
///
/// An absent input of the operator is an input of the graph that nothing uses.
public struct Expansion: Sendable {
    /// The graph.
    public let graph: Graph
    /// The versions that its nodes are written in.
    public let versions: OperatorVersions

    /// The name of the input at a position.
    static func input(_ position: Int) -> String { "x\(position)" }
    /// The name of the output at a position.
    static func output(_ position: Int) -> String { "y\(position)" }

    /// What a version that doesn't have an operator writes for it.
    ///
    /// - Throws: ``HingeError`` with the code `unsupported` when too little is known of the inputs.
    init(
        respelling operation: some Operator, inVersion version: Int, _ context: InferenceContext
    ) throws {
        let names = context.inputs.enumerated().map { position, known in
            known == nil ? "" : Expansion.input(position)
        }
        let outputs = (0..<context.outputCount).map(Expansion.output)
        let spelled = try Speller.spell(
            operation, opset: version, inputs: names, outputs: outputs, known: context.inputs,
            isTaken: { (names + outputs).contains($0) })
        var graph = Graph(name: Swift.type(of: operation).type)
        graph.inputs = context.inputs.enumerated().map { position, known in
            ValueInfo(name: Expansion.input(position), type: known?.type)
        }
        graph.nodes = spelled.nodes
        graph.initializers = spelled.initializers
        graph.outputs = outputs.map { ValueInfo(name: $0, type: nil) }
        self.graph = graph
        versions = OperatorVersions(onnx: version)
    }

    /// A graph whose inputs and outputs stand at the positions of the operator's.
    init(_ graph: GraphBuilder) {
        let model = graph.model()
        self.graph = model.graph
        versions = OperatorVersions(model.opsetImports)
    }
}

/// An operator whose derivative is that of what an older version writes for it.
protocol RespelledOperator: ExpandableOperator {
    /// A version that doesn't have the operator.
    static var derivativeVersion: Int { get }
}

extension RespelledOperator {
    /// What the older version writes.
    public func expansion(_ context: InferenceContext) throws -> Expansion {
        try Expansion(respelling: self, inVersion: Self.derivativeVersion, context)
    }
}

extension OperatorRegistry {
    /// Whether the operator states its derivative, or why it has none.
    package static func statesDerivative(_ type: any Operator.Type) -> Bool {
        type is any DifferentiableOperator.Type || type is any UndifferentiatedOperator.Type
            || type is any ExpandableOperator.Type || type is any SteppedOperator.Type
            || type is any ComposedOperator.Type
            || type is any BodyDerivative.Type
    }
}
