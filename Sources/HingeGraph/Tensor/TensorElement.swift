/// A Swift type whose values are stored in tensors as they stand in memory.
///
/// Booleans are read as bytes (a file may hold any byte there; every byte but zero is true),
/// and packed types have no Swift counterpart.
public protocol TensorElement: BitwiseCopyable, Sendable {
    /// The element type of a tensor of these.
    static var dataType: DataType { get }
}

extension Float: TensorElement {
    /// The element type.
    public static var dataType: DataType { .float32 }
}
extension Double: TensorElement {
    /// The element type.
    public static var dataType: DataType { .float64 }
}
extension Float16: TensorElement {
    /// The element type.
    public static var dataType: DataType { .float16 }
}
extension BFloat16: TensorElement {
    /// The element type.
    public static var dataType: DataType { .bfloat16 }
}
extension Int8: TensorElement {
    /// The element type.
    public static var dataType: DataType { .int8 }
}
extension Int16: TensorElement {
    /// The element type.
    public static var dataType: DataType { .int16 }
}
extension Int32: TensorElement {
    /// The element type.
    public static var dataType: DataType { .int32 }
}
extension Int64: TensorElement {
    /// The element type.
    public static var dataType: DataType { .int64 }
}
extension UInt8: TensorElement {
    /// The element type.
    public static var dataType: DataType { .uint8 }
}
extension UInt16: TensorElement {
    /// The element type.
    public static var dataType: DataType { .uint16 }
}
extension UInt32: TensorElement {
    /// The element type.
    public static var dataType: DataType { .uint32 }
}
extension UInt64: TensorElement {
    /// The element type.
    public static var dataType: DataType { .uint64 }
}
