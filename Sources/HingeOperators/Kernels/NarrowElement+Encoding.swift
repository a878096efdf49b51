import HingeGraph

/// Source: the tables of ONNX Cast 24, and the documentation's pages on float8, float6 and float4.
extension NarrowElement {
    /// The bits of the element nearest to a number, ties to even.
    static func encode(_ value: Double, as type: DataType, _ rules: ConversionRules) -> UInt8 {
        let saturates = rules.isSaturating
        switch type {
        case .float8e4m3fn:
            return encode(value, fractionBits: 3, bias: 7, largest: 0x7E) { isNegative in
                saturates ? nil : isNegative ? 0xFF : 0x7F
            }
        case .float8e4m3fnuz:
            let bits = encode(value, fractionBits: 3, bias: 8, largest: 0x7F) { _ in
                saturates ? nil : 0x80
            }
            return value.isNaN ? 0x80 : withoutNegativeZero(bits, value)
        case .float8e5m2:
            return encode(value, fractionBits: 2, bias: 15, largest: 0x7B) { isNegative in
                saturates ? nil : isNegative ? 0xFC : 0x7C
            }
        case .float8e5m2fnuz:
            let bits = encode(value, fractionBits: 2, bias: 16, largest: 0x7F) { _ in
                saturates ? nil : 0x80
            }
            return value.isNaN ? 0x80 : withoutNegativeZero(bits, value)
        case .float4e2m1:
            // The type has no NaN; the standard's tests make one -0.
            if value.isNaN { return 8 }
            let bits = encode(value, fractionBits: 1, bias: 1, largest: 7) { _ in nil }
            return bits & 7 | bits >> 4 & 8
        case .float6e2m3: return encodeFinite(value, fractionBits: 3, bias: 1)
        case .float6e3m2: return encodeFinite(value, fractionBits: 2, bias: 3)
        case .float8e8m0: return encodePower(value, rules)
        default: preconditionFailure("\(type) is not a narrow floating-point type")
        }
    }

    /// The bits of a number of a type of 6 bits, which has neither infinities nor NaN: the largest number stands for what
    /// is larger, and -0 for NaN, as of 4 bits.
    private static func encodeFinite(_ value: Double, fractionBits: Int, bias: Int) -> UInt8 {
        if value.isNaN { return 0x20 }
        let bits = encode(value, fractionBits: fractionBits, bias: bias, largest: 0x1F) { _ in nil }
        return bits & 0x1F | bits >> 2 & 0x20
    }

    /// The types without infinities have one zero, and use the other's bits for NaN.
    private static func withoutNegativeZero(_ bits: UInt8, _ value: Double) -> UInt8 {
        bits == 0x80 && value.magnitude < 1 ? 0 : bits
    }

    /// The bits of a number, with the sign in the highest; `overflow` gives those of a number that rounds to more
    /// than the largest, or `nil` for the largest itself.
    private static func encode(
        _ value: Double, fractionBits: Int, bias: Int, largest: UInt8,
        overflow: (_ isNegative: Bool) -> UInt8?
    ) -> UInt8 {
        let isNegative = value.sign == .minus
        let sign: UInt8 = isNegative ? 0x80 : 0
        if value.isNaN { return sign | 0x7F }
        let magnitude = value.magnitude
        if magnitude == 0 { return sign }
        guard magnitude < 1e6 else { return overflow(isNegative) ?? sign | largest }
        let exponent = max(Int(magnitude.exponent), 1 - bias)
        let quantum = Double(sign: .plus, exponent: exponent - fractionBits, significand: 1)
        let steps = Int((magnitude / quantum).rounded(.toNearestOrEven))
        let bits = (exponent + bias - 1) << fractionBits + steps
        guard bits <= Int(largest) else { return overflow(isNegative) ?? sign | largest }
        return sign | UInt8(bits)
    }

    /// The exponent of a power of two, biased by 127; the sign is lost.
    private static func encodePower(_ value: Double, _ rules: ConversionRules) -> UInt8 {
        if value.isNaN { return 0xFF }
        let magnitude = value.magnitude
        if magnitude == 0 { return rules.isSaturating ? 0 : 0xFF }
        if magnitude.isInfinite { return rules.isSaturating ? 0xFE : 0xFF }
        var exponent = Int(magnitude.exponent)
        switch rules.powerRounding {
        case .up: if magnitude.significand > 1 { exponent += 1 }
        case .down: break
        case .nearest: if magnitude.significand >= 1.5 { exponent += 1 }
        }
        if exponent > 127 { return rules.isSaturating ? 0xFE : 0xFF }
        if exponent < -127 { return rules.isSaturating ? 0 : 0xFF }
        return UInt8(exponent + 127)
    }
}
