/// `eˣ / Σ eˣ` along the axis, or its logarithm `x − ln Σ eˣ`.
///
/// The largest element is taken off first, so that nothing overflows. Exponentials and their sum are as wide as sums are;
/// a result is rounded once.
struct SoftmaxKernel: AxisKernel {
    /// Whether to give the logarithms.
    let isLogarithmic: Bool

    static var cost: Int { 3 * RealMath.arrayCost }

    /// The most numbers whose exponentials are kept at a time for their sum alone.
    private static let bufferCount = 512

    func callAsFunction<T: RealMatrixElement>(
        _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, count: Int, step: Int, lines: Int
    ) {
        if step == 1 {
            row(x, y, count)
        } else {
            columns(x, y, count, step, lines)
        }
    }

    /// Makes scores that are as wide as the sums of `T` their softmax.
    static func normalize<T: RealMatrixElement>(
        _ scores: UnsafeMutablePointer<T.Sum>, _ count: Int, for type: T.Type
    ) {
        let largest = T.Sum.largest(scores, count: count)
        T.wideExp(scores, minus: largest, to: scores, count: count)
        let sum = T.Sum.sum(UnsafeBufferPointer(start: scores, count: count))
        for index in 0..<count { scores[index] /= sum }
    }

    private func row<T: RealMatrixElement>(
        _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ count: Int
    ) {
        let largest = T.largest(x, count: count).term
        if isLogarithmic {
            let logarithm = T.Sum.log(sum(x, largest, count))
            for index in 0..<count { y[index] = T((x[index].term - largest) - logarithm) }
        } else {
            withTemporaryMemory(of: T.Sum.self, capacity: count) { buffer in
                guard let values = buffer.baseAddress else { return }
                for index in 0..<count { values[index] = x[index].term }
                T.wideExp(values, minus: largest, to: values, count: count)
                let sum = T.Sum.sum(UnsafeBufferPointer(buffer))
                for index in 0..<count { y[index] = T(values[index] / sum) }
            }
        }
    }

    /// The sum of `e^(x − largest)`.
    private func sum<T: RealMatrixElement>(
        _ x: UnsafePointer<T>, _ largest: T.Sum, _ count: Int
    ) -> T.Sum {
        let capacity = min(count, Self.bufferCount)
        return withTemporaryMemory(of: T.Sum.self, capacity: capacity) { buffer in
            guard let values = buffer.baseAddress else { return 0 }
            var sum: T.Sum = 0
            var start = 0
            while start < count {
                let part = min(capacity, count - start)
                for index in 0..<part { values[index] = x[start + index].term }
                T.wideExp(values, minus: largest, to: values, count: part)
                sum += T.Sum.sum(UnsafeBufferPointer(start: values, count: part))
                start += part
            }
            return sum
        }
    }

    /// All lines at once, so that memory is walked in order.
    private func columns<T: RealMatrixElement>(
        _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ count: Int, _ stride: Int,
        _ lines: Int
    ) {
        withTemporaryMemory(of: T.Sum.self, capacity: 3 * lines) { buffer in
            guard let largest = buffer.baseAddress else { return }
            let (sums, values) = (largest + lines, largest + 2 * lines)
            for index in 0..<lines { largest[index] = x[index].term }
            sums.update(repeating: 0, count: lines)
            for step in 1..<max(count, 1) {
                let x = x + step * stride
                for index in 0..<lines {
                    let value = x[index].term
                    largest[index] = value > largest[index] ? value : largest[index]
                }
            }
            func differences(_ step: Int) {
                let x = x + step * stride
                for index in 0..<lines { values[index] = x[index].term - largest[index] }
            }
            for step in 0..<count {
                differences(step)
                T.wideExp(values, minus: 0, to: values, count: lines)
                for index in 0..<lines { sums[index] += values[index] }
            }
            if isLogarithmic {
                for index in 0..<lines { sums[index] = T.Sum.log(sums[index]) }
            }
            for step in 0..<count {
                let y = y + step * stride
                differences(step)
                if isLogarithmic {
                    for index in 0..<lines { y[index] = T(values[index] - sums[index]) }
                } else {
                    T.wideExp(values, minus: 0, to: values, count: lines)
                    for index in 0..<lines { y[index] = T(values[index] / sums[index]) }
                }
            }
        }
    }
}
