/// The type of a value in a graph.
public indirect enum ValueType: Sendable, Hashable {
    /// A tensor: the element type (`nil` when unknown), and the shape (`nil` when even the rank is unknown).
    case tensor(DataType?, Shape?)
    /// A sparse tensor.
    case sparseTensor(DataType?, Shape?)
    /// A sequence of values of one type.
    case sequence(ValueType?)
    /// A value or nothing.
    case optional(ValueType?)
    /// A map from keys to values.
    case map(key: DataType?, value: ValueType?)
    /// A type of a domain's own.
    case opaque(domain: String, name: String)

    /// The element type of a tensor, if known.
    public var dataType: DataType? {
        switch self {
        case .tensor(let type, _), .sparseTensor(let type, _): type
        default: nil
        }
    }

    /// The shape of a tensor, if known.
    public var shape: Shape? {
        switch self {
        case .tensor(_, let shape), .sparseTensor(_, let shape): shape
        default: nil
        }
    }
}

extension ValueType: CustomStringConvertible {
    /// The text that people read.
    public var description: String {
        switch self {
        case .tensor(let type, let shape):
            "\(type?.description ?? "?")\(shape?.description ?? "[…]")"
        case .sparseTensor(let type, let shape):
            "sparse \(type?.description ?? "?")\(shape?.description ?? "[…]")"
        case .sequence(let element): "sequence of \(element?.description ?? "?")"
        case .optional(let element): "optional \(element?.description ?? "?")"
        case .map(let key, let value):
            "map from \(key?.description ?? "?") to \(value?.description ?? "?")"
        case .opaque(let domain, let name): domain.isEmpty ? name : "\(domain).\(name)"
        }
    }
}
