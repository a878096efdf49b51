import HingeGraph

/// A pooling of the planes of `[N, C, spatial…]`.
struct Pooling: Sendable {
    let geometry: SpatialGeometry
    /// The shape of the result.
    let result: [Int]
    /// The number of planes, N · C.
    let planes: Int
    private let runs: WindowRuns

    /// - Throws: ``HingeError`` when the window doesn't fit.
    init(_ operator: some SpatialOperator, _ input: [Int]) throws {
        guard input.count >= 3 else {
            throw HingeError(.mismatch, "expected 3 dimensions or more, found \(input)")
        }
        let geometry = try `operator`.geometry(input: Array(input.dropFirst(2)), kernel: nil)
        self.geometry = geometry
        result = Array(input.prefix(2)) + geometry.output
        planes = try Tensor.count(of: Array(input.prefix(2)))
        try MemoryLimit.check(.uint8, result)
        runs = WindowRuns(geometry)
    }

    /// The work of one plane, as `parallelFor` counts it.
    private var work: Int { Extent.product(of: [2, runs.kernelCount, outputSize]) }

    var inputSize: Int { geometry.input.reduce(1, *) }
    var outputSize: Int { geometry.output.reduce(1, *) }

    /// Combines each output, `start` at first, with the input elements below its window, one after the other.
    ///
    /// - Precondition: the buffers have the elements that the shapes ask for.
    @inline(__always)
    func reduce<In, Out>(
        _ input: UnsafeBufferPointer<In>, to output: UnsafeMutableBufferPointer<Out>,
        from start: Out,
        _ combine: (inout Out, In) -> Void
    ) {
        guard let input = input.baseAddress, let output = output.baseAddress else {
            return output.update(repeating: start)
        }
        let (inputSize, outputSize) = (inputSize, outputSize)
        parallelFor(planes, cost: work) { part in
            for plane in part {
                let (input, output) = (input + plane * inputSize, output + plane * outputSize)
                output.update(repeating: start, count: outputSize)
                combineAll(input, output, combine)
            }
        }
    }

    /// Combines the input elements below each window, one after the other, and writes what `finish` makes of that.
    ///
    /// - Parameters:
    ///   - start: What the combination begins with.
    ///   - finish: Takes what was combined, and the position in the plane.
    /// - Precondition: the buffers have the elements that the shapes ask for.
    @inline(__always)
    func reduce<In, State: BitwiseCopyable, Out>(
        _ input: UnsafeBufferPointer<In>, to output: UnsafeMutableBufferPointer<Out>,
        from start: State, _ combine: (inout State, In) -> Void, finish: (State, Int) -> Out
    ) {
        guard let output = output.baseAddress else { return }
        let (inputSize, outputSize) = (inputSize, outputSize)
        parallelFor(planes, cost: work) { part in
            let states = UnsafeMutablePointer<State>.allocate(capacity: outputSize)
            defer { states.deallocate() }
            for plane in part {
                states.update(repeating: start, count: outputSize)
                if let input = input.baseAddress {
                    combineAll(input + plane * inputSize, states, combine)
                }
                let output = output + plane * outputSize
                for index in 0..<outputSize { output[index] = finish(states[index], index) }
            }
        }
    }

    @inline(__always)
    private func combineAll<In, State>(
        _ input: UnsafePointer<In>, _ states: UnsafeMutablePointer<State>,
        _ combine: (inout State, In) -> Void
    ) {
        for element in runs.elements {
            for run in element.runs {
                let source = input + run.input
                let target = states + run.output
                for index in 0..<run.count { combine(&target[index], source[index * runs.step]) }
            }
        }
    }

    /// Writes where in the input the largest element below each window is: its index in the whole, or −1 where
    /// the window lies on padding.
    ///
    /// - Precondition: the buffers have the elements that the shapes ask for; `largest` has the results.
    func writeIndices<T: TensorElement & Equatable>(
        _ input: UnsafeBufferPointer<T>, largest: UnsafeMutableBufferPointer<T>,
        to output: UnsafeMutableBufferPointer<Int64>, isColumnMajor: Bool
    ) {
        output.update(repeating: -1)
        let (inputSize, outputSize) = (inputSize, outputSize)
        func write(_ run: WindowRuns.Run, _ plane: Int) {
            for index in 0..<run.count {
                let source = run.input + index * runs.step
                let target = plane * outputSize + run.output + index
                let value = input[plane * inputSize + source]
                let best = largest[target]
                guard output[target] < 0, value == best || value != value && best != best
                else { continue }
                let place = isColumnMajor ? columnMajor(source) : source
                output[target] = Int64(plane * inputSize + place)
            }
        }
        parallelFor(planes, cost: work) { part in
            for plane in part {
                for element in runs.elements {
                    for run in element.runs { write(run, plane) }
                }
            }
        }
    }

    /// The position in column-major order of the input element at a position in row-major order.
    private func columnMajor(_ position: Int) -> Int {
        var rest = position
        var result = 0
        for extent in geometry.input.reversed() {
            let (quotient, index) = rest.quotientAndRemainder(dividingBy: extent)
            result = result * extent + index
            rest = quotient
        }
        return result
    }

    /// The number of elements of each window that lie on the input, and, if `countsPadding`, on padding.
    func counts(countsPadding: Bool) -> [Int] {
        var counts = [1]
        for (dimension, extent) in geometry.output.enumerated() {
            let own = (0..<extent).map {
                count($0, dimension: dimension, countsPadding: countsPadding)
            }
            counts = counts.flatMap { outer in own.map { outer * $0 } }
        }
        return counts
    }

    private func count(_ position: Int, dimension: Int, countsPadding: Bool) -> Int {
        let dilation = geometry.dilations[dimension]
        let start = position * geometry.strides[dimension] - geometry.padsBegin[dimension]
        let end = geometry.input[dimension] + (countsPadding ? geometry.padsEnd[dimension] : 0)
        let first = countsPadding || start >= 0 ? 0 : (-start + dilation - 1) / dilation
        let last = start >= end ? 0 : (end - 1 - start) / dilation + 1
        return max(0, min(geometry.kernel[dimension], last) - first)
    }
}
