import HingeGraph

/// Cuts a tensor into parts along one dimension: of the given sizes, which are input 1: `int64[parts]`, or
/// of equal size, the last one smaller if it doesn't come out even.
///
/// Source: ONNX Split 1, 2, 11, 13, 18; the sizes were an attribute before 13.
public struct Split: PreparedOperator {
    /// The dimension to cut.
    public var axis: Int
    /// The extent of each part, where that is a constant of the operator; otherwise it is input 1.
    public var sizes: [Int]?

    /// Creates the operator; without sizes, those are input 1, and without that the parts are equal.
    public init(axis: Int = 0, sizes: [Int]? = nil) {
        self.axis = axis
        self.sizes = sizes
    }
}

public extension Split {
    static let type = "Split"

    init(_ node: NodeReader) throws {
        axis = try node.int("axis", default: 0)
        sizes = node.opset < 13 ? try node.ints("split") : nil
        if let count = try node.int("num_outputs"), count != node.node.outputs.count {
            throw node.error(
                "num_outputs",
                "expected the number of outputs, \(node.node.outputs.count), found \(count)")
        }
        if node.opset < 2, sizes == nil, node.hasInput(1) {
            guard let operand = node.constant(1) else {
                throw HingeError(.unsupported, "Split of opset 1 with sizes that are computed")
            }
            sizes = try operand.doubles().map { Int($0) }
        }
    }

    var operandValues: [Int: Tensor] {
        sizes.map { [1: Tensor($0.map { Int64($0) })] } ?? [:]
    }

    func spell(_ speller: inout Speller) throws {
        let axis: [Attribute] = [.int("axis", try speller.nonNegative([axis], before: 11)[0])]
        let count = speller.outputs.count
        guard speller.hasInput(1) else {
            if speller.opset >= 18 {
                return speller.emit(Self.type, axis + [.int("num_outputs", count)])
            }
            guard let extent = speller.shape(0).flatMap({ self.extent($0) }), extent % count != 0
            else { return speller.emit(Self.type, axis) }
            var uneven = self
            uneven.sizes = Split.equal(extent, count)
            return try speller.append(
                uneven, [speller.inputs[0]], outputs: speller.outputs, known: speller.known)
        }
        guard speller.opset < 13 else { return speller.emit(Self.type, axis) }
        let sizes = try speller.constantInput(1, named: "a list of sizes", needing: 13).integers()
        speller.emit(
            Self.type, axis + [.ints("split", sizes)], inputs: [speller.inputs[0]],
            outputs: speller.outputs)
    }

    private func extent(_ shape: Shape) -> Int? {
        let index = axis < 0 ? axis + shape.rank : axis
        return (0..<shape.rank).contains(index) ? shape[index].extent : nil
    }

    /// The extents of equal parts, the last one smaller if it doesn't come out even.
    private static func equal(_ extent: Int, _ count: Int) -> [Int] {
        let size = (extent + count - 1) / max(count, 1)
        return (0..<count).map { max(0, min(size, extent - $0 * size)) }
    }

    /// The dimensions of equal parts, as far as they can be told.
    private static func equal(_ dimension: Shape.Dimension, _ count: Int) -> [Shape.Dimension] {
        if let extent = dimension.extent { return equal(extent, count).map { .known($0) } }
        let (least, most) = (
            dimension.quotient(by: count), dimension.quotientRoundedUp(by: count)
        )
        if least == most { return [Shape.Dimension](repeating: least, count: count) }
        if count == 2 { return [most, least] }
        return [most] + [Shape.Dimension](repeating: .unknown, count: max(count - 1, 0))
    }

