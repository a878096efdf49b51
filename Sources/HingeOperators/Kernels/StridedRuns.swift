import HingeGraph

/// How several tensors are walked together: run by run, where each steps through memory evenly within a run.
///
/// A class, so that the many inner loops that use it hold little code.
///
/// Dimensions that all of them step through evenly are merged, so that the runs are as long as can be.
final class StridedRuns {
    /// The number of elements of a run.
    let length: Int
    /// The step of each tensor within a run.
    private let runSteps: [Int]
    /// The offset of the run's first element in each tensor.
    private var offsets: [Int]

    /// The merged extents outside of a run, outermost first.
    private var extents: [Int] = []
    /// The steps of all tensors in each of them.
    private var steps: [[Int]] = []
    private var index: [Int]
    private var state = State.new

    private enum State { case new, walking, done }

    /// Walks extents with a step for each tensor in each of them.
    @inline(never)
    init(_ shape: [Int], steps all: [[Int]]) {
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
        if isEmpty { state = .done }
        length = extents.popLast() ?? 1
        runSteps = steps.popLast() ?? [Int](repeating: 1, count: all.count)
        offsets = [Int](repeating: 0, count: all.count)
        index = [Int](repeating: 0, count: extents.count)
    }

    /// Walks tensors of shapes that broadcast to `shape`.
    ///
    /// Within a run, a step is 0 where the tensor is repeated, else 1.
    ///
    /// - Precondition: the shapes broadcast to `shape`.
    convenience init(_ shape: [Int], broadcasting shapes: [[Int]]) {
        self.init(shape, steps: shapes.map { Broadcast.strides(of: $0, in: shape) })
    }

    /// The offset of the run's first element in a tensor.
    @inline(never)
    func offset(_ tensor: Int) -> Int { offsets[tensor] }

    /// The step of a tensor within a run.
    @inline(never)
    func step(_ tensor: Int) -> Int { runSteps[tensor] }

    /// Goes to the next run; false when there is none.
    @inline(never)
    func next() -> Bool {
        switch state {
        case .done: return false
        case .new:
            state = .walking
            return true
        case .walking: break
        }
        for dimension in extents.indices.reversed() {
            index[dimension] += 1
            if index[dimension] < extents[dimension] {
                for tensor in offsets.indices { offsets[tensor] += steps[dimension][tensor] }
                return true
            }
            for tensor in offsets.indices {
                offsets[tensor] -= steps[dimension][tensor] * (extents[dimension] - 1)
            }
            index[dimension] = 0
        }
        state = .done
        return false
    }
}
