import HingeGraph

/// A tensor seen as `[outer, count, inner]`: one dimension, or a run of them, between those before and after.
struct AxisSpan {
    /// The number of elements of all dimensions before.
    let outer: Int
    /// The number of elements along the axis.
    let count: Int
    /// The number of elements of all dimensions after.
    let inner: Int

    /// Takes one axis, which may be negative.
    ///
    /// - Throws: ``HingeError`` when it is out of range.
    init(_ shape: [Int], axis: Int) throws {
        let index = try InferenceContext.axis(axis, rank: shape.count)
        self.init(shape, index..<index + 1)
    }

    /// Takes the dimensions of a range as one.
    init(_ shape: [Int], _ range: Range<Int>) {
        outer = shape[..<range.lowerBound].reduce(1, *)
        count = shape[range].reduce(1, *)
        inner = shape[range.upperBound...].reduce(1, *)
    }
}