    private static func require(_ sizes: [Int], count: Int, extent: Int) throws {
        guard sizes.count == count, sizes.allSatisfy({ (0...extent).contains($0) }),
            Extent.sum(of: sizes) == extent
        else {
            throw HingeError(
                .mismatch, "expected \(count) sizes that add up to \(extent), found \(sizes)")
        }
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let count = context.outputCount
        let type = context.dataType(0)
        guard let shape = context.shape(0) else {
            return [Inferred](repeating: .tensor(type, nil), count: count)
        }
        let axis = try InferenceContext.axis(axis, rank: shape.rank)
        var extents = [Shape.Dimension](repeating: .unknown, count: count)
        if context.has(1) {
            if let sizes = context.integers(1), let extent = shape[axis].extent {
                try Split.require(sizes, count: count, extent: extent)
            }
            if let sizes = context.elements(1), sizes.count == count {
                extents = sizes
            } else if shape[axis] == 0 {
                extents = [Shape.Dimension](repeating: 0, count: count)
            }
        } else {
            extents = Split.equal(shape[axis], count)
        }
        // All but one make that one known.
        if let index = extents.firstIndex(of: .unknown) {
            extents[index] = extents.enumerated().reduce(shape[axis]) { rest, other in
                other.offset == index ? rest : rest.minus(other.element)
            }
        }
        let elements = shape.rank == 1 ? context.elements(0) : nil
        var rest = elements?[...]
        return extents.map { extent in
            var part = shape
            part[axis] = extent
            var result = Inferred.tensor(type, part)
            if let known = rest, let size = extent.extent, (0...known.count).contains(size) {
                result.elements = Array(known.prefix(size))
                rest = known.dropFirst(size)
            } else {
                rest = nil
            }
            return result
        }
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs: [Int: ElementNeeds] = [:]
        let asked = outputs.compactMap { $0?.anywhere }
        if let first = asked.first {
            needs[0] = asked.dropFirst().reduce(first) { $0.merged(with: $1) }
        }
        if let extent = context.extent(0, axis) {
            needs[1] = .exactly(Split.equal(extent, context.outputCount))
        }
        return needs
    }

    /// Into one output.
    func isIdentity(_ context: InferenceContext, _ outputs: [Inferred]) -> Bool {
        context.outputCount == 1
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let (x, outputCount) = (try context.input(0), context.outputCount)
        return try context.kernel(knowing: 1..<2) { try kernel(x, $0, outputCount) }
    }

    /// The kernel for a tensor of a type, given what the other input holds.
    private func kernel(
        _ x: KnownTensor, _ context: EvaluationContext, _ outputCount: Int
    ) throws -> Kernel {
        let axis = try InferenceContext.axis(axis, rank: x.rank)
        let extent = x.shape[axis]
        let sizes =
            try context.optionalInput(1)?.integers() ?? Split.equal(extent, outputCount)
        try Split.require(sizes, count: outputCount, extent: extent)
        let inner = x.shape[(axis + 1)...].reduce(1, *)
        let rows = x.shape[..<axis].reduce(1, *)
        var offset = 0
        let parts = sizes.map { size in
            defer { offset += size * inner }
            var shape = x.shape
            shape[axis] = size
            let copy = StridedCopy(
                [rows, size * inner], from: [extent * inner, 1], offset: offset)
            return (shape: shape, movement: SingleCopy(copy: copy))
        }
        return { context in
            let x = try context.input(0)
            for (index, part) in parts.enumerated() {
                try context.move(.one(x), to: index, part.shape, by: part.movement)
            }
        }
    }
}

extension Split: DifferentiableOperator {
    /// The gradients of the parts, joined.
    public func differentiate(_ derivative: inout Derivative) throws {
        let count = derivative.outputs.count
        var shapes: [Derivative.Operand]?
        var parts: [Derivative.Operand] = []
        for index in derivative.outputs {
            if let gradient = derivative.outputGradient(index) {
                parts.append(gradient)
                continue
            }
            if derivative.optionalOutput(index) == nil, shapes == nil {
                let inputs = derivative.inputs.map { derivative.optionalInput($0) }
                shapes = try derivative.append(self, inputs, outputCount: count)
            }
            guard let part = derivative.optionalOutput(index) ?? shapes?[index] else { continue }
            parts.append(try derivative.filled(0, like: part))
        }
        derivative.give(try derivative.append(Concat(axis: axis), parts, outputCount: 1)[0], for: 0)
    }
}
