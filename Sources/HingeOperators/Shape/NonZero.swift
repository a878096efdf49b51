import HingeGraph

/// The coordinates of the elements that aren't zero, in row-major order: `int64[rank, n]`.
///
/// Source: ONNX NonZero 9, 13; a scalar gives `int64[0, n]`.
public struct NonZero: Operator {
    /// Creates the operator.
    public init() {}
}

public extension NonZero {
    static let type = "NonZero"

    init(_ node: NodeReader) {}

    func spell(_ speller: inout Speller) { speller.emit(Self.type) }

    func infer(_ context: InferenceContext) -> [Inferred] {
        [
            .tensor(
                .int64,
                [context.shape(0).map { .known($0.rank) } ?? .unknown, .unknown])
        ]
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let x = try context.input(0)
        let found = try x.nonZeroOffsets()
        let y = try context.output(0, .int64, [x.rank, found.count]).elements(of: Int64.self)
        let strides = StridedCopy.strides(of: x.shape)
        for axis in 0..<x.rank {
            for (position, offset) in found.enumerated() {
                y[axis * found.count + position] = Int64(offset / strides[axis] % x.shape[axis])
            }
        }
    }
}

extension Tensor {
    /// The offsets of the elements that are not zero, false or empty.
    ///
    func nonZeroOffsets() throws -> [Int] {
        func offsets<T: TensorElement>(_ type: T.Type, _ isNonZero: (T) -> Bool) throws -> [Int] {
            try withUnsafeElements(of: T.self) { elements in
                elements.indices.filter { isNonZero(elements[$0]) }
            }
        }
        switch dataType {
        case .bool, .uint8: return try offsets(UInt8.self) { $0 != 0 }
        case .int8: return try offsets(Int8.self) { $0 != 0 }
        case .int16: return try offsets(Int16.self) { $0 != 0 }
        case .int32: return try offsets(Int32.self) { $0 != 0 }
        case .int64: return try offsets(Int64.self) { $0 != 0 }
        case .uint16: return try offsets(UInt16.self) { $0 != 0 }
        case .uint32: return try offsets(UInt32.self) { $0 != 0 }
        case .uint64: return try offsets(UInt64.self) { $0 != 0 }
        case .float32: return try offsets(Float.self) { $0 != 0 }
        case .string:
            return (strings ?? []).indices.filter { strings?[$0].bytes.isEmpty == false }
        case .complex64, .complex128:
            let bytes = dataType.bitWidth / 16
            return withUnsafeBytes { raw in
                (0..<count).filter { index in
                    (0..<2).contains { part in
                        let offset = (2 * index + part) * bytes
                        return bytes == 4
                            ? raw.loadUnaligned(fromByteOffset: offset, as: Float.self) != 0
                            : raw.loadUnaligned(fromByteOffset: offset, as: Double.self) != 0
                    }
                }
            }
        default:
            let values = try doubles()
            return values.indices.filter { values[$0] != 0 }
        }
    }
}

extension NonZero: UndifferentiatedOperator {
    /// Its outputs are indices.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its outputs are indices") }
}
