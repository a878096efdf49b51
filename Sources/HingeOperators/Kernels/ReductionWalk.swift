/// How a tensor is walked when some of its axes are reduced.
///
/// Neighbouring dimensions that are all reduced, or all kept, are merged.
struct ReductionWalk: Sendable {
    /// The shape of the result with the reduced dimensions as 1.
    let keptShape: [Int]
    /// The shape of the result without the reduced dimensions.
    let prunedShape: [Int]
    /// The number of elements that make one of the result.
    let count: Int
    /// Whether the innermost dimension is reduced, so that each result is made of contiguous runs.
    let hasInnerRuns: Bool
    /// The length of an innermost run.
    let runLength: Int
    /// The offsets of the innermost runs, of the kept dimensions.
    let kept: Offsets
    /// The same, of the reduced ones.
    let reduced: Offsets

    init(_ shape: [Int], _ axes: Set<Int>) {
        keptShape = shape.indices.map { axes.contains($0) ? 1 : shape[$0] }
        prunedShape = shape.indices.filter { !axes.contains($0) }.map { shape[$0] }
        count = shape.indices.filter { axes.contains($0) }.reduce(1) { $0 * shape[$1] }
        // The merged extents, outermost first, the steps in memory, and whether the dimension is reduced.
        var dimensions: [(extent: Int, step: Int, isReduced: Bool)] = []
        var step = 1
        for index in shape.indices.reversed() where shape[index] != 1 {
            let isReduced = axes.contains(index)
            if let first = dimensions.first, first.isReduced == isReduced {
                dimensions[0].extent *= shape[index]
            } else {
                dimensions.insert((shape[index], step, isReduced), at: 0)
            }
            step *= shape[index]
        }
        let run = dimensions.popLast()
        hasInnerRuns = run?.isReduced ?? true
        runLength = run?.extent ?? 1
        kept = Offsets(dimensions.filter { !$0.isReduced }.map { ($0.extent, $0.step) })
        reduced = Offsets(dimensions.filter(\.isReduced).map { ($0.extent, $0.step) })
    }

    /// The number of parts that the elements of each result are taken in, which are put together in order.
    ///
    /// It depends on the shape alone, so that the result doesn't depend on the number of threads.
    ///
    /// - Parameter results: The number of results that are worked on one by one, with `work` elements each.
    static func parts(of work: Int, results: Int) -> Int {
        max(1, min(work / leastPart, sufficientParts / max(results, 1)))
    }

    /// The fewest elements that are worth a part of their own.
    private static let leastPart = 1 << 15
    /// The number of parts in all from which on there are enough to share.
    private static let sufficientParts = 64

    /// Offsets in memory of all indices of some dimensions, in order.
    struct Offsets: Sendable {
        /// The number of offsets.
        let count: Int
        private let extents: [Int]
        private let steps: [Int]

        fileprivate init(_ dimensions: [(Int, Int)]) {
            extents = dimensions.map(\.0)
            steps = dimensions.map(\.1)
            count = extents.reduce(1, *)
        }

        /// Calls `body` with the offsets of a range, as rows that are evenly apart.
        @inline(never)
        func forEachRow(
            in range: Range<Int>, _ body: (_ offset: Int, _ count: Int, _ step: Int) -> Void
        ) {
            guard let extent = extents.last, let step = steps.last else {
                if !range.isEmpty { body(0, 1, 0) }
                return
            }
            var start = range.lowerBound
            while start < range.upperBound {
                let (row, inside) = start.quotientAndRemainder(dividingBy: extent)
                let count = min(extent - inside, range.upperBound - start)
                body(rowOffset(row) + inside * step, count, step)
                start += count
            }
        }

        /// The offset at a position.
        func callAsFunction(_ position: Int) -> Int {
            guard let extent = extents.last, let step = steps.last else { return 0 }
            let (row, inside) = position.quotientAndRemainder(dividingBy: extent)
            return rowOffset(row) + inside * step
        }

        private func rowOffset(_ row: Int) -> Int {
            var (rest, offset) = (row, 0)
            for dimension in extents.indices.dropLast().reversed() {
                let (quotient, index) = rest.quotientAndRemainder(dividingBy: extents[dimension])
                offset += index * steps[dimension]
                rest = quotient
            }
            return offset
        }
    }
}
