import HingeGraph

/// A function of one element, for an inner loop.
///
/// Everything but the loops themselves is the same code for all functions, so that there is little of it for each
/// function and element type.
protocol ElementFunction: Sendable {
    associatedtype In: TensorElement
    associatedtype Out: TensorElement
    /// The work of one element, as `parallelFor` counts it.
    static var cost: Int { get }
    func callAsFunction(_ x: In) -> Out
    /// Writes the function of `count` elements.
    ///
    /// - Precondition: `x` and `y` don't overlap.
    func fill(_ y: UnsafeMutablePointer<Out>, _ x: UnsafePointer<In>, _ count: Int)
}

/// A function of two elements, for an inner loop.
protocol PairFunction: Sendable {
    associatedtype In: TensorElement
    associatedtype Out: TensorElement
    /// The work of one pair, as `parallelFor` counts it.
    static var cost: Int { get }
    func callAsFunction(_ a: In, _ b: In) -> Out
}

extension ElementFunction {
    static var cost: Int { 1 }

    /// The function of each element of a tensor, written to an output.
    var loop: ElementLoop { { try run($0, $1) } }

    /// Writes the function of each element to `y`, whose memory may be that of the elements.
    ///
    /// - Throws: ``HingeError`` with the code `limit` when there is no room for an aligned copy.
    func run(_ y: OutputTensor, _ x: Tensor) throws {
        let x = try x.aligned()
        guard let from = x.region?.base, let to = y.bytes.baseAddress else { return }
        let loop = InnerLoop(
            to: to, stride: MemoryLayout<Out>.stride, sourceStride: MemoryLayout<In>.stride)
        loop.run(from, y.count, cost: Self.cost) { y, x, count in
            fill(y.assumingMemoryBound(to: Out.self), x.assumingMemoryBound(to: In.self), count)
        }
        withExtendedLifetime(x) {}
    }

    /// The compiler makes this vector code only where `x` and `y` don't overlap.
    @inline(never)
    func fill(_ y: UnsafeMutablePointer<Out>, _ x: UnsafePointer<In>, _ count: Int) {
        for index in 0..<count { y[index] = self(x[index]) }
    }
}

extension PairFunction {
    static var cost: Int { 1 }

    /// The function of each pair of elements of two tensors, written to an output.
    var loop: PairLoop { { try run($0, $1, $2, $3) } }

    /// Writes the function of each pair of elements to `y`, whose memory may be that of one of the tensors, if that
    /// has the shape of `y`.
    ///
    /// - Parameter runs: How `a`, `b` and `y` are walked.
    /// - Throws: ``HingeError`` with the code `limit` when there is no room for an aligned copy.
    func run(_ y: OutputTensor, _ a: Tensor, _ b: Tensor, _ runs: StridedRuns) throws {
        let (a, b) = try (a.aligned(), b.aligned())
        guard let left = a.region?.base, let right = b.region?.base, let to = y.bytes.baseAddress
        else { return }
        let loop = InnerLoop(
            to: to, stride: MemoryLayout<Out>.stride, sourceStride: MemoryLayout<In>.stride)
        let (leftStep, rightStep) = (runs.step(0), runs.step(1))
        loop.run(left, right, runs, cost: Self.cost) { y, a, b, count in
            fill(
                y.assumingMemoryBound(to: Out.self), a.assumingMemoryBound(to: In.self), leftStep,
                b.assumingMemoryBound(to: In.self), rightStep, count)
        }
        withExtendedLifetime((a, b)) {}
    }

    /// The compiler makes this vector code only where `y` overlaps neither `a` nor `b`.
    ///
    /// - Precondition: the steps are 0 or 1.
    @inline(never)
    private func fill(
        _ y: UnsafeMutablePointer<Out>, _ a: UnsafePointer<In>, _ leftStep: Int,
        _ b: UnsafePointer<In>, _ rightStep: Int, _ count: Int
    ) {
        if rightStep == 0 {
            let constant = b[0]
            for index in 0..<count { y[index] = self(a[index], constant) }
        } else if leftStep == 0 {
            let constant = a[0]
            for index in 0..<count { y[index] = self(constant, b[index]) }
        } else {
            for index in 0..<count { y[index] = self(a[index], b[index]) }
        }
    }
}

/// What all inner loops have in common: how the work is shared between threads, and how results are written over the
/// elements that they are computed from.
private struct InnerLoop {
    /// Where the results go.
    let to: UnsafeMutableRawPointer
    /// The size of a result.
    let stride: Int
    /// The size of an element that a result is computed from.
    let sourceStride: Int

    /// Results that go over their sources pass through a buffer of this size, so that the memory of a loop never
    /// overlaps.
    private static let bufferByteCount = 4096

    private typealias Buffer = UnsafeMutableRawBufferPointer

    /// Calls `fill` with the addresses of results and sources, and their number.
    @inline(never)
    func run(
        _ from: UnsafeRawPointer, _ count: Int, cost: Int,
        _ fill: (UnsafeMutableRawPointer, UnsafeRawPointer, Int) -> Void
    ) {
        parallelFor(count, cost: cost) { range in
            let target = to + range.lowerBound * stride
            let source = from + range.lowerBound * sourceStride
            guard UnsafeRawPointer(target) == source else {
                return fill(target, source, range.count)
            }
            InnerLoop.withBuffer { buffer in
                through(buffer, target, range.count) { part, start, count in
                    fill(part, source + start * sourceStride, count)
                }
            }
        }
    }

    /// Calls `fill` with the addresses of results and of the sources on the left and right, and the number of results.
    @inline(never)
    func run(
        _ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ runs: StridedRuns, cost: Int,
        _ fill: (UnsafeMutableRawPointer, UnsafeRawPointer, UnsafeRawPointer, Int) -> Void
    ) {
        let (leftStep, rightStep) = (runs.step(0) * sourceStride, runs.step(1) * sourceStride)
        let isInPlace = UnsafeRawPointer(to) == left || UnsafeRawPointer(to) == right
        runs.forEachBlock(cost: cost) { block in
            var a = left + block.offsets[0] * sourceStride
            var b = right + block.offsets[1] * sourceStride
            var y = to + block.offsets[2] * stride
            for _ in 0..<block.rows {
                if isInPlace {
                    InnerLoop.withBuffer { buffer in
                        through(buffer, y, block.count) { part, start, count in
                            fill(part, a + start * leftStep, b + start * rightStep, count)
                        }
                    }
                } else {
                    fill(y, a, b, block.count)
                }
                a += block.rowSteps[0] * sourceStride
                b += block.rowSteps[1] * sourceStride
                y += block.rowSteps[2] * stride
            }
        }
    }

    private static func withBuffer(_ body: (Buffer) -> Void) {
        withUnsafeTemporaryAllocation(byteCount: bufferByteCount, alignment: 64, body)
    }

    /// Lets `fill` write results to a buffer, part by part, and puts each part in place.
    private func through(
        _ buffer: Buffer, _ target: UnsafeMutableRawPointer, _ count: Int,
        _ fill: (UnsafeMutableRawPointer, _ start: Int, _ count: Int) -> Void
    ) {
        guard let base = buffer.baseAddress else { return }
        var start = 0
        while start < count {
            let part = min(count - start, InnerLoop.bufferByteCount / stride)
            fill(base, start, part)
            (target + start * stride).copyMemory(from: base, byteCount: part * stride)
            start += part
        }
    }
}
