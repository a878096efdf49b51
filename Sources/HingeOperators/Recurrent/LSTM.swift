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
    /// The bound of what goes into the activations; `nil` for none.
    ///
    /// As the standard says it, that is the input of all of them, h included. ONNX Runtime leaves that of h as it is.
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
        var cells = try sequence.initialState(6, context)
        let peepholes = try context.optionalInput(7).map { tensor in
            try RecurrentSequence<T>.require(
                tensor, [direction.count, 3 * sequence.hidden], "peephole weights")
            return try tensor.realArray(T.Sum.self)
        }
        try evaluate(&context, sequence) { pass, direction, functions in
            let size = sequence.batch * sequence.hidden
            var cell = Array(cells[direction * size..<(direction + 1) * size])
            let peephole = peepholes.map {
                $0[direction * 3 * sequence.hidden..<(direction + 1) * 3 * sequence.hidden]
            }
            try pass.run { samples in
                try pass.addRecurrence(pass.state, 0..<4, to: &pass.gates)
                update(pass, samples, functions, &cell, peephole)
            }
            cells.replaceSubrange(direction * size..<(direction + 1) * size, with: cell)
        }
        try sequence.write(cells.map { T($0) }, last: 2, &context)
    }

    private func update<T: RealMatrixElement>(
        _ pass: RecurrentPass<T>, _ samples: [Int], _ functions: [RecurrentActivation],
        _ cell: inout [T.Sum], _ peephole: ArraySlice<T.Sum>?
    ) {
        let hidden = pass.sequence.hidden
        let clip = clip.map { T.Sum($0) }
        for sample in samples {
            for unit in 0..<hidden {
                let gate = sample * 4 * hidden + unit
                let index = sample * hidden + unit
                let old = cell[index]
                var (toInput, toOutput, toForget) = (T.Sum.zero, T.Sum.zero, T.Sum.zero)
                if let peephole {
                    let start = peephole.startIndex + unit
                    toInput = peephole[start]
                    toOutput = peephole[start + hidden]
                    toForget = peephole[start + 2 * hidden]
                }
                let input = functions[0](pass.gates[gate] + toInput * old, clip: clip)
                let forget =
                    couplesInputAndForget
                    ? 1 - input
                    : functions[0](pass.gates[gate + 2 * hidden] + toForget * old, clip: clip)
                let candidate = functions[1](pass.gates[gate + 3 * hidden], clip: clip)
                let new = forget * old + input * candidate
                let output = functions[0](pass.gates[gate + hidden] + toOutput * new, clip: clip)
                cell[index] = new
                pass.state[index] = output * functions[2](new, clip: clip)
            }
        }
    }
}
