import HingeGraph

/// The inputs of a recurrent operator, checked, as `T`, and in the order of time.
///
/// Letters: T time steps, N the batch, I the input's features, H the hidden features, D directions, G gates.
struct RecurrentSequence<T: RealMatrixElement> {
    let time: Int
    let batch: Int
    let features: Int
    let hidden: Int
    let gates: Int
    let directions: Int
    let isBatchFirst: Bool
    /// `[T, N, I]`.
    let x: Tensor
    /// `[D, G·H, I]`.
    let weights: Tensor
    /// `[D, G·H, H]`.
    let recurrence: Tensor
    /// `[D, 2·G·H]`, if there are any.
    let biases: [T.Sum]?
    /// The length of each sequence, if they differ.
    let lengths: [Int]?

    init(_ operator: some RecurrentOperator, _ context: EvaluationContext) throws {
        let shapes = try (0..<3).map { try context.input($0) }
        _ = try `operator`.inferOutputs(InferenceContext(shapes, outputCount: 0))
        isBatchFirst = `operator`.isBatchFirst
        directions = `operator`.direction.count
        gates = type(of: `operator`).gateCount
        hidden = shapes[2].shape[2]
        features = shapes[0].shape[2]
        time = shapes[0].shape[isBatchFirst ? 1 : 0]
        batch = shapes[0].shape[isBatchFirst ? 0 : 1]
        let expected = [directions, gates * hidden]
        guard shapes[1].shape == expected + [features], shapes[2].shape == expected + [hidden]
        else {
            throw HingeError(
                .mismatch,
                "weights \(shapes[1].shape) and recurrence weights \(shapes[2].shape) do not fit "
                    + "an input of \(shapes[0].shape)")
        }
        guard try Tensor.count(of: [directions, time, batch, gates * hidden]) <= 1 << 38 else {
            throw HingeError(.limit, "\(time) steps of \(batch) · \(hidden) are too many")
        }
        let values = try shapes[0].reals(T.self)
        x =
            isBatchFirst
            ? try Self.swapped(values, [batch, time, features]) : values
        weights = try shapes[1].reals(T.self)
        recurrence = try shapes[2].reals(T.self)
        let tensor = try context.optionalInput(3)
        if let tensor { try Self.require(tensor, [expected[0], 2 * expected[1]], "biases") }
        biases = try tensor?.realArray(T.Sum.self)
        lengths = try context.optionalInput(4)?.integers()
        if let lengths {
            guard lengths.count == batch, lengths.allSatisfy({ (0...time).contains($0) }) else {
                throw HingeError(
                    .mismatch,
                    "expected \(batch) sequence lengths from 0 to \(time), found \(lengths)")
            }
        }
    }

    static func require(_ tensor: Tensor, _ shape: [Int], _ role: String) throws {
        guard tensor.shape == shape else {
            throw HingeError(
                .mismatch, "expected \(role) of shape \(shape), found \(tensor.shape)")
        }
    }

    /// A tensor `[A, B, C]` as `[B, A, C]`.
    private static func swapped(_ tensor: Tensor, _ shape: [Int]) throws -> Tensor {
        var result = try Tensor(allocating: T.dataType, shape: [shape[1], shape[0], shape[2]])
        let width = shape[2]
        try tensor.withUnsafeElements(of: T.self) { source in
            try result.withUnsafeMutableElements(of: T.self) { target in
                for outer in 0..<shape[0] {
                    for inner in 0..<shape[1] {
                        let from = (outer * shape[1] + inner) * width
                        let to = (inner * shape[0] + outer) * width
                        for index in 0..<width { target[to + index] = source[from + index] }
                    }
                }
            }
        }
        return result
    }

    /// An initial state as `[D, N, H]`; zeros when the input is absent.
    func initialState(_ index: Int, _ context: EvaluationContext) throws -> [T.Sum] {
        guard let tensor = try context.optionalInput(index) else {
            return [T.Sum](repeating: 0, count: directions * batch * hidden)
        }
        if isBatchFirst {
            let shape = [batch, directions, hidden]
            try Self.require(tensor, shape, "an initial state")
            return try Self.swapped(try tensor.reals(T.self), shape).array(of: T.self).map(\.term)
        }
        try Self.require(tensor, [directions, batch, hidden], "an initial state")
        return try tensor.realArray(T.Sum.self)
    }

    /// Writes all hidden states, `[D, T, N, H]`, in the order that the operator gives them.
    func write(_ states: [T], all index: Int, _ context: inout EvaluationContext) throws {
        guard context.wants(index) else { return }
        let shape =
            isBatchFirst ? [batch, time, directions, hidden] : [time, directions, batch, hidden]
        let steps =
            isBatchFirst
            ? (batch: time * directions, time: directions, direction: 1)
            : (batch: 1, time: directions * batch, direction: batch)
        let output = try context.output(index, try context.input(0).dataType, shape)
        try output.withReals(T.self) { result in
            var source = 0
            for direction in 0..<directions {
                for step in 0..<time {
                    for sample in 0..<batch {
                        let row =
                            sample * steps.batch + step * steps.time + direction * steps.direction
                        for unit in 0..<hidden {
                            result[row * hidden + unit] = states[source + unit]
                        }
                        source += hidden
                    }
                }
            }
        }
    }

    /// Writes last states, `[D, N, H]`, in the order that the operator gives them.
    func write(_ states: [T], last index: Int, _ context: inout EvaluationContext) throws {
        guard context.wants(index) else { return }
        let shape = isBatchFirst ? [batch, directions, hidden] : [directions, batch, hidden]
        let output = try context.output(index, try context.input(0).dataType, shape)
        try output.withReals(T.self) { result in
            for direction in 0..<directions {
                for sample in 0..<batch {
                    let source = (direction * batch + sample) * hidden
                    let target =
                        (isBatchFirst
                            ? sample * directions + direction : direction * batch + sample)
                        * hidden
                    for unit in 0..<hidden { result[target + unit] = states[source + unit] }
                }
            }
        }
    }
}
