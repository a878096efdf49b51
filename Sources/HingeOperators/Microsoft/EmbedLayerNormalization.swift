import HingeGraph

/// `LayerNormalization` of the sum of the embeddings of words, positions and segments.
///
/// Inputs: words, `int32[N, L]`; segments, optional, `int32[N, L]`; the tables of words, `[W, C]`, positions, `[P, C]`, and
/// segments, optional, `[S, C]`; scale and bias of the normalization, `[C]`; optional: a mask, `int32[N, L]`; positions,
/// `int32[N, L]` or `int32[1, L]`, else 0, 1, …. Outputs: the result, `[N, L, C]`; optional: the number of words in each sample
/// that the mask leaves, `int32[N]`, 0 without one; the sum of the embeddings. N is the batch, L the length, C the channels, W,
/// P and S the sizes of the tables.
///
/// Source: ONNX Runtime's EmbedLayerNormalization 1 of the domain com.microsoft.
public struct EmbedLayerNormalization: MicrosoftOperator {
    /// What is added to the variance.
    public var epsilon: Float

    /// Creates the operator.
    public init(epsilon: Float = 1e-12) {
        self.epsilon = epsilon
    }
}

public extension EmbedLayerNormalization {
    static let type = "EmbedLayerNormalization"

    init(_ node: NodeReader) throws {
        epsilon = try node.float("epsilon", default: 1e-12)
    }

    var attributes: [Attribute] { [.float("epsilon", epsilon)] }

    func compose(_ steps: inout Composition) throws {
        let words = try steps.input(0)
        _ = try steps.knownShape(words, rank: 2)
        var sum = try steps.append(Gather(axis: 0), steps.input(2), words)
        sum = try steps.append(Add(), sum, positions(of: words, &steps))
        if let segments = steps.optionalInput(1), let table = steps.optionalInput(4) {
            sum = try steps.append(Add(), sum, steps.append(Gather(axis: 0), table, segments))
        }
        let normalized = try steps.append(
            LayerNormalization(axis: -1, epsilon: epsilon), sum, steps.input(5), steps.input(6))
        steps.give(normalized)
        if steps.wants(1) { steps.give(try counts(words, &steps), as: 1) }
        steps.give(sum, as: 2)
    }

    /// The embeddings of the positions.
    private func positions(
        of words: Composition.Operand, _ steps: inout Composition
    ) throws -> Composition.Operand {
        let table = try steps.input(3)
        if let given = steps.optionalInput(8) {
            return try steps.append(Gather(axis: 0), table, given)
        }
        let length = try steps.extent(words, 1)
        return try steps.append(Gather(axis: 0), table, steps.counting(length))
    }

    /// The number of words in each sample.
    private func counts(
        _ words: Composition.Operand, _ steps: inout Composition
    ) throws -> Composition.Operand {
        guard let mask = steps.optionalInput(7) else {
            let batch = try steps.append(
                Reshape(shape: [1]), steps.extent(words, 0))
            return try steps.append(ConstantOfShape(Tensor([Int32(0)])), batch)
        }
        let one = try steps.number(1, like: mask)
        let isWord = try steps.append(Equal(), mask, one)
        let flags = try steps.append(Cast(to: .int32), isWord)
        return try steps.append(ReduceSum(axes: [1], keepsDimensions: false), flags)
    }
}
