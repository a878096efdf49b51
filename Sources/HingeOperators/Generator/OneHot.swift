import HingeGraph

/// Writes each index of input 0 as a vector of `depth`, input 1, elements that are all `values[0]` but the one at
/// the index, which is `values[1]`; the values are input 2.
///
/// An index from −depth to −1 counts from the end; one beyond that gives a vector without `values[1]`.
///
/// Source: ONNX OneHot 9, 11, 28.
public struct OneHot: Operator {
    /// The new dimension of the output.
    public var axis: Int

    /// Creates the operator.
    public init(axis: Int = -1) {
        self.axis = axis
    }
}

public extension OneHot {
    static let type = "OneHot"

    init(_ node: NodeReader) throws {
        axis = try node.int("axis", default: -1)
    }

    func spell(_ speller: inout Speller) throws {
        guard speller.opset < 11, axis < -1, let rank = speller.shape(0)?.rank else {
            return speller.emit(Self.type, [.int("axis", axis)])
        }
        speller.emit(Self.type, [.int("axis", axis + rank + 1)])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let type = context.dataType(2)
        guard let indices = context.shape(0) else { return [.tensor(type, nil)] }
        var depth = Shape.Dimension.unknown
        if let constant = context.constant(1) {
            depth = .known(try OneHot.depth(constant))
        } else if let elements = context.elements(1), elements.count == 1 {
            depth = elements[0]
        }
        var shape = indices.dimensions
        shape.insert(depth, at: try InferenceContext.axis(axis, rank: indices.rank + 1))
        return [.tensor(type, Shape(shape))]
    }

    private static func depth(_ tensor: Tensor) throws -> Int {
        guard tensor.count == 1, let value = try tensor.doubles().first,
            let depth = Int(exactly: value.rounded(.towardZero)), depth >= 0
        else {
            throw HingeError(.mismatch, "expected a depth, found \(tensor.dataType)\(tensor.shape)")
        }
        return depth
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        let depth = context.integers(1)?.first
        return [0: .index(into: depth), 1: .within(2, 5)]
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let picks = try context.input(0)
        let depth = try OneHot.depth(context.input(1))
        let values = try context.input(2)
        guard values.count == 2 else {
            throw HingeError(.mismatch, "expected two values, found \(values.shape)")
        }
        let axis = try InferenceContext.axis(axis, rank: picks.rank + 1)
        var shape = picks.shape
        shape.insert(depth, at: axis)
        try MemoryLimit.check(values.dataType, shape)
        let inner = picks.shape[axis...].reduce(1, *)
        let indices =
            picks.dataType.isInteger
            ? try picks.integers()
            : try picks.doubles().map { Int(exactly: $0.rounded(.towardZero)) ?? Int.max }
        try MemoryLimit.checkArray(of: Int.self, count: indices.count)
        var offsets: [Int] = []
        for (position, index) in indices.enumerated() where index >= -depth && index < depth {
            let place = index < 0 ? index + depth : index
            offsets.append((position / inner * depth + place) * inner + position % inner)
        }
        let count = try Tensor.count(of: shape)
        try context.move(values, shape, by: Marks(count: count, offsets: offsets))
    }

    private struct Marks: Movement {
        let count: Int
        let offsets: [Int]

        @inline(__always)
        func callAsFunction<Element>(
            _ sources: MovementSources<Element>, _ result: UnsafeMutablePointer<Element>
        ) {
            let (off, on) = (sources[0][0], sources[0][1])
            parallelFor(count, cost: 1) { range in
                (result + range.lowerBound).update(repeating: off, count: range.count)
            }
            for offset in offsets { result[offset] = on }
        }
    }
}

extension OneHot: DifferentiableOperator {
    /// For the values, the sums of `g` off and on; the indices have none.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        guard derivative.wants(2) else { return }
        let marks = try derivative.append(
            self, derivative.input(0), derivative.input(1),
            derivative.constant(
                Tensor([0, 1] as [Float]).converted(to: derivative.composition.dataType(g))))
        let total = ReduceSum(keepsDimensions: false)
        let on = try derivative.append(total, derivative.multiply(g, marks))
        let all = try derivative.append(total, g)
        let sums = try [derivative.subtract(all, on), on].map {
            try derivative.append(Unsqueeze(axes: [0]), $0)
        }
        derivative.give(try derivative.append(Concat(axis: 0), sums, outputCount: 1)[0], for: 2)
    }
}
