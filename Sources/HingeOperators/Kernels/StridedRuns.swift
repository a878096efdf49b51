import HingeGraph

/// How several tensors are walked together: run by run, where each steps through memory evenly within a run.
///
/// Dimensions that all of them step through evenly are merged, so that the runs are as long as can be.
struct StridedRuns: Sendable {
    /// The number of elements of a run.
    let length: Int
    /// The number of elements of all runs.
    let count: Int
    /// The step of each tensor within a run.
    private let runSteps: [Int]
    /// The merged extents outside of a run, outermost first.
    private let extents: [Int]
    /// The steps of all tensors in each of them, one dimension after the other.
    private let steps: [Int]
    private let tensors: Int

    /// Walks extents with a step for each tensor in each of them.
    init(_ shape: [Int], steps all: [[Int]]) {
        var extents: [Int] = []
        var steps: [[Int]] = []
        let isEmpty = shape.contains(0)
        for dimension in shape.indices where shape[dimension] != 1 && !isEmpty {
            let step = all.map { $0[dimension] }
            if let last = steps.last, zip(last, step).allSatisfy({ $0 == $1 * shape[dimension] }) {
                extents[extents.count - 1] *= shape[dimension]
                steps[steps.count - 1] = step
            } else {
                extents.append(shape[dimension])
                steps.append(step)
            }
        }
        length = extents.popLast() ?? 1
        runSteps = steps.popLast() ?? [Int](repeating: 1, count: all.count)
        count = isEmpty ? 0 : extents.reduce(length, *)
        self.extents = extents
        self.steps = Array(steps.joined())
        tensors = all.count
    }

    /// Walks tensors of shapes that broadcast to `shape`.
    ///
    /// Within a run, a step is 0 where the tensor is repeated, else 1.
    ///
    /// - Precondition: the shapes broadcast to `shape`.
    init(_ shape: [Int], broadcasting shapes: [[Int]]) {
        self.init(shape, steps: shapes.map { Broadcast.strides(of: $0, in: shape) })
    }

    /// The step of a tensor within a run.
    func step(_ tensor: Int) -> Int { runSteps[tensor] }

    /// The merged dimensions, outermost first, with the steps of all tensors.
    var dimensions: [(extent: Int, steps: [Int])] {
        extents.indices.map { index in
            (extents[index], Array(steps[index * tensors..<(index + 1) * tensors]))
        } + [(length, runSteps)]
    }

    /// Neighbouring runs, or a part of one.
    struct Block {
        /// The offset of the first element in each tensor.
        let offsets: UnsafePointer<Int>
        /// The step from one run to the next in each tensor.
        let rowSteps: UnsafePointer<Int>
        /// The number of runs.
        let rows: Int
        /// The number of elements of each run that belong to the block.
        let count: Int
    }

    /// Calls `body` with blocks that cover all runs, each element once, on all threads that the run may take.
    ///
    /// - Parameter cost: The work of one element, as `parallelFor` counts it.
    func forEachBlock(cost: Int, _ body: (Block) -> Void) {
        parallelFor(count, cost: cost) { forEachBlock(in: $0, body) }
    }

    /// Calls `body` with blocks that cover a range of the elements, in order.
    @inline(never)
    func forEachBlock(in range: Range<Int>, _ body: (Block) -> Void) {
        guard !range.isEmpty else { return }
        let (dimensions, last) = (extents.count, extents.count - 1)
        withUnsafeTemporaryAllocation(of: Int.self, capacity: dimensions + 2 * tensors) { memory in
            guard let index = memory.baseAddress else { return }
            let offsets = index + dimensions
            let rowSteps = offsets + tensors
            for tensor in 0..<tensors {
                offsets[tensor] = 0
                rowSteps[tensor] = last >= 0 ? steps[last * tensors + tensor] : 0
            }
            var (run, inside) = range.lowerBound.quotientAndRemainder(dividingBy: length)
            for dimension in extents.indices.reversed() {
                (run, index[dimension]) = run.quotientAndRemainder(dividingBy: extents[dimension])
                move(offsets, in: dimension, by: index[dimension])
            }
            for tensor in 0..<tensors { offsets[tensor] += inside * runSteps[tensor] }
            var rest = range.count
            while true {
                let isWhole = inside == 0 && rest >= length
                let left = last >= 0 ? extents[last] - index[last] : 1
                let rows = isWhole ? min(rest / length, left) : 1
                let count = isWhole ? length : min(length - inside, rest)
                body(Block(offsets: offsets, rowSteps: rowSteps, rows: rows, count: count))
                rest -= rows * count
                guard rest > 0 else { return }
                for tensor in 0..<tensors { offsets[tensor] -= inside * runSteps[tensor] }
                inside = 0
                advance(index, offsets, by: rows)
            }
        }
    }

    /// Goes on by some runs, no more than are left in the innermost dimension.
    private func advance(
        _ index: UnsafeMutablePointer<Int>, _ offsets: UnsafeMutablePointer<Int>, by rows: Int
    ) {
        var (dimension, step) = (extents.count - 1, rows)
        while dimension >= 0 {
            index[dimension] += step
            move(offsets, in: dimension, by: step)
            if index[dimension] < extents[dimension] { return }
            move(offsets, in: dimension, by: -extents[dimension])
            index[dimension] = 0
            (dimension, step) = (dimension - 1, 1)
        }
    }

    @inline(__always)
    private func move(_ offsets: UnsafeMutablePointer<Int>, in dimension: Int, by count: Int) {
        for tensor in 0..<tensors {
            offsets[tensor] += count * steps[dimension * tensors + tensor]
        }
    }
}
