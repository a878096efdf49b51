import HingeGraph
import HingeOperators
import HingeProgram

/// A step that puts buffers one after the other in another, and so need not run for those that are there already.
struct Join {
    /// A buffer, all of which stands in the result.
    struct Piece {
        let buffer: BufferID
        /// Where in the result it begins.
        let byteOffset: Int
        let byteCount: Int
    }

    /// The position of the step among the plan's.
    let time: Int
    let pieces: [Piece]
    let target: BufferID

    /// The pieces that values are in a result in which they follow each other.
    ///
    /// - Parameter byteCounts: The sizes of the values, in bytes.
    static func pieces(_ buffers: [BufferID], _ byteCounts: [Int]) -> [Piece] {
        var start = 0
        return zip(buffers, byteCounts).map { buffer, byteCount in
            defer { start += byteCount }
            return Piece(buffer: buffer, byteOffset: start, byteCount: byteCount)
        }
    }
}

/// Where buffers are that are parts of others.
struct JoinedBuffers {
    /// For a buffer that is a part of another: that one, and where in it this one begins.
    private var parents: [(buffer: BufferID, byteOffset: Int)?]

    init(count: Int) { parents = .init(repeating: nil, count: count) }

    /// The buffer that a buffer is in at last, and where.
    func place(_ buffer: BufferID) -> (buffer: BufferID, byteOffset: Int) {
        var place = (buffer: buffer, byteOffset: 0)
        while let parent = parents[place.buffer] {
            place = (parent.buffer, place.byteOffset + parent.byteOffset)
        }
        return place
    }

    func isPart(_ buffer: BufferID) -> Bool { parents[buffer] != nil }

    mutating func put(_ buffer: BufferID, into parent: BufferID, at byteOffset: Int) {
        parents[buffer] = (parent, byteOffset)
    }
}

extension PlanBuilder {
    /// Lets steps that write values one after the other have them written there in the first place.
    ///
    /// A buffer becomes a part of the result if it is written before only, and what is written into the result's memory after,
    /// in place, comes after all reads of the buffer. What a step is left with is copied.
    func joinInPlace() -> JoinedBuffers {
        var joined = JoinedBuffers(count: buffers.count)
        guard !joins.isEmpty else { return joined }
        var times = AccessTimes(self)
        for join in joins {
            var copied: [Join.Piece] = []
            for piece in join.pieces {
                if mayBePart(piece, of: join, times, joined) {
                    joined.put(piece.buffer, into: join.target, at: piece.byteOffset)
                    times.add(piece.buffer, to: join.target)
                } else {
                    copied.append(piece)
                }
            }
            guard copied.count < join.pieces.count else { continue }
            emissions[join.time].step = JoinStep(
                replaced: emissions[join.time].step, pieces: copied, target: join.target)
        }
        return joined
    }

    /// Notes that the step emitted last puts row-major values one after the other, if it does.
    func noteJoin(
        _ concat: Concat, _ inputs: [EvaluateStep.Operand], _ outputs: [EvaluateStep.Target]
    ) {
        guard case .memory(let target, let type) = outputs[0],
            let axis = try? InferenceContext.axis(concat.axis, rank: type.shape.count),
            type.shape[..<axis].allSatisfy({ $0 == 1 })
        else { return }
        var buffers: [BufferID] = []
        var byteCounts: [Int] = []
        for case .memory(let buffer, let type) in inputs {
            buffers.append(buffer)
            byteCounts.append(type.byteCount)
        }
        guard buffers.count == inputs.count else { return }
        noteJoin(buffers, byteCounts, target, type.byteCount)
    }

    /// Notes that the step emitted last puts buffers one after the other, if their sizes add up to that of the result.
    func noteJoin(
        _ buffers: [BufferID], _ byteCounts: [Int], _ target: BufferID, _ byteCount: Int
    ) {
        guard byteCounts.reduce(0, +) == byteCount else { return }
        joins.append(
            Join(
                time: emissions.count - 1, pieces: Join.pieces(buffers, byteCounts), target: target)
        )
    }

