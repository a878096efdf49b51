import HingeGraph

/// What ONNX Runtime's attention operators have in common: how scores are scaled and masked.
public struct AttentionScoring: Sendable, Hashable {
    /// The number of heads.
    public var headCount: Int
    /// What products are multiplied by; `nil` for `1 / √D`.
    public var scale: Float?
    /// Whether a query takes no key into account that comes after it.
    public var isCausal: Bool
    /// What is added to the scores of keys that a mask leaves out.
    public var filterValue: Float

    /// Creates a description.
    public init(
        headCount: Int, scale: Float? = nil, isCausal: Bool = false, filterValue: Float = -10000
    ) {
        self.headCount = headCount
        self.scale = scale
        self.isCausal = isCausal
        self.filterValue = filterValue
    }
}

extension AttentionScoring {
    /// - Throws: ``HingeError`` when an attribute is missing, out of range, or asks for what isn't supported.
    init(_ node: NodeReader) throws {
        let headCount = try node.required("num_heads", node.int("num_heads"))
        guard headCount > 0 else {
            throw node.error("num_heads", "expected 1 or more, found \(headCount)")
        }
        let scale = try node.float("scale", default: 0)
        self.init(
            headCount: headCount, scale: scale == 0 ? nil : scale,
            isCausal: try node.flag("unidirectional", default: false),
            filterValue: try node.float("mask_filter_value", default: -10000))
        for name in ["do_rotary", "past_present_share_buffer"] {
            guard try node.int(name, default: 0) == 0 else {
                throw HingeError(
                    .unsupported, "expected 0: another value is not supported",
                    at: [.attribute(name)])
            }
        }
    }

    var attributes: [Attribute] {
        var attributes: [Attribute] = [
            .int("num_heads", headCount), .float("mask_filter_value", filterValue),
        ]
        if let scale { attributes.append(.float("scale", scale)) }
        if isCausal { attributes.append(.int("unidirectional", 1)) }
        return attributes
    }

    /// The operator of the standard.
    var attention: Attention {
        var attention = Attention(
            queryHeadCount: headCount, keyHeadCount: headCount, scale: scale, isCausal: isCausal)
        attention.padsMask = false
        return attention
    }

    /// What is added to the scores, `[N, H, L, T]` or what broadcasts to it: a mask of keys as numbers, and other numbers.
    ///
    /// - Parameters:
    ///   - mask: `int32`: the number of keys in each sample, `[N]`, and after them, perhaps, where the queries and the keys of each
    ///     begin and the last ones end if samples are put one behind the other, `[3 · N + 2]`; the ends and after them the
    ///     beginnings, `[2 · N]`; or which keys take part: `[N, T]` or `[N, L, T]`.
    ///   - bias: Other numbers.
    ///   - query: A value `[N, L, …]` of the type of the scores.
    ///   - total: The number of keys.
    func bias(
        mask: Composition.Operand?, _ bias: Composition.Operand?, query: Composition.Operand,
        total: Composition.Operand, _ steps: inout Composition
    ) throws -> Composition.Operand? {
        guard let mask else { return bias }
        let takesPart: Composition.Operand
        let shape = try steps.knownShape(mask)
        if shape.rank == 1 {
            takesPart = try range(mask, query, total, &steps)
        } else {
            guard (2...3).contains(shape.rank) else {
                throw steps.unsupported("a mask of shape \(shape)")
            }
            let choice = try steps.append(Greater(), mask, steps.number(0, like: mask))
            takesPart = try steps.append(
                Unsqueeze(axes: shape.rank == 2 ? [1, 2] : [1]), choice)
        }
        let added = try steps.append(
            Where(), takesPart, steps.number(0, like: query),
            steps.number(Double(filterValue), like: query))
        return try steps.sum(added, bias)
    }

    /// Which keys take part by the number of keys, or by ends and beginnings: `[N, 1, 1, T]`.
    private func range(
        _ mask: Composition.Operand, _ query: Composition.Operand, _ total: Composition.Operand,
        _ steps: inout Composition
    ) throws -> Composition.Operand {
        let count = try steps.knownShape(mask, rank: 1)[0]
        let batch = try steps.knownShape(query)[0]
        let wide = try steps.append(Cast(to: .int64), mask)
        let keys = try steps.counting(total)
        if count == batch, count != .unknown {
            let ends = try steps.append(Reshape(shape: [-1, 1, 1, 1]), wide)
            return try steps.append(Less(), keys, ends)
        }
        guard let count = count.extent, let batch = batch.extent else {
            throw steps.unknown("the batch and the length of the mask")
        }
        if count == Extent.sum(of: [Extent.product(of: [batch, 3]), 2]) {
            let counts = try steps.append(SliceOf(starts: [0], ends: [batch]), wide)
            let ends = try steps.append(Reshape(shape: [-1, 1, 1, 1]), counts)
            return try steps.append(Less(), keys, ends)
        }
        guard count == Extent.product(of: [batch, 2]) else {
            throw steps.unsupported("a mask of \(count) numbers for \(batch) samples")
        }
        let rows = try steps.append(Reshape(shape: [2, -1, 1, 1, 1]), wide)
        let ends = try steps.append(Gather(axis: 0), rows, steps.integer(0))
        let starts = try steps.append(Gather(axis: 0), rows, steps.integer(1))
        return try steps.append(
            And(), steps.append(Less(), keys, ends),
            steps.append(GreaterOrEqual(), keys, starts))
    }

    /// Attention of projected inputs, with a past in one value, `[2, N, H, P, D]`: the outputs of ``MicrosoftAttention``.
    ///
    /// - Parameters:
    ///   - projected: Query, key and value, `[N, L, H·D]`.
    ///   - mask: As that of ``bias(mask:_:query:total:_:)``.
    func attend(
        _ projected: [Composition.Operand], mask: Composition.Operand?,
        bias: Composition.Operand?, past: Composition.Operand?, _ steps: inout Composition
    ) throws {
        let query = projected[0]
        let length = try steps.extent(projected[1], 1)
        let parts = try past.map { past in
            _ = try steps.knownShape(past, rank: 5)
            return try [0, 1].map {
                try steps.append(Gather(axis: 0), past, steps.integer($0))
            }
        }
        let pastLength = try past.map { try steps.extent($0, 3) } ?? steps.integer(0)
        let total = try steps.append(Add(), pastLength, length)
        let bias = try self.bias(
            mask: mask, bias, query: query, total: total, &steps)
        let count = steps.wants(1) ? 3 : 1
        let outputs = try steps.append(
            attention, [query, projected[1], projected[2], bias, parts?[0], parts?[1]],
            outputCount: count)
        steps.give(outputs[0])
        guard count > 1 else { return }
        let present = try outputs.dropFirst().map { try steps.append(Unsqueeze(axes: [0]), $0) }
        steps.give(try steps.append(Concat(axis: 0), present[0], present[1]), as: 1)
    }
}
