import HingeGraph

/// A recurrent layer with an update gate z and a reset gate r.
///
/// ```
/// z = f(x · Wzᵀ + h · Rzᵀ + biases)
/// r = f(x · Wrᵀ + h · Rrᵀ + biases)
/// c = g(x · Whᵀ + (r ∘ h) · Rhᵀ + biases), or g(x · Whᵀ + bias + r ∘ (h · Rhᵀ + bias))
/// h = (1 − z) ∘ c + z ∘ h
/// ```
///
/// Inputs and outputs: see ``RecurrentOperator``, with the gates z, r, h in this order.
///
/// Source: ONNX GRU 1, 3, 7, 14, 22; Keras `GRU`; Cho et al., "Learning phrase representations using RNN
/// encoder–decoder", 2014.
public struct GRU: RecurrentOperator {
    /// The number of hidden features; `nil` where the weights state it.
    public var hiddenSize: Int?
    /// The direction.
    public var direction: RecurrentDirection
    /// The activations f and g, those of the backward direction after those of the forward one; empty means
    /// sigmoid and tanh.
    public var activations: [RecurrentActivation]
    /// The bound of what goes into activations; `nil` for none.
    public var clip: Float?
    /// Whether the batch is the first dimension.
    public var isBatchFirst: Bool
    /// Whether the reset gate multiplies what the recurrence weights give, not what they get; Keras's `reset_after`.
    public var isLinearBeforeReset: Bool

    /// Creates the operator.
    public init(
        hiddenSize: Int? = nil, direction: RecurrentDirection = .forward,
        activations: [RecurrentActivation] = [], clip: Float? = nil, isBatchFirst: Bool = false,
        isLinearBeforeReset: Bool = false
    ) {
        self.hiddenSize = hiddenSize
        self.direction = direction
        self.activations = activations
        self.clip = clip
        self.isBatchFirst = isBatchFirst
        self.isLinearBeforeReset = isLinearBeforeReset
    }
}

public extension GRU {
    static let type = "GRU"
    static let gateCount = 3
    static let defaultActivations: [RecurrentActivation] = [.sigmoid, .tanh]
    static let stateInputs = [5]

    init(_ node: NodeReader) throws {
        let common = try RecurrentAttributes(node, defaults: Self.defaultActivations)
        hiddenSize = common.hiddenSize
        direction = common.direction
        activations = common.activations
        clip = common.clip
        isBatchFirst = common.isBatchFirst
        isLinearBeforeReset = try node.flag("linear_before_reset", default: false)
    }

    func spell(_ speller: inout Speller) {
        spell(&speller, isLinearBeforeReset ? [.int("linear_before_reset", 1)] : [])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try infer(context, stateCount: 1)
    }
}
