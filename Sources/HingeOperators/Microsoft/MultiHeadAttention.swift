import HingeGraph

/// Attention of query, key and value that are projected already, but for the biases of their projections.
///
/// Inputs: query, `[N, L, H·D]`; key, `[N, S, H·D]` or `[N, H, S, D]`; value, `[N, S, H·V]` or `[N, H, S, V]`; optional: biases
/// side by side, `[2·H·D + H·V]`; a mask (``AttentionScoring``); numbers to add to the scores, `[N, H, L, T]` or what broadcasts
/// to it; past keys and values, `[N, H, P, D]` and `[N, H, P, V]`; how many of those count, `int32[]` or `int32[1]`, where there
/// is room for more; and of which beam of a search each past key is, `int32[B, W, M]`, counted among the W beams of one of B
/// searches, where N is B·W and M at least P: the past ones are taken from there, one key is new, and those that are given back stay
/// where they are. Outputs: the result, `[N, L, H·V]`; optional: all keys and values, `[N, H, T, D]` and `[N, H, T, V]`, with
/// room as the past ones have it. N is the batch, L the length, S the number of new keys, P of past ones, T of all, H the heads,
/// D and V the sizes of a head.
///
/// Source: ONNX Runtime's MultiHeadAttention 1 of the domain com.microsoft.
public struct MultiHeadAttention: MicrosoftOperator {
    /// How scores are scaled and masked.
    public var scoring: AttentionScoring

    /// Creates the operator.
    public init(_ scoring: AttentionScoring) {
        self.scoring = scoring
    }
}

public extension MultiHeadAttention {
    static let type = "MultiHeadAttention"

    init(_ node: NodeReader) throws {
        scoring = try AttentionScoring(node)
        guard node.hasInput(1), node.hasInput(2) else {
            throw HingeError(.unsupported, "query, key and value in one input are not supported")
        }
        guard !node.hasInput(9) || node.hasInput(6) && node.hasInput(7) && node.hasInput(8) else {
            throw HingeError(.badData, "expected a past and its length beside cache_indirection")
        }
        guard !node.hasOutput(3) else {
            throw HingeError(.unsupported, "scores as an output are not supported")
        }
    }

    var attributes: [Attribute] { scoring.attributes }

    func compose(_ steps: inout Composition) throws {
        var inputs = try (0..<3).map { try steps.input($0) }
        _ = try steps.knownShape(inputs[0], rank: 3)
        let isCrossed = try steps.knownShape(inputs[1]).rank == 4
        for input in inputs.dropFirst() {
            _ = try steps.knownShape(input, rank: isCrossed ? 4 : 3)
        }
        let keyAxis = isCrossed ? 2 : 1
        if let bias = steps.optionalInput(3) {
            inputs = try biased(inputs, bias, isCrossed: isCrossed, &steps)
        }
        let query = inputs[0]
        let length = try steps.extent(inputs[1], keyAxis)
        let buffers = [steps.optionalInput(6), steps.optionalInput(7)]
        var past = buffers
        var pastLength = try past[0].map { try steps.extent($0, 2) } ?? steps.integer(0)
        if let count = steps.optionalInput(8) {
            pastLength = try steps.append(
                Reshape(shape: []), steps.append(Cast(to: .int64), count))
            past = try buffers.map {
                try $0.map { try steps.rows(of: $0, from: steps.integer(0), to: pastLength) }
            }
        }
        let before = past
        if let beams = steps.optionalInput(9) {
            let extents = try [0, 1].map { try steps.knownShape(inputs[$0])[$0 == 0 ? 1 : keyAxis] }
            guard extents.allSatisfy({ $0.extent ?? 1 == 1 }) else {
                throw HingeError(
                    .mismatch, "expected one new key beside cache_indirection, found \(extents[1])")
            }
            let rows = try steps.rows(
                of: steps.beamRows(beams), from: steps.integer(0), to: pastLength)
            past = try past.map {
                try $0.map {
                    let places = try steps.append(Expand(), rows, steps.append(ShapeOf(), $0))
                    return try steps.append(GatherElements(axis: 0), $0, places)
                }
            }
        }
        let total = try steps.append(Add(), pastLength, length)
        let bias = try scoring.bias(
            mask: steps.optionalInput(4), steps.optionalInput(5), query: query,
            total: total, &steps)
        if isCrossed {
            let heads = try steps.append(
                Reshape(shape: [0, 0, scoring.headCount, -1]), inputs[0])
            inputs[0] = try steps.append(Transpose([0, 2, 1, 3]), heads)
        }
        let count = steps.wants(1) ? 3 : 1
        let outputs = try steps.append(
            scoring.attention, inputs + [bias] + past, outputCount: count)
        var result = outputs[0]
        if isCrossed {
            let rows = try steps.append(Transpose([0, 2, 1, 3]), result)
            result = try steps.append(Reshape(shape: [0, 0, -1]), rows)
        }
        steps.give(result)
        for index in 1..<count {
            var present = outputs[index]
            if steps.optionalInput(9) != nil, let kept = before[index - 1] {
                let new = try steps.rows(of: present, from: pastLength, to: total)
                present = try steps.append(Concat(axis: 2), kept, new)
            }
            if steps.optionalInput(8) != nil, let buffer = buffers[index - 1] {
                present = try steps.replacing(buffer, by: present, count: total)
            }
            steps.give(present, as: index)
        }
    }

