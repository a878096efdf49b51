/// `eˣ / Σ eˣ` along the axis, or its logarithm `x − ln Σ eˣ`.
///
/// The largest element is taken off first, so that nothing overflows.
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

    private func row<T: RealMatrixElement>(
        _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ count: Int
    ) {
        let largest = T.largest(x, count: count)
        if isLogarithmic {
            let logarithm = T.Sum.log(sum(x, largest, count))
            for index in 0..<count {
                y[index] = T((x[index].term - largest.term) - logarithm)
            }
        } else {
            T.exp(x, minus: largest, to: y, count: count)
            let sum = T.sum(UnsafeBufferPointer(start: y, count: count))
            for index in 0..<count { y[index] = T(y[index].term / sum) }
        }
    }

    /// The sum of `e^(x − largest)`.
    private func sum<T: RealMatrixElement>(_ x: UnsafePointer<T>, _ largest: T, _ count: Int)
        -> T.Sum
    {
        let capacity = min(count, Self.bufferCount)
        return withUnsafeTemporaryAllocation(of: T.self, capacity: capacity) { buffer in
            guard let values = buffer.baseAddress else { return 0 }
            var sum: T.Sum = 0
            var start = 0
            while start < count {
                let part = min(capacity, count - start)
                T.exp(x + start, minus: largest, to: values, count: part)
                sum += T.sum(UnsafeBufferPointer(start: values, count: part))
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
        withUnsafeTemporaryAllocation(of: T.Sum.self, capacity: lines) { sums in
            withUnsafeTemporaryAllocation(of: T.self, capacity: 2 * lines) { buffer in
                guard let largest = buffer.baseAddress, let sums = sums.baseAddress else { return }
                let values = largest + lines
                largest.update(from: x, count: lines)
                sums.update(repeating: 0, count: lines)
                for step in 1..<max(count, 1) {
                    let x = x + step * stride
                    for index in 0..<lines {
                        largest[index] = x[index] > largest[index] ? x[index] : largest[index]
                    }
                }
                for step in 0..<count {
                    let (x, y) = (x + step * stride, y + step * stride)
                    for index in 0..<lines { values[index] = x[index] - largest[index] }
                    if isLogarithmic { y.update(from: values, count: lines) }
                    T.exp(values, minus: 0, to: values, count: lines)
                    for index in 0..<lines { sums[index] += values[index].term }
                    if !isLogarithmic { y.update(from: values, count: lines) }
                }
                if isLogarithmic {
                    for index in 0..<lines { sums[index] = T.Sum.log(sums[index]) }
                }
                for step in 0..<count {
                    let y = y + step * stride
                    if isLogarithmic {
                        for index in 0..<lines { y[index] = T(y[index].term - sums[index]) }
                    } else {
                        for index in 0..<lines { y[index] = T(y[index].term / sums[index]) }
                    }
                }
            }
        }
    }
}
