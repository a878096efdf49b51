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
        try steps.embed(epsilon: epsilon, positions: steps.optionalInput(8)) { _, operand, _ in
            operand
        }
    }
}

extension Composition {
    /// The outputs of ``EmbedLayerNormalization``, whose inputs up to 7 are the first ones.
    ///
    /// - Parameters:
    ///   - epsilon: What is added to the variance.
    ///   - positions: The positions; `nil` for 0, 1, ….
    ///   - numbers: Makes numbers of what was taken out of the input at an index.
    mutating func embed(
        epsilon: Float, positions: Operand?,
        numbers: (inout Composition, Operand, Int) throws -> Operand
    ) throws {
        let words = try input(0)
        _ = try knownShape(words, rank: 2)
        func rows(_ table: Int, _ places: Operand) throws -> Operand {
            let taken = try append(Gather(axis: 0), input(table), places)
            return try numbers(&self, taken, table)
        }
        let places = try positions ?? counting(extent(words, 1))
        let (wordRows, placeRows) = (try rows(2, words), try rows(3, places))
        var sum = try append(Add(), wordRows, placeRows)
        if let segments = optionalInput(1), optionalInput(4) != nil {
            sum = try append(Add(), sum, rows(4, segments))
        }
        let (scale, bias) = (try input(5), try input(6))
        let factors = (try numbers(&self, scale, 5), try numbers(&self, bias, 6))
        give(try append(LayerNormalization(axis: -1, epsilon: epsilon), sum, factors.0, factors.1))
        if wants(1) { give(try wordCounts(words), as: 1) }
        give(sum, as: 2)
    }

    /// The number of words in each sample, by the mask, input 7.
    private mutating func wordCounts(_ words: Operand) throws -> Operand {
        guard let mask = optionalInput(7) else {
            let batch = try append(Reshape(shape: [1]), extent(words, 0))
            return try append(ConstantOfShape(Tensor([Int32(0)])), batch)
        }
        let isWord = try append(Equal(), mask, number(1, like: mask))
        let flags = try append(Cast(to: .int32), isWord)
        return try append(ReduceSum(axes: [1], keepsDimensions: false), flags)
    }
}
