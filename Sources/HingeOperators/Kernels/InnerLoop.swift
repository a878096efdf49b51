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

/// Writes a function of each of some elements in memory.
typealias RawLoop = @Sendable (UnsafeMutableRawPointer, UnsafeRawPointer, Int) -> Void

/// Writes a function of each of some pairs of elements in memory.
typealias RawPairLoop =
    @Sendable (UnsafeMutableRawPointer, UnsafeRawPointer, UnsafeRawPointer, Int) -> Void

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

    /// The function for elements in memory.
    @inline(__always)
    var code: ElementCode {
        ElementCode(
            cost: Self.cost, resultSize: MemoryLayout<Out>.stride,
            elementSize: MemoryLayout<In>.stride
        ) { y, x, count in
            fill(y.assumingMemoryBound(to: Out.self), x.assumingMemoryBound(to: In.self), count)
        }
    }

    /// The function of each element of a tensor, written to an output.
    var loop: ElementLoop { code.loop }

    /// The compiler makes this vector code only where `x` and `y` don't overlap.
    @inline(never)
    func fill(_ y: UnsafeMutablePointer<Out>, _ x: UnsafePointer<In>, _ count: Int) {
        for index in 0..<count { y[index] = self(x[index]) }
    }
}

extension PairFunction {
    static var cost: Int { 1 }

    /// The function for elements in memory.
    @inline(__always)
    var code: PairCode {
        PairCode(
            cost: Self.cost, resultSize: MemoryLayout<Out>.stride,
            elementSize: MemoryLayout<In>.stride
        ) { y, a, b, count in
            fill(
                y.assumingMemoryBound(to: Out.self), a.assumingMemoryBound(to: In.self),
                b.assumingMemoryBound(to: In.self), count)
        }
    }

    /// The function of each pair of elements of two tensors, written to an output.
    var loop: PairLoop { code.loop }

    /// The compiler makes this vector code only where `y` overlaps neither `a` nor `b`.
    @inline(never)
    private func fill(
        _ y: UnsafeMutablePointer<Out>, _ a: UnsafePointer<In>, _ b: UnsafePointer<In>,
        _ count: Int
    ) {
        for index in 0..<count { y[index] = self(a[index], b[index]) }
    }
}

/// A function of one element without its types: what is compiled for each function and type is `fill` alone.
struct ElementCode: Sendable {
    /// The work of one element, as `parallelFor` counts it.
    let cost: Int
    /// The size of a result in bytes.
    let resultSize: Int
    /// The size of an element that a result is computed from.
    let elementSize: Int
    /// Writes the results of as many elements, whose memory they don't overlap.
    let fill: RawLoop

    /// The function of each element of a tensor, written to an output.
    @inline(never)
    var loop: ElementLoop { { try run($0, $1) } }

    /// Writes the function of each element to `y`, whose memory may be that of the elements.
    ///
    /// - Throws: ``HingeError`` with the code `limit` when there is no room for an aligned copy.
    func run(_ y: OutputTensor, _ x: Tensor) throws {
        let x = try x.aligned()
        guard let from = x.region?.base, let to = y.bytes.baseAddress else { return }
        InnerLoop(to: to, stride: resultSize, sourceStride: elementSize)
            .run(from, y.count, cost: cost, fill)
        withExtendedLifetime(x) {}
    }

    /// The same function of elements of a narrow type, computed in the type that it has now, to results of the
    /// narrow type if `isBack`.
    func of(_ type: Widening, isBack: Bool = true) -> ElementCode {
        let wide = fill
        let size = isBack ? nil : resultSize
        return ElementCode(
            cost: cost, resultSize: size ?? type.size, elementSize: type.size
        ) { y, x, count in
            type.forEachPart(count, to: y, size) { start, count, results, elements, _ in
                type.load(elements, x + start * type.size, count)
                wide(results, elements, count)
            }
        }
    }
}

/// A function of two elements without its types: what is compiled for each function and type is `fill` alone.
struct PairCode: Sendable {
    /// The work of one pair, as `parallelFor` counts it.
    let cost: Int
    /// The size of a result in bytes.
    let resultSize: Int
    /// The size of each element of a pair.
    let elementSize: Int
    /// Writes the results of as many pairs, whose memory they don't overlap.
    let fill: RawPairLoop

