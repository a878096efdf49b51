import HingeGraph
import HingeOperators

/// `Cast` as `Cast`, to a type that Keras has.
struct CastRule: OperatorRule {
    func write(_ operator: Cast, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        return [try node.cast(x, to: try node.output().type)]
    }
}

extension NodeWriting {
    /// A tensor in another type.
    ///
    /// - Throws: ``HingeError`` when Keras doesn't have the type.
    func cast(_ x: KerasTensor, to type: DataType, as role: String? = nil) throws -> KerasTensor {
        guard x.type != type else { return x }
        let types: Set<DataType> = [
            .bool, .uint8, .uint16, .uint32, .uint64, .int8, .int16, .int32, .int64, .bfloat16,
            .float16, .float32, .float64,
        ]
        guard types.contains(type) else {
            throw unsupported("Keras has no elements of type \(type)")
        }
        return try operation(
            .core("Cast"), [("dtype", .string(type.description))], .tensor(x),
            giving: OutputType(type, x.shape), as: role)
    }
}