    private func mayBePart(
        _ piece: Join.Piece, of join: Join, _ times: AccessTimes, _ joined: JoinedBuffers
    ) -> Bool {
        let (buffer, target) = (piece.buffer, join.target)
        guard buffers[buffer].location == nil, buffers[buffer].owner == nil,
            buffers[target].location == nil, buffers[target].owner == nil, buffer != target,
            !joined.isPart(buffer), !joined.isPart(target),
            buffers[buffer].byteCount == piece.byteCount,
            piece.byteOffset % ArenaRequest.alignment == 0
        else { return false }
        guard let written = times.lastWrite(of: buffer), written < join.time,
            times.firstWrite(of: target) == join.time
        else { return false }
        guard let overwritten = times.firstWrite(of: target, after: join.time) else { return true }
        return times.lastRead(of: buffer) < overwritten
    }
}

/// When the memory of buffers is read and written, by the buffers that own it.
private struct AccessTimes {
    private var writes: [[Int]]
    private var reads: [Int]

    init(_ builder: PlanBuilder) {
        let count = builder.buffers.count
        writes = [[Int]](repeating: [], count: count)
        reads = [Int](repeating: -1, count: count)
        for (time, emission) in builder.emissions.enumerated() {
            for buffer in emission.reads { reads[builder.root(buffer)] = time }
            for buffer in emission.writes { writes[builder.root(buffer)].append(time) }
        }
    }

    func lastRead(of buffer: BufferID) -> Int { reads[buffer] }
    func lastWrite(of buffer: BufferID) -> Int? { writes[buffer].last }
    func firstWrite(of buffer: BufferID) -> Int? { writes[buffer].first }

    func firstWrite(of buffer: BufferID, after time: Int) -> Int? {
        writes[buffer].first { $0 > time }
    }

    /// Notes that a buffer is a part of another: who reads it reads that one's memory.
    mutating func add(_ buffer: BufferID, to parent: BufferID) {
        reads[parent] = max(reads[parent], reads[buffer])
    }
}

/// A step that puts buffers one after the other of which some are there already.
struct JoinStep: PlanStep {
    /// The step in whose place it runs.
    let replaced: any PlanStep
    /// What is to be copied.
    let pieces: [Join.Piece]
    let target: BufferID

    var summary: String { "\(replaced.summary), \(pieces.count) copied" }

    var description: StepDescription {
        var description = replaced.description
        description.kernel = pieces.isEmpty ? "none" : "copy"
        return description
    }

    func bind(_ workspace: Workspace) -> BoundStep { BoundJoin(self, workspace) }
}

private final class BoundJoin: BoundStep {
    private let step: JoinStep
    private unowned(unsafe) let workspace: Workspace
    #if OneDNN
        private let watched: (any WatchedStep)?
    #endif

    init(_ step: JoinStep, _ workspace: Workspace) {
        self.step = step
        self.workspace = workspace
        #if OneDNN
            watched = step.replaced as? any WatchedStep
        #endif
    }

    override func run() throws {
        #if OneDNN
            try watched?.watch(workspace)
        #endif
        guard !step.pieces.isEmpty, let target = try workspace.address(of: step.target) else {
            return
        }
        for piece in step.pieces {
            guard let source = try workspace.address(of: piece.buffer) else { continue }
            copy(source, to: target + piece.byteOffset, piece.byteCount)
        }
    }

    private func copy(
        _ source: UnsafeMutableRawPointer, to target: UnsafeMutableRawPointer, _ byteCount: Int
    ) {
        let page = 4096
        nonisolated(unsafe) let (source, target) = (source, target)
        parallelFor((byteCount + page - 1) / page, cost: page / 4) { pages in
            let start = pages.lowerBound * page
            let end = min(pages.upperBound * page, byteCount)
            (target + start).copyMemory(from: source + start, byteCount: end - start)
        }
    }
}
