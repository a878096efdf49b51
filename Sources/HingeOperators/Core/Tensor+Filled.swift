import HingeGraph

extension Tensor {
    /// Creates a tensor of numbers whose elements all have one value.
    ///
    /// - Throws: ``HingeError`` when the type isn't numeric, the value doesn't fit it, or the shape is bad.
    public init(filledWith value: Double, _ dataType: DataType, shape: [Int]) throws {
        let count = try Tensor.count(of: shape)
        func integers<T: FixedWidthInteger & TensorElement>(_ type: T.Type) throws -> Tensor {
            guard let element = T(exactly: value) else {
                throw HingeError(.mismatch, "\(value) does not fit \(dataType)")
            }
            return Tensor([T](repeating: element, count: count), shape: shape)
        }
        func repeated<T: TensorElement>(_ element: T) -> Tensor {
            Tensor([T](repeating: element, count: count), shape: shape)
        }
        switch dataType {
        case .float32: self = repeated(Float(value))
        case .float64: self = repeated(value)
        case .float16: self = repeated(Float16(value))
        case .bfloat16: self = repeated(BFloat16(Float(value)))
        case .int8: self = try integers(Int8.self)
        case .int16: self = try integers(Int16.self)
        case .int32: self = try integers(Int32.self)
        case .int64: self = try integers(Int64.self)
        case .uint8: self = try integers(UInt8.self)
        case .uint16: self = try integers(UInt16.self)
        case .uint32: self = try integers(UInt32.self)
        case .uint64: self = try integers(UInt64.self)
        case .bool: self = Tensor([Bool](repeating: value != 0, count: count), shape: shape)
        default: throw HingeError(.mismatch, "cannot fill a \(dataType) tensor with a number")
        }
    }
}
