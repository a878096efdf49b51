/// What flows along an edge of a graph when it runs.
public indirect enum Value: Sendable, Equatable {
    /// A dense tensor.
    case tensor(Tensor)
    /// A sparse tensor.
    case sparseTensor(SparseTensor)
    /// Values of one type, in order.
    case sequence([Value])
    /// A value or nothing.
    case optional(Value?)
    /// Keys (integers or strings, a vector) and the value of each, in the same order.
    case map(keys: Tensor, values: [Value])

    /// The tensor, if this is one.
    public var tensor: Tensor? {
        if case .tensor(let tensor) = self { tensor } else { nil }
    }
}

/// A tensor given by its non-zero elements, in coordinate format.
public struct SparseTensor: Sendable, Equatable {
    /// The elements that are stored, a vector of `K`.
    public var values: Tensor
    /// Where they are: int64, `[K]` linear indices or `[K, rank]` coordinates.
    public var indices: Tensor
    /// The shape of the dense tensor.
    public var shape: [Int]
    /// The name of the values, by which an initializer is known.
    public var name: String
    /// What only the format that it came from knows.
    public var origin: Origin?

    /// Creates a sparse tensor.
    public init(
        values: Tensor, indices: Tensor, shape: [Int], name: String = "", origin: Origin? = nil
    ) {
        self.values = values
        self.indices = indices
        self.shape = shape
        self.name = name
        self.origin = origin
    }
}

extension SparseTensor: Hashable {
    /// Hashes what the tensor holds.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(values)
        hasher.combine(indices)
        hasher.combine(shape)
    }
}
