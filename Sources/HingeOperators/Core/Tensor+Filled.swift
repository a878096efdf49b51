import HingeGraph

extension Tensor {
    /// Creates a tensor of numbers whose elements all have one value.
    ///
    /// - Throws: ``HingeError`` when the type isn't numeric, the value doesn't fit it, the shape is bad, or the
    ///   tensor takes more memory than ``MemoryLimit`` allows.
    public init(filledWith value: Double, _ dataType: DataType, shape: [Int]) throws {
        func integers<T: FixedWidthInteger & TensorElement>(_ type: T.Type) throws -> Tensor {
            guard let element = T(exactly: value) else {
                throw HingeError(.mismatch, "\(value) does not fit \(dataType)")
            }
            return try repeated(element)
        }
        func repeated<T: TensorElement>(_ element: T) throws -> Tensor {
            let tensor = try Tensor(allocating: dataType, shape: shape)
            tensor.region?.base.initializeMemory(
                as: T.self, repeating: element, count: tensor.count)
            return tensor
        }
        switch dataType {
        case .float32: self = try repeated(Float(value))
        case .float64: self = try repeated(value)
        case .float16: self = try repeated(Float16(value))
        case .bfloat16: self = try repeated(BFloat16(Float(value)))
        case .int8: self = try integers(Int8.self)
        case .int16: self = try integers(Int16.self)
        case .int32: self = try integers(Int32.self)
        case .int64: self = try integers(Int64.self)
        case .uint8: self = try integers(UInt8.self)
        case .uint16: self = try integers(UInt16.self)
        case .uint32: self = try integers(UInt32.self)
        case .uint64: self = try integers(UInt64.self)
        case .bool: self = try repeated(UInt8(value != 0 ? 1 : 0))
        default: throw HingeError(.mismatch, "cannot fill a \(dataType) tensor with a number")
        }
    }
}
