/// `eˣ / Σ eˣ` along the axis, or its logarithm `x − ln Σ eˣ`.
///
/// The largest element is taken off first, so that nothing overflows.
struct SoftmaxKernel: AxisKernel {
    /// Whether to give the logarithms.
    let isLogarithmic: Bool

    static var cost: Int { RealMath.cost }

    func callAsFunction<T: RealElement>(
        _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, count: Int, step: Int, lines: Int
    ) {
        if step == 1 {
            row(x, y, count)
        } else {
            columns(x, y, count, step, lines)
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

    /// All lines at once, so that memory is walked in order.
    private func columns<T: RealElement>(
        _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ count: Int, _ stride: Int,
        _ lines: Int
    ) {
        withUnsafeTemporaryAllocation(of: T.self, capacity: 2 * lines) { buffer in
            guard let largest = buffer.baseAddress else { return }
            let sums = largest + lines
            largest.update(from: x, count: lines)
            sums.update(repeating: 0, count: lines)
            for step in 1..<max(count, 1) {
                let x = x + step * stride
                for index in 0..<lines where x[index] > largest[index] { largest[index] = x[index] }
            }
            for step in 0..<count {
                let (x, y) = (x + step * stride, y + step * stride)
                for index in 0..<lines {
                    let shifted = x[index] - largest[index]
                    let value = T.exp(shifted)
                    y[index] = isLogarithmic ? shifted : value
                    sums[index] += value
                }
            }
            if isLogarithmic {
                for index in 0..<lines { sums[index] = T.log(sums[index]) }
            }
            for step in 0..<count {
                let y = y + step * stride
                for index in 0..<lines {
                    y[index] = isLogarithmic ? y[index] - sums[index] : y[index] / sums[index]
                }
            }
        }
    }
}
