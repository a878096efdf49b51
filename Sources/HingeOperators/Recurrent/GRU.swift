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
        try evaluate(&context, sequence) { pass, _, functions in
            let bias = pass.recurrenceBias(2)
            let zero = [T.Sum](repeating: 0, count: pass.gates.count)
            try pass.run(separateGate: isLinearBeforeReset ? 2 : nil) { samples in
                if isLinearBeforeReset {
                    var recurrent = zero
                    try pass.addRecurrence(pass.state, 0..<3, to: &recurrent)
                    update(pass, samples, functions, recurrent: recurrent, bias: bias)
                } else {
                    try update(pass, samples, functions)
                }
            }
        }
    }

    /// The step in which the reset gate multiplies what the recurrence weights give.
    private func update<T: RealMatrixElement>(
        _ pass: RecurrentPass<T>, _ samples: [Int], _ functions: [RecurrentActivation],
        recurrent: [T.Sum], bias: ArraySlice<T.Sum>?
    ) {
        let hidden = pass.sequence.hidden
        let clip = clip.map { T.Sum($0) }
        for sample in samples {
            let row = sample * 3 * hidden
            for unit in 0..<hidden {
                let index = row + unit
                let update = functions[0](pass.gates[index] + recurrent[index], clip: clip)
                let reset = functions[0](
                    pass.gates[index + hidden] + recurrent[index + hidden], clip: clip)
                var term = recurrent[index + 2 * hidden]
                if let bias { term += bias[bias.startIndex + unit] }
                let candidate = functions[1](
                    pass.gates[index + 2 * hidden] + reset * term, clip: clip)
                let old = pass.state[sample * hidden + unit]
                pass.state[sample * hidden + unit] = (1 - update) * candidate + update * old
            }
        }
    }

    /// The step in which the reset gate multiplies what the recurrence weights get.
    private func update<T: RealMatrixElement>(
        _ pass: RecurrentPass<T>, _ samples: [Int], _ functions: [RecurrentActivation]
    ) throws {
        let hidden = pass.sequence.hidden
        let clip = clip.map { T.Sum($0) }
        try pass.addRecurrence(pass.state, 0..<2, to: &pass.gates)
        var reset = pass.state
        for sample in samples {
            for unit in 0..<hidden {
                let gate = pass.gates[sample * 3 * hidden + hidden + unit]
                reset[sample * hidden + unit] *= functions[0](gate, clip: clip)
            }
        }
        try pass.addRecurrence(reset, 2..<3, to: &pass.gates)
        for sample in samples {
            let row = sample * 3 * hidden
            for unit in 0..<hidden {
                let update = functions[0](pass.gates[row + unit], clip: clip)
                let candidate = functions[1](pass.gates[row + 2 * hidden + unit], clip: clip)
                let old = pass.state[sample * hidden + unit]
                pass.state[sample * hidden + unit] = (1 - update) * candidate + update * old
            }
        }
    }
}
