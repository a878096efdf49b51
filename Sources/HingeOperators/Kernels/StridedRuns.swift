/// How several tensors are walked together that broadcast to one shape.
///
/// Dimensions that all of them step through evenly are merged, so that the innermost run is as long as can be.
struct StridedRuns {
    /// The merged extents, outermost first; the last is the length of a run.
    private var extents: [Int] = []
    /// The steps of each tensor in each merged dimension: 0 where it is repeated.
    private var steps: [[Int]]

    /// - Precondition: each of the shapes broadcasts to `shape`.
    init(_ shape: [Int], _ operands: [[Int]]) {
        self.init(
            extents: shape, steps: operands.map { Broadcast.strides(of: $0, in: shape) })
    }

    /// Walks extents with a step for each tensor in each of them.
    init(extents shape: [Int], steps all: [[Int]]) {
        steps = [[Int]](repeating: [], count: all.count)
        for index in shape.indices where shape[index] != 1 {
            if let last = extents.indices.last,
                all.indices.allSatisfy({ steps[$0][last] == all[$0][index] * shape[index] })
            {
                extents[last] *= shape[index]
                for operand in all.indices { steps[operand][last] = all[operand][index] }
            } else {
                extents.append(shape[index])
                for operand in all.indices { steps[operand].append(all[operand][index]) }
            }
        }
        if extents.isEmpty {
            extents = [1]
            for operand in all.indices { steps[operand] = [1] }
        }
    }

    /// The number of elements of a run.
    var runLength: Int { extents.last ?? 0 }

    /// The step of a tensor within a run.
    func runStep(_ operand: Int) -> Int { steps[operand].last ?? 0 }

    /// Calls `run` for each run with the offset of its first element in each tensor.
    @inline(__always)
    func forEachRun(_ run: ([Int]) throws -> Void) rethrows {
        guard !extents.contains(0) else { return }
        let outer = extents.count - 1
        var index = [Int](repeating: 0, count: outer)
        var offsets = [Int](repeating: 0, count: steps.count)
        while true {
            try run(offsets)
            var dimension = outer - 1
            while dimension >= 0 {
                index[dimension] += 1
                for operand in steps.indices { offsets[operand] += steps[operand][dimension] }
                if index[dimension] < extents[dimension] { break }
                for operand in steps.indices {
                    offsets[operand] -= steps[operand][dimension] * extents[dimension]
                }
                index[dimension] = 0
                dimension -= 1
            }
            if dimension < 0 { return }
        }
    }
}
