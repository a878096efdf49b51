/// The numbers narrower than 16 bits that Swift has no type for: integers of 2 and 4 bits, and the
/// floating-point types of 4, 6 and 8 bits.
///
/// Source: the ONNX documentation's pages on float8, float4 and int4, and the OCP microscaling formats.
package enum NarrowElement {
    /// The value of element `index` of packed or 8-bit data.
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, at index: Int, as type: DataType
    ) -> Double {
        let bits = PackedBits.element(of: bytes, at: index, width: type.bitWidth)
        switch type {
        case .uint4, .uint2: return Double(bits)
        case .int4: return Double(Int8(bitPattern: bits << 4) >> 4)
        case .int2: return Double(Int8(bitPattern: bits << 6) >> 6)
        case .float4e2m1: return float(bits, exponentBits: 2, fractionBits: 1, bias: 1)
        case .float6e2m3: return float(bits, exponentBits: 2, fractionBits: 3, bias: 1)
        case .float6e3m2: return float(bits, exponentBits: 3, fractionBits: 2, bias: 3)
        case .float8e4m3fn:
            return bits & 0x7F == 0x7F
                ? .nan : float(bits, exponentBits: 4, fractionBits: 3, bias: 7)
        case .float8e4m3fnuz:
            return bits == 0x80 ? .nan : float(bits, exponentBits: 4, fractionBits: 3, bias: 8)
        case .float8e5m2:
            if bits & 0x7C == 0x7C {
                guard bits & 3 == 0 else { return .nan }
                return bits & 0x80 == 0 ? .infinity : -.infinity
            }
            return float(bits, exponentBits: 5, fractionBits: 2, bias: 15)
        case .float8e5m2fnuz:
            return bits == 0x80 ? .nan : float(bits, exponentBits: 5, fractionBits: 2, bias: 16)
        case .float8e8m0:
            return bits == 0xFF
                ? .nan : Double(sign: .plus, exponent: Int(bits) - 127, significand: 1)
        default: preconditionFailure("\(type) is not a narrow type")
        }
    }

    private static func float(
        _ bits: UInt8, exponentBits: Int, fractionBits: Int, bias: Int
    ) -> Double {
        let fraction = Int(bits) & ((1 << fractionBits) - 1)
        let exponent = (Int(bits) >> fractionBits) & ((1 << exponentBits) - 1)
        let isNegative = (Int(bits) >> (fractionBits + exponentBits)) & 1 == 1
        let scale = 1.0 / Double(1 << fractionBits)
        let magnitude =
            exponent == 0
            ? Double(fraction) * scale * power(1 - bias)
            : (1 + Double(fraction) * scale) * power(exponent - bias)
        return isNegative ? -magnitude : magnitude
    }

    private static func power(_ exponent: Int) -> Double {
        Double(sign: .plus, exponent: exponent, significand: 1)
    }
}
