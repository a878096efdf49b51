import HingeGraph

/// Reads strings as numbers.
///
/// Source: ONNX Cast 9: plain and scientific notation, and `INF`, `+INF`, `-INF` and `NaN` in upper or lower case.
struct ElementParser {
    let strings: [ByteString]
    /// The element type that the numbers become.
    let type: DataType

    /// - Throws: ``HingeError`` when a string isn't a number.
    func parse(_ range: Range<Int>, _ buffer: ConversionBuffer) throws {
        for (place, index) in range.enumerated() {
            guard let text = strings[index].text, !text.isEmpty else { throw failure(index) }
            if buffer.isReal {
                buffer.reals[place] = try real(text, index)
            } else if let whole = Int64(text) {
                buffer.wholes[place] = whole
            } else if let whole = UInt64(text) {
                buffer.wholes[place] = Int64(bitPattern: whole)
            } else {
                buffer.wholes[place] = Int64(saturating: try real(text, index))
            }
        }
    }

    private func real(_ text: String, _ index: Int) throws -> Double {
        switch text.lowercased() {
        case "nan": return .nan
        case "inf", "+inf": return .infinity
        case "-inf": return -.infinity
        case "true" where type == .bool: return 1
        case "false" where type == .bool: return 0
        default: break
        }
        let value = type == .float32 ? Float(text).map { Double($0) } : Double(text)
        guard let value else { throw failure(index) }
        return value
    }

    private func failure(_ index: Int) -> HingeError {
        HingeError(
            .badData, "expected a number as element \(index), found '\(strings[index])'")
    }
}

extension Tensor {
    /// The elements as strings: the fewest digits that give the number back.
    func formatted() throws -> [ByteString] {
        func format<T: BinaryFloatingPoint & LosslessStringConvertible>(_ x: T) -> ByteString {
            if x.isNaN { return "NaN" }
            if x.isInfinite { return x < 0 ? "-INF" : "INF" }
            return ByteString(x.description)
        }
        switch dataType {
        case .float32: return try array(of: Float.self).map { format($0) }
        case .float16: return try array(of: Float16.self).map { format($0) }
        case .bool: return try integers().map { $0 == 0 ? "False" : "True" }
        case .uint64: return try array(of: UInt64.self).map { ByteString("\($0)") }
        case _ where dataType.isInteger: return try integers().map { ByteString("\($0)") }
        default: return try doubles().map { format($0) }
        }
    }
}
