import HingeGraph

/// A function of one element, for an inner loop.
///
/// Everything but the loops themselves is the same code for all functions, so that there is little of it for each
/// function and element type.
protocol ElementFunction {
    associatedtype In: TensorElement
    associatedtype Out: TensorElement
    func callAsFunction(_ x: In) -> Out
}

/// A function of two elements, for an inner loop.
protocol PairFunction {
    associatedtype In: TensorElement
    associatedtype Out: TensorElement
    func callAsFunction(_ a: In, _ b: In) -> Out
}

extension ElementFunction {
    /// Writes the function of each element to `y`, whose memory may be that of the elements.
    ///
    /// - Throws: ``HingeError`` with the code `limit` when there is no room for an aligned copy.
    func run(_ y: OutputTensor, _ x: Tensor) throws {
        let x = try x.aligned()
        guard let from = x.region?.base, let to = y.bytes.baseAddress, y.count > 0 else { return }
        if from == to {
            var blocks = InPlaceBlocks(y.count, MemoryLayout<Out>.stride, to)
            while blocks.next() {
                fill(
                    blocks.buffer.assumingMemoryBound(to: Out.self),
                    from.assumingMemoryBound(to: In.self) + blocks.start, blocks.count)
            }
        } else {
            fill(
                to.assumingMemoryBound(to: Out.self), from.assumingMemoryBound(to: In.self),
                y.count)
        }
        withExtendedLifetime(x) {}
    }

    /// The compiler makes this vector code only where `x` and `y` don't overlap.
    @inline(never)
    private func fill(_ y: UnsafeMutablePointer<Out>, _ x: UnsafePointer<In>, _ count: Int) {
        for index in 0..<count { y[index] = self(x[index]) }
    }
}

extension PairFunction {
    /// Writes the function of each pair of elements to `y`, whose memory may be that of one of the tensors, if that
    /// has the shape of `y`.
    ///
    /// - Throws: ``HingeError`` with the code `limit` when there is no room for an aligned copy.
    /// - Precondition: the shapes of `a` and `b` broadcast to that of `y`.
    func run(_ y: OutputTensor, _ a: Tensor, _ b: Tensor) throws {
        let (a, b) = try (a.aligned(), b.aligned())
        guard let left = a.region?.base, let right = b.region?.base, let to = y.bytes.baseAddress
        else { return }
        let runs = StridedRuns(y.shape, broadcasting: [a.shape, b.shape, y.shape])
        let (leftStep, rightStep) = (runs.step(0), runs.step(1))
        while runs.next() {
            let left = left.assumingMemoryBound(to: In.self) + runs.offset(0)
            let right = right.assumingMemoryBound(to: In.self) + runs.offset(1)
            let result = to.assumingMemoryBound(to: Out.self) + runs.offset(2)
            let to = UnsafeMutableRawPointer(result)
            if to == UnsafeMutableRawPointer(left) || to == UnsafeMutableRawPointer(right) {
                var blocks = InPlaceBlocks(runs.length, MemoryLayout<Out>.stride, to)
                while blocks.next() {
                    fill(
                        blocks.buffer.assumingMemoryBound(to: Out.self),
                        left + blocks.start * leftStep, leftStep,
                        right + blocks.start * rightStep, rightStep, blocks.count)
                }
            } else {
                fill(result, left, leftStep, right, rightStep, runs.length)
            }
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

/// Writes results over the elements that they are computed from: block by block through a small buffer, so that
/// the memory of an inner loop never overlaps.
private struct InPlaceBlocks: ~Copyable {
    private static let byteCount = 4096

    /// Where the results of the current block go.
    let buffer: UnsafeMutableRawPointer
    /// The index of the block's first element.
    private(set) var start = 0
    /// The number of the block's elements.
    private(set) var count = 0
    private let total: Int
    private let stride: Int
    private let target: UnsafeMutableRawPointer

    @inline(never)
    init(_ total: Int, _ stride: Int, _ target: UnsafeMutableRawPointer) {
        self.total = total
        self.stride = stride
        self.target = target
        buffer = .allocate(byteCount: InPlaceBlocks.byteCount, alignment: 64)
    }

    /// Puts the results of the current block in place, and goes to the next one; false when there is none.
    @inline(never)
    mutating func next() -> Bool {
        (target + start * stride).copyMemory(from: buffer, byteCount: count * stride)
        start += count
        count = min(total - start, InPlaceBlocks.byteCount / stride)
        return count > 0
    }

    deinit { buffer.deallocate() }
}
