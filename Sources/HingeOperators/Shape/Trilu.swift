import HingeGraph

/// Keeps the upper or lower triangle of matrices, `[…, rows, columns]`; the rest becomes zero.
///
/// Input 1, `int64[]`, is the diagonal that bounds the triangle: 0, the main one, without it.
///
/// Source: ONNX Trilu 14.
public struct Trilu: Operator {
    /// Whether the upper triangle is kept.
    public var isUpper: Bool

    /// Creates the operator.
    public init(isUpper: Bool = true) {
        self.isUpper = isUpper
    }
}

public extension Trilu {
    static let type = "Trilu"

    init(_ node: NodeReader) throws {
        isUpper = try node.flag("upper", default: true)
    }

    func spell(_ speller: inout Speller) throws {
        if speller.opset >= 14 {
            return speller.emit(Self.type, [.int("upper", isUpper ? 1 : 0)])
        }
        // How far each element is above the main diagonal, compared with the one that bounds the triangle.
        let columns = try places(-1, &speller)
        let rows = try speller.append(Unsqueeze(axes: [1]), [try places(-2, &speller)])
        let heights = speller.step("Sub", [columns, rows])
        let diagonal =
            speller.hasInput(1)
            ? speller.inputs[1] : speller.constant(Tensor(scalar: 0 as Int64))
        let isZero = speller.step(isUpper ? "Less" : "Greater", [heights, diagonal])
        speller.emit(
            "Where", inputs: [isZero, try speller.scalar(0, like: 0), speller.inputs[0]],
            outputs: speller.outputs)
    }

    /// The numbers from 0 on along a dimension of the input.
    private func places(_ dimension: Int, _ speller: inout Speller) throws -> String {
        if let shape = speller.shape(0), shape.rank >= 2,
            let extent = shape[shape.rank + dimension].extent
        {
            try MemoryLimit.check(.int64, [extent])
            return speller.constant(Tensor((0..<Int64(extent)).map { $0 }))
        }
        let place = speller.constant(Tensor(scalar: Int64(dimension)))
        let extent = speller.step("Gather", [speller.step("Shape", [speller.inputs[0]]), place])
        let bounds = [0, 1].map { speller.constant(Tensor(scalar: Int64($0))) }
        return speller.step("Range", [bounds[0], extent, bounds[1]])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        if let shape = context.shape(0) {
            try context.require(shape.rank >= 2, "expected a matrix or several, found \(shape)")
        }
        return context.same()
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs = moving(0, of: outputs)
        needs[1] = .within(-1, 1)
        return needs
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let x = try context.input(0)
        guard x.rank >= 2 else {
            throw HingeError(.mismatch, "expected matrices, found \(x.shape)")
        }
        let diagonal = try context.optionalInput(1)?.integers().first ?? 0
        let (rows, columns) = (x.shape[x.rank - 2], x.shape[x.rank - 1])
        let bound = min(max(diagonal, -rows - columns), rows + columns)
        let triangle = Triangle(
            matrices: x.shape.dropLast(2).reduce(1, *), rows: rows, columns: columns,
            diagonal: bound, isUpper: isUpper)
        try context.move(x, Tensor(zeros: x.dataType, shape: [1]), x.shape, by: triangle)
    }

    private struct Triangle: Movement {
        let matrices: Int
        let rows: Int
        let columns: Int
        let diagonal: Int
        let isUpper: Bool

        @inline(__always)
        func callAsFunction<Element>(
            _ sources: MovementSources<Element>, _ result: UnsafeMutablePointer<Element>
        ) {
            let source = sources[0]
            let zero = sources[1].pointee
            parallelFor(matrices * rows, cost: columns) { range in
                for line in range {
                    let (row, start) = (line % rows, line * columns)
                    // The first column of the upper triangle, the one after the last of the lower.
                    let bound = min(max(row + diagonal + (isUpper ? 0 : 1), 0), columns)
                    let kept = isUpper ? bound..<columns : 0..<bound
                    (result + start).update(repeating: zero, count: columns)
                    (result + start + kept.lowerBound).update(
                        from: source + start + kept.lowerBound, count: kept.count)
                }
            }
        }
    }
}

extension Trilu: DifferentiableOperator {
    /// The same triangle of `g`.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        derivative.give(try derivative.append(self, g, derivative.optionalInput(1)), for: 0)
    }
}
