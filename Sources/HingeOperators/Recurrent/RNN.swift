import HingeGraph

/// A simple recurrent layer: `h = f(x · Wᵀ + h · Rᵀ + both biases)` at each time step.
///
/// Inputs and outputs: see ``RecurrentOperator``, with one gate.
///
/// Source: ONNX RNN 1, 7, 14, 22; Keras `SimpleRNN`.
public struct RNN: RecurrentOperator {
    /// The number of hidden features; `nil` where the weights state it.
    public var hiddenSize: Int?
    /// The direction.
    public var direction: RecurrentDirection
    /// The activation f, that of the backward direction after that of the forward one; empty means tanh.
    public var activations: [RecurrentActivation]
    /// The bound of what goes into activations; `nil` for none.
    public var clip: Float?
    /// Whether the batch is the first dimension.
    public var isBatchFirst: Bool

    /// Creates the operator.
    public init(
        hiddenSize: Int? = nil, direction: RecurrentDirection = .forward,
        activations: [RecurrentActivation] = [], clip: Float? = nil, isBatchFirst: Bool = false
    ) {
        self.hiddenSize = hiddenSize
        self.direction = direction
        self.activations = activations
        self.clip = clip
        self.isBatchFirst = isBatchFirst
    }
}

public extension RNN {
    static let type = "RNN"
    static let gateCount = 1
    static let defaultActivations: [RecurrentActivation] = [.tanh]
    static let stateInputs = [5]

    init(_ node: NodeReader) throws {
        let common = try RecurrentAttributes(node, defaults: Self.defaultActivations)
        hiddenSize = common.hiddenSize
        direction = common.direction
        activations = common.activations
        clip = common.clip
        isBatchFirst = common.isBatchFirst
    }

    func spell(_ speller: inout Speller) { spell(&speller, []) }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try infer(context, stateCount: 1)
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        try context.inRealType {
            try evaluate(&$0, Float.self)
        } double: {
            try evaluate(&$0, Double.self)
        }
    }

    private func evaluate<T: RealMatrixElement>(
        _ context: inout EvaluationContext, _ type: T.Type
    ) throws {
        let sequence = try RecurrentSequence<T>(self, context)
        let clip = clip.map { T.Sum($0) }
        try evaluate(&context, sequence) { pass, _, functions in
            try pass.run { samples in
                try pass.addRecurrence(pass.state, 0..<1, to: &pass.gates)
                for sample in samples {
                    let start = sample * sequence.hidden
                    for index in start..<start + sequence.hidden {
                        pass.state[index] = functions[0](pass.gates[index], clip: clip)
                    }
                }
            }
        }
    }
}
