import HingeGraph

extension RealElement where Self: RealMatrixElement {
    /// The sum of the elements, in as many partial sums as a vector has, which keeps the error small.
    static func sum(_ elements: UnsafeBufferPointer<Self>) -> Self {
        reduce(elements) { $0 }
    }

    /// The mean of the elements, added up in double precision.
    static func mean(_ elements: UnsafeBufferPointer<Self>) -> Self {
        let width = 8
        var sums = SIMD8<Double>(repeating: 0)
        var index = 0
        while index + width <= elements.count {
            for lane in 0..<width { sums[lane] += Double(elements[index + lane]) }
            index += width
        }
        var sum = sums.sum()
        while index < elements.count {
            sum += Double(elements[index])
            index += 1
        }
        return Self(sum / Double(elements.count))
    }

    /// The sum of `function` of the elements.
    @inline(__always)
    static func reduce(
        _ elements: UnsafeBufferPointer<Self>, _ function: (Self) -> Self
    ) -> Self {
        let width = 8
        var sums = SIMD8<Self>(repeating: 0)
        var index = 0
        while index + width <= elements.count {
            for lane in 0..<width { sums[lane] += function(elements[index + lane]) }
            index += width
        }
        var sum: Self = 0
        while index < elements.count {
            sum += function(elements[index])
            index += 1
        }
        for lane in 0..<width { sum += sums[lane] }
        return sum
    }

    /// The mean and the variance (of the population) of the elements.
    static func moments(
        _ elements: UnsafeBufferPointer<Self>
    ) -> (mean: Self, variance: Self) {
        let count = Self(elements.count)
        let mean = sum(elements) / count
        let variance = reduce(elements) { ($0 - mean) * ($0 - mean) } / count
        return (mean, variance)
    }
}
