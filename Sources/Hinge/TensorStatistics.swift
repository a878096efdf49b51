import HingeGraph

/// The range and health of a tensor's elements.
public struct TensorStatistics: Sendable, Codable {
    /// The tensor's name.
    public var name: String
    /// The element type and shape.
    public var type: String
    /// The number of elements.
    public var count: Int
    /// The smallest finite element; `nil` when there is none.
    public var min: Double?
    /// The largest finite element; `nil` when there is none.
    public var max: Double?
    /// The mean of the finite elements; `nil` when there is none.
    public var mean: Double?
    /// The number of zeros.
    public var zeroCount: Int
    /// The number of elements that are NaN or infinite.
    public var nonFiniteCount: Int

    /// Examines a tensor.
    ///
    /// Strings and complex numbers are only counted.
    public init(_ tensor: Tensor, name: String) {
        self.name = name
        type = "\(tensor.dataType)\(tensor.shape)"
        count = tensor.count
        zeroCount = 0
        nonFiniteCount = 0
        guard let elements = try? tensor.doubles() else { return }
        var sum = 0.0
        var low = Double.infinity
        var high = -Double.infinity
        for element in elements {
            guard element.isFinite else {
                nonFiniteCount += 1
                continue
            }
            if element == 0 { zeroCount += 1 }
            sum += element
            low = Swift.min(low, element)
            high = Swift.max(high, element)
        }
        guard nonFiniteCount < count else { return }
        min = low
        max = high
        mean = sum / Double(count - nonFiniteCount)
    }
}
