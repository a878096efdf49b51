import HingeGraph

/// A recurrent layer with a cell state and the gates i (input), o (output) and f (forget).
///
/// ```
/// i = f(x · Wiᵀ + h · Riᵀ + Pi ∘ cell + biases)
/// f = f(x · Wfᵀ + h · Rfᵀ + Pf ∘ cell + biases)
/// c = g(x · Wcᵀ + h · Rcᵀ + biases)
/// cell = f ∘ cell + i ∘ c
/// o = f(x · Woᵀ + h · Roᵀ + Po ∘ cell + biases)
/// h = o ∘ h(cell)
/// ```
///
/// Inputs and outputs: see ``RecurrentOperator``, with the gates i, o, f, c in this order. Input 6 is the initial cell state
/// `[D, N, H]`, input 7 the peephole weights P, `[D, 3·H]` in the order i, o, f; output 2 is the last cell state.
///
/// Source: ONNX LSTM 1, 7, 14, 22; Keras `LSTM`; Hochreiter and Schmidhuber, "Long short-term memory", 1997.
public struct LSTM: RecurrentOperator {
    /// The number of hidden features; `nil` where the weights state it.
    public var hiddenSize: Int?
    /// The direction.
    public var direction: RecurrentDirection
    /// The activations f, g and h, those of the backward direction after those of the forward one; empty means
    /// sigmoid, tanh and tanh.
    public var activations: [RecurrentActivation]
    /// The bound of what goes into activations; `nil` for none.
    public var clip: Float?
    /// Whether the batch is the first dimension.
    public var isBatchFirst: Bool
    /// Whether the forget gate is one minus the input gate.
    public var couplesInputAndForget: Bool

    /// Creates the operator.
    public init(
        hiddenSize: Int? = nil, direction: RecurrentDirection = .forward,
        activations: [RecurrentActivation] = [], clip: Float? = nil, isBatchFirst: Bool = false,
        couplesInputAndForget: Bool = false
    ) {
        self.hiddenSize = hiddenSize
        self.direction = direction
        self.activations = activations
        self.clip = clip
        self.isBatchFirst = isBatchFirst
        self.couplesInputAndForget = couplesInputAndForget
    }
}

public extension LSTM {
    static let type = "LSTM"
    static let gateCount = 4
    static let defaultActivations: [RecurrentActivation] = [.sigmoid, .tanh, .tanh]
    static let stateInputs = [5, 6]

    init(_ node: NodeReader) throws {
        let common = try RecurrentAttributes(node, defaults: Self.defaultActivations)
        hiddenSize = common.hiddenSize
        direction = common.direction
        activations = common.activations
        clip = common.clip
        isBatchFirst = common.isBatchFirst
        couplesInputAndForget = try node.flag("input_forget", default: false)
    }

    func spell(_ speller: inout Speller) {
        spell(&speller, couplesInputAndForget ? [.int("input_forget", 1)] : [])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try infer(context, stateCount: 2)
    }
}
