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

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type, [.int("upper", isUpper ? 1 : 0)])
    }

    func infer(_ context: InferenceContext) -> [Inferred] { context.same() }

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
        try context.move([x, Tensor(zeros: x.dataType, shape: [1])], x.shape, by: triangle)
    }

    private struct Triangle: Movement {
        let matrices: Int
        let rows: Int
        let columns: Int
        let diagonal: Int
        let isUpper: Bool

        @inline(__always)
        func callAsFunction<Element>(
            _ sources: [UnsafePointer<Element>], _ result: UnsafeMutablePointer<Element>
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