    /// The function of each pair of elements of two tensors, written to an output.
    @inline(never)
    var loop: PairLoop { { try run($0, $1, $2, $3) } }

    /// Writes the function of each pair of elements to `y`, whose memory may be that of one of the tensors, if that
    /// has the shape of `y`.
    ///
    /// - Parameter runs: How `a`, `b` and `y` are walked.
    /// - Throws: ``HingeError`` with the code `limit` when there is no room for an aligned copy.
    private func run(_ y: OutputTensor, _ a: Tensor, _ b: Tensor, _ runs: StridedRuns) throws {
        let (a, b) = try (a.aligned(), b.aligned())
        guard let left = a.region?.base, let right = b.region?.base, let to = y.bytes.baseAddress
        else { return }
        InnerLoop(to: to, stride: resultSize, sourceStride: elementSize)
            .run(left, right, runs, cost: cost, fill)
        withExtendedLifetime((a, b)) {}
    }

    /// The same function of elements of a narrow type, computed in the type that it has now, to results of the
    /// narrow type if `isBack`.
    func of(_ type: Widening, isBack: Bool = true) -> PairCode {
        let wide = fill
        let size = isBack ? nil : resultSize
        return PairCode(
            cost: cost, resultSize: size ?? type.size, elementSize: type.size
        ) { y, a, b, count in
            type.forEachPart(count, to: y, size) { start, count, results, left, right in
                type.load(left, a + start * type.size, count)
                type.load(right, b + start * type.size, count)
                wide(results, left, right, count)
            }
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
            withTemporaryMemory(byteCount: InnerLoop.bufferByteCount) { buffer in
                through(buffer, target, range.count) { part, start, count in
                    fill(part, source + start * sourceStride, count)
                }
            }
        }
    }

    /// Calls `fill` with the addresses of results and of the sources on the left and right, and the number of results.
    ///
    /// A side that stands still comes as a buffer of repetitions.
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
                /// Results that don't overlap their sources.
                func fillApart(
                    _ y: UnsafeMutableRawPointer, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer,
                    _ count: Int
                ) {
                    if count == 1 || (leftStep > 0 && rightStep > 0) {
                        fill(y, a, b, count)
                    } else if leftStep == 0 {
                        repeated(a, count) { constant, start, part in
                            fill(y + start * stride, constant, b + start * rightStep, part)
                        }
                    } else {
                        repeated(b, count) { constant, start, part in
                            fill(y + start * stride, a + start * leftStep, constant, part)
                        }
                    }
                }
                if isInPlace {
                    withTemporaryMemory(byteCount: InnerLoop.bufferByteCount) { buffer in
                        through(buffer, y, block.count) { part, start, count in
                            fillApart(part, a + start * leftStep, b + start * rightStep, count)
                        }
                    }
                } else {
                    fillApart(y, a, b, block.count)
                }
                a += block.rowSteps[0] * sourceStride
                b += block.rowSteps[1] * sourceStride
                y += block.rowSteps[2] * stride
            }
        }
    }

    /// Calls `body` with repetitions of an element, for parts of a count: where a part starts, and its count.
    private func repeated(
        _ element: UnsafeRawPointer, _ count: Int, _ body: (UnsafeRawPointer, Int, Int) -> Void
    ) {
        withTemporaryMemory(byteCount: Widening.byteCount) { base in
            let most = min(count, Widening.byteCount / sourceStride)
            base.copyMemory(from: element, byteCount: sourceStride)
            var filled = 1
            while filled < most {
                let more = min(filled, most - filled)
                (base + filled * sourceStride).copyMemory(
                    from: base, byteCount: more * sourceStride)
                filled += more
            }
            for start in Swift.stride(from: 0, to: count, by: most) {
                body(base, start, min(most, count - start))
            }
        }
    }

    /// Lets `fill` write results to a buffer, part by part, and puts each part in place.
    private func through(
        _ buffer: UnsafeMutableRawPointer, _ target: UnsafeMutableRawPointer, _ count: Int,
        _ fill: (UnsafeMutableRawPointer, _ start: Int, _ count: Int) -> Void
    ) {
        var start = 0
        while start < count {
            let part = min(count - start, InnerLoop.bufferByteCount / stride)
            fill(buffer, start, part)
            (target + start * stride).copyMemory(from: buffer, byteCount: part * stride)
            start += part
        }
    }
}
