import HingeGraph

extension Tensor {
    /// For each element an integer, so that the integers are ordered as the elements are and equal elements have
    /// equal integers.
    ///
    /// NaNs are equal and come last. Complex numbers are ordered by their real part first. Strings are
    /// ordered by their bytes.
    func ordinals() throws -> [Int] {
        func map<T: TensorElement>(_ type: T.Type, _ transform: (T) -> Int) throws -> [Int] {
            try withUnsafeElements(of: T.self) { $0.map(transform) }
        }
        switch dataType {
        case .bool: return try map(UInt8.self) { $0 == 0 ? 0 : 1 }
        case .uint8: return try map(UInt8.self) { Int($0) }
        case .uint16: return try map(UInt16.self) { Int($0) }
        case .uint32: return try map(UInt32.self) { Int($0) }
        case .uint64: return try map(UInt64.self) { Int(bitPattern: UInt($0 ^ (1 << 63))) }
        case .int8: return try map(Int8.self) { Int($0) }
        case .int16: return try map(Int16.self) { Int($0) }
        case .int32: return try map(Int32.self) { Int($0) }
        case .int64: return try map(Int64.self) { Int($0) }
        case .string:
            return Tensor.ranks(strings?.map(\.bytes) ?? []) {
                $0.lexicographicallyPrecedes($1)
            }
        case .complex64, .complex128:
            let isNarrow = dataType == .complex64
            let parts = withUnsafeBytes { bytes in
                (0..<2 * count).map { (index: Int) -> Int in
                    let part: Double =
                        isNarrow
                        ? Double(bytes.loadUnaligned(fromByteOffset: 4 * index, as: Float.self))
                        : bytes.loadUnaligned(fromByteOffset: 8 * index, as: Double.self)
                    return Tensor.ordinal(part)
                }
            }
            return Tensor.ranks((0..<count).map { [parts[2 * $0], parts[2 * $0 + 1]] }) {
                $0.lexicographicallyPrecedes($1)
            }
        default:
            return ((try? doubles()) ?? []).map(Tensor.ordinal)
        }
    }

    /// An integer that is ordered as the number is.
    private static func ordinal(_ value: Double) -> Int {
        guard !value.isNaN else { return Int.max }
        // Adding 0 makes −0 a 0.
        let bits = Int(Int64(bitPattern: (value + 0).bitPattern))
        return bits < 0 ? Int.min - bits : bits
    }

    /// The position of each key among the distinct ones in order.
    private static func ranks<Key: Hashable>(
        _ keys: [Key], _ precedes: (Key, Key) -> Bool
    ) -> [Int] {
        let sorted = Set(keys).sorted(by: precedes)
        let positions = Dictionary(
            uniqueKeysWithValues: sorted.enumerated().map { ($0.element, $0.offset) })
        return keys.map { positions[$0] ?? 0 }
    }
}
