/// `eˣ / Σ eˣ` along the axis, or its logarithm `x − ln Σ eˣ`.
///
/// The largest element is taken off first, so that nothing overflows.
struct SoftmaxKernel: AxisKernel {
    /// Whether to give the logarithms.
    let isLogarithmic: Bool

    func callAsFunction<T: RealElement>(
        _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ span: AxisSpan
    ) {
        let blockCount = span.count * span.inner
        for block in 0..<span.outer {
            let (x, y) = (x + block * blockCount, y + block * blockCount)
            if span.inner == 1 {
                row(x, y, span.count)
            } else {
                columns(x, y, span)
            }
        }
    }

    private func row<T: RealElement>(
        _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ count: Int
    ) {
        var largest = x[0]
        for index in 1..<max(count, 1) where x[index] > largest { largest = x[index] }
        if isLogarithmic {
            var sum: T = 0
            for index in 0..<count { sum += T.exp(x[index] - largest) }
            let logarithm = T.log(sum)
            for index in 0..<count { y[index] = (x[index] - largest) - logarithm }
        } else {
            var sum: T = 0
            for index in 0..<count {
                let value = T.exp(x[index] - largest)
                y[index] = value
                sum += value
            }
            for index in 0..<count { y[index] /= sum }
        }
    }

    /// All columns of a block at once, so that memory is walked in order.
    private func columns<T: RealElement>(
        _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ span: AxisSpan
    ) {
        let inner = span.inner
        withUnsafeTemporaryAllocation(of: T.self, capacity: 2 * inner) { buffer in
            guard let largest = buffer.baseAddress else { return }
            let sums = largest + inner
            largest.update(from: x, count: inner)
            sums.update(repeating: 0, count: inner)
            for step in 1..<max(span.count, 1) {
                let x = x + step * inner
                for index in 0..<inner where x[index] > largest[index] { largest[index] = x[index] }
            }
            for step in 0..<span.count {
                let (x, y) = (x + step * inner, y + step * inner)
                for index in 0..<inner {
                    let shifted = x[index] - largest[index]
                    let value = T.exp(shifted)
                    y[index] = isLogarithmic ? shifted : value
                    sums[index] += value
                }
            }
            if isLogarithmic {
                for index in 0..<inner { sums[index] = T.log(sums[index]) }
            }
            for step in 0..<span.count {
                let y = y + step * inner
                for index in 0..<inner {
                    y[index] = isLogarithmic ? y[index] - sums[index] : y[index] / sums[index]
                }
            }
        }
    }
}
