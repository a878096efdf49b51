internal import CVectorMath
import HingeGraph
import HingeOperators

/// A function of two numbers that 8-bit integers stand for, elementwise, quantized again.
///
/// Inputs: `a` and `b`, which broadcast. Each operation is rounded to single precision: the operands are
/// `(integer − zero point) · scale`, the result is divided by its scale and rounded to the nearest even.
struct QuantizedBinary: InternalOperator {
    enum Function: Hashable, Sendable {
        case sum, difference, product
    }

    let function: Function
    let a: Quantization
    let b: Quantization
    let result: Quantization
    /// The least and the largest integers of the result.
    let bounds: ClosedRange<Int>

    static let type = "QuantizedBinary"

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        guard let a = context.shape(0), let b = context.shape(1) else {
            return [.tensor(result.type, nil)]
        }
        return [.tensor(result.type, try Shape.broadcast(a, b))]
    }

    var locality: Locality { .broadcasting }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let (a, b) = (try context.input(0), try context.input(1))
        guard a.dataType == self.a.type, b.dataType == self.b.type else {
            throw HingeError(.mismatch, "expected operands of \(self.a.type) and \(self.b.type)")
        }
        let runs = try BroadcastRuns(a.shape, b.shape)
        let type = result.type
        return { context in
            let (a, b) = (try context.input(0), try context.input(1))
            let y = try context.output(0, type, runs.shape)
            a.withUnsafeBytes { a in
                b.withUnsafeBytes { b in compute(a, b, y.bytes, runs) }
            }
        }
    }

    private func compute(
        _ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer,
        _ y: UnsafeMutableRawBufferPointer, _ runs: BroadcastRuns
    ) {
        guard y.count > 0, let a = a.baseAddress, let b = b.baseAddress, let y = y.baseAddress
        else { return }
        nonisolated(unsafe) let first = a.assumingMemoryBound(to: UInt8.self)
        nonisolated(unsafe) let second = b.assumingMemoryBound(to: UInt8.self)
        nonisolated(unsafe) let target = y.assumingMemoryBound(to: UInt8.self)
        let parameters = [self.a.parameters, self.b.parameters, result.parameters]
        let function =
            switch function {
            case .sum: hinge_sum
            case .difference: hinge_difference
            case .product: hinge_product
            }
        let (low, high) = (Int32(bounds.lowerBound), Int32(bounds.upperBound))
        let (aStep, bStep) = (runs.aStep, runs.bStep)
        // One long run is cut into pieces; many are shared among the threads.
        let piece = runs.count == 1 ? min(runs.length, 4096) : runs.length
        let pieces = runs.count == 1 ? (runs.length + piece - 1) / piece : runs.count
        parallelFor(pieces, cost: 6 * piece) { range in
            for index in range {
                let run = runs.count == 1 ? (a: 0, b: 0) : runs.offsets(index)
                let start = runs.count == 1 ? index * piece : 0
                hinge_quantized_binary(
                    function, first + run.a + start * aStep, aStep,
                    second + run.b + start * bStep, bStep,
                    target + index * piece, min(piece, runs.length - start), parameters, low, high)
            }
        }
    }
}

/// Two tensors that broadcast, as runs in which each moves by one element or stands still.
struct BroadcastRuns: Sendable {
    /// The shape of the result.
    let shape: [Int]
    /// The number of elements in a run.
    let length: Int
    /// The number of runs.
    let count: Int
    /// 1 or 0; not both are 0.
    let aStep: Int
    let bStep: Int
    /// The dimensions outside the runs, innermost first, with the steps along them.
    private let outer: [Dimension]

    private struct Dimension {
        var extent: Int
        var a: Int
        var b: Int
    }

    /// - Throws: ``HingeError`` when the shapes don't broadcast.
    init(_ a: [Int], _ b: [Int]) throws {
        let rank = max(a.count, b.count)
        func aligned(_ shape: [Int]) -> [Int] {
            [Int](repeating: 1, count: rank - shape.count) + shape
        }
        let (first, second) = (aligned(a), aligned(b))
        var (shape, dimensions): ([Int], [Dimension]) = ([], [])
        var (aSize, bSize) = (1, 1)
        for (x, y) in zip(first, second).reversed() {
            guard x == y || x == 1 || y == 1 else {
                throw HingeError(.mismatch, "the shapes \(a) and \(b) do not broadcast")
            }
            let extent = x == 1 ? y : x
            shape.append(extent)
            let next = Dimension(extent: extent, a: x == 1 ? 0 : aSize, b: y == 1 ? 0 : bSize)
            (aSize, bSize) = (aSize * x, bSize * y)
            if extent == 1 { continue }
            if let last = dimensions.last, next.a == last.a * last.extent,
                next.b == last.b * last.extent
            {
                dimensions[dimensions.count - 1].extent *= extent
            } else {
                dimensions.append(next)
            }
        }
        self.shape = shape.reversed()
        let inner = dimensions.first ?? Dimension(extent: 1, a: 1, b: 1)
        length = inner.extent
        (aStep, bStep) = (inner.a, inner.b)
        outer = Array(dimensions.dropFirst())
        count = outer.reduce(1) { $0 * $1.extent }
    }

    /// Where the operands of a run begin.
    func offsets(_ index: Int) -> (a: Int, b: Int) {
        var (rest, offset) = (index, (a: 0, b: 0))
        for dimension in outer {
            let (quotient, position) = rest.quotientAndRemainder(dividingBy: dimension.extent)
            offset.a += position * dimension.a
            offset.b += position * dimension.b
            rest = quotient
        }
        return offset
    }
}
