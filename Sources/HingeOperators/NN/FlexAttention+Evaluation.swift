import HingeGraph

public extension FlexAttention {
    func evaluate(_ context: inout EvaluationContext) throws {
        let inputs = try (0..<3).map { try context.input($0) }
        _ = try infer(InferenceContext(inputs))
        let given = inputs[0].dataType
        for (index, input) in inputs.enumerated() where input.dataType != given {
            throw HingeError(
                .mismatch, "expected input \(index) of type \(given), found \(input.dataType)")
        }
        let shapes = inputs.map(\.shape)
        try MemoryLimit.check(.float64, FlexAttentionShapes(shapes).scores)
        func run(_ part: Part, _ inputs: [Tensor]) throws -> Tensor {
            try self.run(inputs) { try append(part, of: shapes, to: &$0) }
        }
        var scores = try run(.scores, Array(inputs.prefix(2)))
        if changesScores { scores = try changed(scores, by: Self.scoreBody, context) }
        var weights = try run(.probabilities, [scores])
        if changesProbabilities {
            weights = try changed(weights, by: Self.probabilityBody, context)
        }
        context.set(0, try run(.result, [weights, inputs[2]]))
    }

    /// What is computed before, between and after the bodies.
    package enum Part: Sendable {
        /// The scores, of query and key.
        case scores
        /// The probabilities, of the scores.
        case probabilities
        /// The result, of probabilities and values.
        case result
    }

    /// Appends the steps of a part.
    ///
    /// - Parameter shapes: Those of query, key and value.
    package func append(
        _ part: Part, of shapes: [[Int]], to steps: inout Composition
    ) throws -> Composition.Operand {
        let shapes = FlexAttentionShapes(shapes)
        switch part {
        case .scores: return try scores(of: shapes, &steps)
        case .probabilities: return try steps.append(Softmax(axis: -1), steps.input(0))
        case .result:
            let (weights, value) = (try steps.input(0), try steps.input(1))
            let values = try steps.append(Cast(to: steps.dataType(weights)), value)
            let grouped = try steps.append(shapes.reshape(shapes.groupedScores), weights)
            let sums = try steps.append(MatMul(), grouped, values)
            let heads = try steps.append(shapes.reshape(shapes.result), sums)
            return try steps.append(Cast(to: steps.dataType(value)), heads)
        }
    }

    /// The scaled products of query and key, inputs 0 and 1, in the wider of their type and that of the scores.
    private func scores(
        of shapes: FlexAttentionShapes, _ steps: inout Composition
    ) throws -> Composition.Operand {
        let (query, key) = (try steps.input(0), try steps.input(1))
        let given = try steps.dataType(query)
        let type = scoreType(given)
        let wide = type.bitWidth > given.bitWidth ? type : given
        let size = max(shapes.headSize, 1)
        let factor = scale.map { Double($0) } ?? 1 / Double(size).squareRoot()
        let number = steps.constant(try Tensor(filledWith: factor, wide, shape: []))
        let wideQuery = try steps.append(Cast(to: wide), query)
        let scaled = try steps.append(Mul(), wideQuery, number)
        let rows = try steps.append(shapes.reshape(shapes.groupedQuery), scaled)
        let wideKey = try steps.append(Cast(to: wide), key)
        let columns = try steps.append(Transpose([0, 1, 3, 2]), wideKey)
        let products = try steps.append(MatMul(), rows, columns)
        let heads = try steps.append(shapes.reshape(shapes.scores), products)
        return try steps.append(Cast(to: type), heads)
    }

    /// The result of steps of tensors.
    private func run(
        _ inputs: [Tensor], _ build: (inout Composition) throws -> Composition.Operand
    ) throws -> Tensor {
        var steps = Composition(inputs.map { Inferred(constant: $0) }, outputCount: 1)
        steps.give(try build(&steps))
        var context = EvaluationContext(inputs: inputs.map { .tensor($0) })
        try steps.run(&context)
        guard let tensor = context.outputs[0]?.tensor else {
            throw HingeError(.internalError, "steps gave no tensor")
        }
        return tensor
    }

    /// What a body makes of a value: another of its type and shape.
    private func changed(
        _ value: Tensor, by body: String, _ context: EvaluationContext
    ) throws -> Tensor {
        guard let result = try context.run(body, [.tensor(value)]).first??.tensor,
            result.dataType == value.dataType, result.shape == value.shape
        else {
            throw HingeError(
                .mismatch,
                "expected a body that gives \(value.dataType)\(value.shape), found another value",
                at: [.attribute(body)])
        }
        return result
    }
}

/// The shapes of one evaluation of ``FlexAttention``.
private struct FlexAttentionShapes {
    /// `[N, H, L, T]`.
    let scores: [Int]
    /// `[N, H, L, V]`.
    let result: [Int]
    /// The scores with the heads that share one of the key as rows: `[N, G, H / G · L, T]`.
    let groupedScores: [Int]
    /// The query likewise: `[N, G, H / G · L, D]`.
    let groupedQuery: [Int]
    /// The size of a head of query and key.
    let headSize: Int

    /// - Parameter shapes: Those of query, key and value, which fit each other.
    init(_ shapes: [[Int]]) {
        let (query, key, value) = (shapes[0], shapes[1], shapes[2])
        headSize = query[3]
        scores = query.prefix(3) + [key[2]]
        result = query.prefix(3) + [value[3]]
        let rows = key[1] == 0 ? 0 : Extent.product(of: [query[1] / key[1], query[2]])
        groupedScores = [query[0], key[1], rows, key[2]]
        groupedQuery = [query[0], key[1], rows, query[3]]
    }

    func reshape(_ shape: [Int]) -> Reshape { Reshape(shape: shape, allowsZero: true) }
}
