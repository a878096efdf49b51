import HingeGraph

/// A tensor seen as `[outer, count, inner]`: one dimension, or a run of them, between those before and after.
struct AxisSpan: Sendable {
    /// The number of elements of all dimensions before.
    let outer: Int
    /// The number of elements along the axis.
    let count: Int
    /// The number of elements of all dimensions after.
    let inner: Int

    init(outer: Int, count: Int, inner: Int) {
        self.outer = outer
        self.count = count
        self.inner = inner
    }

    /// Takes one axis, which may be negative.
    ///
    /// - Throws: ``HingeError`` when it is out of range.
    init(_ shape: [Int], axis: Int) throws {
        let index = try InferenceContext.axis(axis, rank: shape.count)
        self.init(shape, index..<index + 1)
    }

    /// Takes the dimensions of a range as one.
    init(_ shape: [Int], _ range: Range<Int>) {
        outer = shape[..<range.lowerBound].reduce(1, *)
        count = shape[range].reduce(1, *)
        inner = shape[range.upperBound...].reduce(1, *)
    }

    /// Neighbouring lines along the axis.
    struct Lines {
        /// The offset of the first element of the first line.
        let start: Int
        /// The number of lines; they begin at neighbouring elements.
        let count: Int
    }

    /// Calls `body` with blocks of lines that cover all, each line once, on all threads that the run may take.
    ///
    /// - Parameter cost: The work of one element, as `parallelFor` counts it.
    func forEachLines<Failure: Error>(
        cost: Int, _ body: (Lines) throws(Failure) -> Void
    ) throws(Failure) {
        let width = min(inner, AxisSpan.blockWidth)
        guard width > 0 else { return }
        let blocks = (inner + width - 1) / width
        try parallelFor(outer * blocks, cost: count * width * cost) {
            range throws(Failure) in
            for item in range {
                let (row, block) = item.quotientAndRemainder(dividingBy: blocks)
                try body(
                    Lines(
                        start: row * count * inner + block * width,
                        count: min(width, inner - block * width)))
            }
        }
    }

    /// The most neighbouring lines that are taken together: enough to walk memory in order.
    private static let blockWidth = 256
}
