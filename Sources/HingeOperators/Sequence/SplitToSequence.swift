import HingeGraph

/// Cuts a tensor into a sequence of parts along one dimension: of one extent, the last one perhaps smaller, if input 1 is
/// a scalar; of the given extents if it is a vector; of extent 1 if it is absent.
///
/// Source: ONNX SplitToSequence 11, 24.
public struct SplitToSequence: Operator {
    /// The dimension to cut; a negative one counts from the last.
    public var axis: Int
    /// Whether parts of extent 1 keep the dimension; without meaning where input 1 is given.
    public var keepsDimension: Bool

    /// Creates the operator.
    public init(axis: Int = 0, keepsDimension: Bool = true) {
        self.axis = axis
        self.keepsDimension = keepsDimension
    }
}

public extension SplitToSequence {
    static let type = "SplitToSequence"

    init(_ node: NodeReader) throws {
        axis = try node.int("axis", default: 0)
        keepsDimension = try node.flag("keepdims", default: true)
    }

    func spell(_ speller: inout Speller) {
        speller.emit(
            Self.type, [.int("axis", axis), .int("keepdims", keepsDimension ? 1 : 0)])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let type = context.dataType(0)
        guard var shape = context.shape(0) else {
            return [Inferred(type: .sequence(.tensor(type, nil)))]
        }
        let axis = try InferenceContext.axis(axis, rank: shape.rank)
        if context.has(1) {
            shape[axis] = partExtent(context, shape[axis])
        } else if keepsDimension {
            shape[axis] = 1
        } else {
            shape.dimensions.remove(at: axis)
        }
        return [Inferred(type: .sequence(.tensor(type, shape)))]
    }

    /// The extent that all parts have, if it is known and the same.
    private func partExtent(_ context: InferenceContext, _ extent: Shape.Dimension)
        -> Shape.Dimension
    {
        guard let split = context.integers(1), let first = split.first,
            let rank = context.shape(1)?.rank
        else { return .unknown }
        if rank > 0 { return split.allSatisfy { $0 == first } ? .known(first) : .unknown }
        guard first > 0, let extent = extent.extent, extent > 0 else { return .unknown }
        return extent <= first ? .known(extent) : extent % first == 0 ? .known(first) : .unknown
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs = moving(0, of: outputs)
        let extent = context.extent(0, axis)
        if let count = context.length(1), let extent, count > 0 {
            needs[1] = .exactly(
                (0..<count).map { $0 + 1 < count ? extent / count : extent - extent / count * $0 })
        } else {
            needs[1] = .count(upTo: extent)
        }
        return needs
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let x = try context.input(0)
        let axis = try InferenceContext.axis(axis, rank: x.rank)
        var parts: [Value] = []
        var start = 0
        for extent in try extents(context, x.shape[axis]) {
            var part = try x.part(start..<start + extent, along: axis)
            if !keepsDimension, !context.has(1) {
                var shape = part.shape
                shape.remove(at: axis)
                part = try part.reshaped(to: shape)
            }
            parts.append(.tensor(part))
            start += extent
        }
        context.set(0, .sequence(parts))
    }

    /// The extents of the parts.
    private func extents(_ context: EvaluationContext, _ extent: Int) throws -> [Int] {
        guard let split = try context.optionalInput(1) else {
            try SequenceLimit.check(count: extent)
            return [Int](repeating: 1, count: extent)
        }
        let sizes = try split.integers()
        guard split.rank == 0 else {
            try SequenceLimit.check(count: sizes.count)
            guard split.rank == 1, sizes.allSatisfy({ (0...extent).contains($0) }),
                Extent.sum(of: sizes) == extent
            else {
                throw HingeError(
                    .mismatch, "expected extents that add up to \(extent), found \(sizes)")
            }
            return sizes
        }
        guard sizes[0] > 0 else {
            throw HingeError(.mismatch, "expected an extent above 0, found \(sizes[0])")
        }
        let size = min(sizes[0], max(extent, 1))
        let count = (extent + size - 1) / size
        try SequenceLimit.check(count: count)
        return (0..<count).map { min(size, extent - $0 * size) }
    }
}

extension SplitToSequence: UndifferentiatedOperator {
    /// Sequences and optional values have no gradients here.
    public static var derivativeAbsence: DerivativeAbsence {
        .unstated("sequences and optional values have no gradients here")
    }
}