    /// The inputs with their biases; keys and values by heads have theirs already.
    private func biased(
        _ inputs: [Composition.Operand], _ bias: Composition.Operand, isCrossed: Bool,
        _ steps: inout Composition
    ) throws -> [Composition.Operand] {
        let sizes = try inputs.map { input -> Int in
            let shape = try steps.knownShape(input)
            let extents = shape.rank == 4 ? [shape[1], shape[3]] : [shape[2]]
            guard let known = Shape(extents).extents else {
                throw steps.unknown("the sizes of query, key and value")
            }
            return Extent.product(of: known)
        }
        let parts = try steps.append(Split(axis: 0, sizes: sizes), [bias], outputCount: 3)
        return try zip(inputs, parts).enumerated().map { index, pair in
            index > 0 && isCrossed ? pair.0 : try steps.append(Add(), pair.0, pair.1)
        }
    }
}

extension Composition {
    /// The rows of `[N, H, T, D]` from one number up to before another.
    fileprivate mutating func rows(
        of operand: Operand, from start: Operand, to end: Operand
    ) throws -> Operand {
        let ends = try [start, end].map { try append(Reshape(shape: [1]), $0) }
        return try append(
            SliceOf(), operand, ends[0], ends[1], constant(Tensor([Int64(2)])))
    }

    /// The numbers, along the batch of all beams, of the beams `[B, W, M]` of B searches: `[B·W, 1, M, 1]`.
    fileprivate mutating func beamRows(_ beams: Operand) throws -> Operand {
        _ = try knownShape(beams, rank: 3)
        let searches = try append(Mul(), counting(extent(beams, 0)), extent(beams, 1))
        let first = try append(Reshape(shape: [-1, 1, 1]), searches)
        let rows = try append(Add(), first, append(Cast(to: .int64), beams))
        return try append(Unsqueeze(axes: [1, 3]), append(Flatten(axis: 2), rows))
    }

    /// A buffer `[N, H, T, D]` with its first rows, of which there are `count`, replaced.
    fileprivate mutating func replacing(
        _ buffer: Operand, by first: Operand, count: Operand
    ) throws -> Operand {
        let rest = try rows(of: buffer, from: count, to: extent(buffer, 2))
        let whole = try append(Concat(axis: 2), first, rest)
        guard let extents = try knownShape(buffer).extents else { return whole }
        return try append(Reshape(shape: extents), whole)
    }
}
