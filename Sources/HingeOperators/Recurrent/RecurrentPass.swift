import HingeGraph

/// One direction of a recurrent operator: its weights, its hidden state, and the walk along the sequence.
///
/// What goes from step to step is kept in double precision.
///
/// Letters: T time steps, N the batch, I the input's features, H the hidden features, G gates.
final class RecurrentPass<T: RealMatrixElement> {
    let sequence: RecurrentSequence<T>
    /// The hidden state, `[N, H]`.
    var state: [T.Sum]
    /// What goes into the gates at this step, `[N, G·H]`: the input's part, and what ``addRecurrence(_:_:to:)`` adds.
    var gates: [T.Sum]
    /// All hidden states, `[T, N, H]`; 0 past the end of a sequence.
    private(set) var states: [T]

    private let direction: Int
    private let isReverse: Bool
    private let product: MatrixProduct<T.Sum>

    init(
        _ sequence: RecurrentSequence<T>, direction: Int, isReverse: Bool, initialState: [T.Sum],
        keepsStates: Bool
    ) {
        self.sequence = sequence
        self.direction = direction
        self.isReverse = isReverse
        let size = sequence.batch * sequence.hidden
        state = Array(initialState[direction * size..<(direction + 1) * size])
        gates = [T.Sum](repeating: 0, count: size * sequence.gates)
        states = keepsStates ? [T](repeating: 0, count: sequence.time * size) : []
        product = MatrixProduct<T.Sum>(
            rows: sequence.batch, columns: sequence.gates * sequence.hidden,
            depth: max(sequence.features, sequence.hidden))
    }

    /// The biases of the recurrence weights of one gate, `[H]`, if there are any.
    func recurrenceBias(_ gate: Int) -> ArraySlice<T.Sum>? {
        let rows = sequence.gates * sequence.hidden
        let start = direction * 2 * rows + rows + gate * sequence.hidden
        return sequence.biases?[start..<start + sequence.hidden]
    }

    /// Walks along the sequence.
    ///
    /// `step` updates ``state`` from ``gates``, for the samples that it is given: those whose sequence has not ended.
    ///
    /// - Parameter separateGate: A gate that the bias of the recurrence weights is not added to.
    func run(separateGate: Int? = nil, _ step: (_ samples: [Int]) throws -> Void) throws {
        let biases = (0..<sequence.gates).flatMap { inputBias($0, isSeparate: $0 == separateGate) }
        let all = Array(0..<sequence.batch)
        for index in 0..<sequence.time {
            let time = isReverse ? sequence.time - 1 - index : index
            let samples =
                sequence.lengths.map { lengths in all.filter { time < lengths[$0] } } ?? all
            if samples.isEmpty { continue }
            for sample in all {
                gates.replaceSubrange(
                    sample * biases.count..<(sample + 1) * biases.count, with: biases)
            }
            try addInput(time)
            try step(samples)
            keepState(time, samples)
        }
    }

    /// The biases of one gate that are added before the step.
    private func inputBias(_ gate: Int, isSeparate: Bool) -> [T.Sum] {
        guard let all = sequence.biases else {
            return [T.Sum](repeating: 0, count: sequence.hidden)
        }
        let rows = sequence.gates * sequence.hidden
        let start = direction * 2 * rows + gate * sequence.hidden
        return (0..<sequence.hidden).map {
            isSeparate ? all[start + $0] : all[start + $0] + all[start + rows + $0]
        }
    }

    private func addInput(_ time: Int) throws {
        let (batch, features) = (sequence.batch, sequence.features)
        let rows = sequence.gates * sequence.hidden
        try sequence.x.withUnsafeElements(of: T.self) { x in
            try sequence.weights.withUnsafeElements(of: T.self) { weights in
                gates.withUnsafeMutableBufferPointer { gates in
                    guard let x = x.baseAddress, let weights = weights.baseAddress,
                        let gates = gates.baseAddress
                    else { return }
                    product.addProduct(
                        rows: batch, columns: rows, depth: features,
                        StridedMatrix(
                            base: x + time * batch * features, rowStride: features, columnStride: 1),
                        StridedMatrix(
                            base: weights + direction * rows * features, rowStride: 1,
                            columnStride: features),
                        to: gates, rowStride: rows)
                }
            }
        }
    }

    /// Adds the product of `values`, `[N, H]`, and the recurrence weights of some gates to the columns of those gates in
    /// `target`, `[N, G·H]`.
    func addRecurrence(
        _ values: [T.Sum], _ range: Range<Int>, to target: inout [T.Sum]
    ) throws {
        let hidden = sequence.hidden
        let rows = sequence.gates * hidden
        try sequence.recurrence.withUnsafeElements(of: T.self) { weights in
            values.withUnsafeBufferPointer { values in
                target.withUnsafeMutableBufferPointer { target in
                    guard let weights = weights.baseAddress, let values = values.baseAddress,
                        let target = target.baseAddress
                    else { return }
                    product.addProduct(
                        rows: sequence.batch, columns: range.count * hidden, depth: hidden,
                        StridedMatrix(base: values, rowStride: hidden, columnStride: 1),
                        StridedMatrix(
                            base: weights + (direction * rows + range.lowerBound * hidden) * hidden,
                            rowStride: 1, columnStride: hidden),
                        to: target + range.lowerBound * hidden, rowStride: rows)
                }
            }
        }
    }

    private func keepState(_ time: Int, _ samples: [Int]) {
        if states.isEmpty { return }
        let hidden = sequence.hidden
        for sample in samples {
            let source = sample * hidden
            let target = time * sequence.batch * hidden + source
            for unit in 0..<hidden { states[target + unit] = T(state[source + unit]) }
        }
    }
}

extension RecurrentOperator {
    /// Walks in each direction and writes the hidden states.
    ///
    /// - Parameter walk: Walks one direction, given its number and its activations.
    func evaluate<T: RealMatrixElement>(
        _ context: inout EvaluationContext, _ sequence: RecurrentSequence<T>,
        _ walk: (RecurrentPass<T>, _ direction: Int, [RecurrentActivation]) throws -> Void
    ) throws {
        let initial = try sequence.initialState(Self.stateInputs[0], context)
        let functions = resolvedActivations
        let count = Self.defaultActivations.count
        guard functions.count == count * direction.count else {
            throw HingeError(
                .mismatch,
                "expected \(count * direction.count) activations, found \(functions.count)",
                at: [.attribute("activations")])
        }
        var all: [T] = []
        var last: [T] = []
        for index in 0..<direction.count {
            let pass = RecurrentPass(
                sequence, direction: index, isReverse: direction == .reverse || index == 1,
                initialState: initial, keepsStates: context.wants(0))
            try walk(pass, index, Array(functions[index * count..<(index + 1) * count]))
            all += pass.states
            last += pass.state.map { T($0) }
        }
        try sequence.write(all, all: 0, &context)
        try sequence.write(last, last: 1, &context)
    }
}
