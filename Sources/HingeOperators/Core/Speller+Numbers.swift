import HingeGraph

/// Steps of shape arithmetic.
extension Speller {
    /// A constant, a scalar of `int64`.
    func whole(_ value: Int) -> String { constant(Tensor(scalar: Int64(value))) }

    /// A constant, a vector of `int64`.
    func vector(_ values: [Int]) -> String { constant(Tensor(values.map { Int64($0) })) }

    /// A constant, a scalar of a type.
    ///
    /// - Throws: ``HingeError`` when the type isn't one of numbers.
    func number(_ value: Double, _ type: DataType) throws -> String {
        constant(try Tensor(filledWith: value, type, shape: []))
    }

    /// The vectors one after the other.
    mutating func joined(_ vectors: [String]) -> String {
        step("Concat", vectors, [.int("axis", 0)])
    }

    /// The element of a vector at an index, a scalar.
    mutating func element(_ index: Int, of vector: String) -> String {
        step("Gather", [vector, whole(index)])
    }

    /// The elements of a vector from an index up to another one; to the end without that.
    mutating func elements(_ start: Int, _ end: Int? = nil, of vector: String) -> String {
        step("Slice", [vector, self.vector([start]), self.vector([end ?? Int.max])])
    }

    /// A tensor with extents of 1 put in; `rank` is its own number of dimensions.
    mutating func unsqueezed(
        _ value: String, _ axes: [Int], type: DataType, rank: Int
    ) throws -> String {
        try append(
            Unsqueeze(axes: axes), [value], known: [.tensor(type, .unknown(rank: rank))])
    }

    /// The sums along an axis, which goes; `rank` is the number of dimensions before.
    mutating func summed(
        _ value: String, along axis: Int, type: DataType, rank: Int
    ) throws -> String {
        try append(
            ReduceSum(axes: [axis], keepsDimensions: false), [value, ""],
            known: [.tensor(type, .unknown(rank: rank))])
    }
}
