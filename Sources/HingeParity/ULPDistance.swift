import HingeGraph

/// Distances between floating-point numbers, counted in representable numbers.
enum ULPDistance {
    /// The largest distance between two tensors of one type, over the elements that are finite in both.
    ///
    /// 0 for element types narrower than 16 bits.
    ///
    /// - Throws: ``HingeError`` when the types differ.
    static func largest(_ a: Tensor, _ b: Tensor) throws -> UInt64 {
        switch a.dataType {
        case .float32: try largest(a, b, Float.self) { $0.isFinite ? ordered($0.bitPattern) : nil }
        case .float64: try largest(a, b, Double.self) { $0.isFinite ? ordered($0.bitPattern) : nil }
        case .float16:
            try largest(a, b, Float16.self) { $0.isFinite ? ordered($0.bitPattern) : nil }
        case .bfloat16:
            try largest(a, b, BFloat16.self) { Float($0).isFinite ? ordered($0.bitPattern) : nil }
        default: 0
        }
    }

    private static func largest<Element: TensorElement>(
        _ a: Tensor, _ b: Tensor, _ type: Element.Type, _ position: (Element) -> Int64?
    ) throws -> UInt64 {
        try a.withUnsafeElements(of: Element.self) { left in
            try b.withUnsafeElements(of: Element.self) { right in
                var largest: UInt64 = 0
                for index in 0..<min(left.count, right.count) {
                    guard let x = position(left[index]), let y = position(right[index]) else {
                        continue
                    }
                    let (distance, overflow) = x.subtractingReportingOverflow(y)
                    largest = max(largest, overflow ? .max : distance.magnitude)
                }
                return largest
            }
        }
    }

    /// The place of a number among all numbers of its type, in order: both zeros are at 0.
    private static func ordered<Bits: FixedWidthInteger & UnsignedInteger>(_ bits: Bits) -> Int64 {
        let sign = Bits(1) << (Bits.bitWidth - 1)
        let magnitude = Int64(truncatingIfNeeded: bits & ~sign)
        return bits & sign == 0 ? magnitude : -magnitude
    }
}
