/// How a tensor is walked when some of its axes are reduced.
///
/// Neighbouring dimensions that are all reduced, or all kept, are merged.
struct ReductionWalk {
    /// The shape of the result with the reduced dimensions as 1.
    let keptShape: [Int]
    /// The shape of the result without the reduced dimensions.
    let prunedShape: [Int]
    /// The number of elements that make one of the result.
    let count: Int

    /// The merged extents, outermost first, the steps in memory, and whether the dimension is reduced.
    private var dimensions: [(extent: Int, step: Int, isReduced: Bool)] = []

    init(_ shape: [Int], _ axes: Set<Int>) {
        keptShape = shape.indices.map { axes.contains($0) ? 1 : shape[$0] }
        prunedShape = shape.indices.filter { !axes.contains($0) }.map { shape[$0] }
        count = shape.indices.filter { axes.contains($0) }.reduce(1) { $0 * shape[$1] }
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
    }

    /// Whether the innermost dimension is reduced, so that each result is made of contiguous runs.
    var hasInnerRuns: Bool { dimensions.last?.isReduced ?? true }

    /// The length of an innermost run.
    var runLength: Int { dimensions.last?.extent ?? 1 }

    /// The offsets of the innermost runs: of the kept dimensions, or of the reduced ones.
    @inline(never)
    func offsets(reduced: Bool) -> Offsets {
        Offsets(
            dimensions.dropLast().filter { $0.isReduced == reduced }.map { ($0.extent, $0.step) })
    }

    /// Offsets in memory of all indices of some dimensions, in order.
    final class Offsets {
        private let extents: [Int]
        private let steps: [Int]
        private var index: [Int]
        private var offset = 0
        private var isAtStart = true

        @inline(never)
        init(_ dimensions: [(Int, Int)]) {
            extents = dimensions.map(\.0)
            steps = dimensions.map(\.1)
            index = [Int](repeating: 0, count: extents.count)
        }

        /// The next offset; `nil` after the last, and then the first again.
        @inline(never)
        func next() -> Int? {
            if isAtStart {
                isAtStart = false
                return extents.contains(0) ? nil : 0
            }
            for dimension in extents.indices.reversed() {
                index[dimension] += 1
                offset += steps[dimension]
                if index[dimension] < extents[dimension] { return offset }
                offset -= steps[dimension] * extents[dimension]
                index[dimension] = 0
            }
            isAtStart = true
            return nil
        }
    }
}
