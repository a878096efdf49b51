import HingeGraph

extension RealElement where Self: RealMatrixElement {
    /// The sum of the elements.
    static func sum(_ elements: UnsafeBufferPointer<Self>) -> Sum {
        reduce(elements) { $0 }
    }

    /// The mean of the elements.
    static func mean(_ elements: UnsafeBufferPointer<Self>) -> Self {
        Self(sum(elements) / Sum(elements.count))
    }

    /// The sum of `function` of the elements, in as many partial sums as a few vectors have.
    @inline(__always)
    static func reduce(
        _ elements: UnsafeBufferPointer<Self>, _ function: (Sum) -> Sum
    ) -> Sum {
        let width = 8
        var sums = SIMD8<Sum>(repeating: 0)
        var index = 0
        while index + width <= elements.count {
            for lane in 0..<width { sums[lane] += function(elements[index + lane].term) }
            index += width
        }
        var sum: Sum = 0
        while index < elements.count {
            sum += function(elements[index].term)
            index += 1
        }
        for lane in 0..<width { sum += sums[lane] }
        return sum
    }

    /// The mean and the variance (of the population) of the elements.
    static func moments(
        _ elements: UnsafeBufferPointer<Self>
    ) -> (mean: Sum, variance: Sum) {
        let count = Sum(elements.count)
        let mean = sum(elements) / count
        let variance = reduce(elements) { ($0 - mean) * ($0 - mean) } / count
        return (mean, variance)
    }
}
