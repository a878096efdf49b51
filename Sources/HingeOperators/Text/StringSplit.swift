import HingeGraph

/// Cuts each string, `[d₁, …, dₖ]`, into parts, `[d₁, …, dₖ, n]`, where n is the largest number of parts of a string; output 1
/// is the number of parts of each, `int64`, and empty strings follow where there are fewer.
///
/// Without a delimiter, strings are cut at runs of white space, by Unicode's definition, and have none at their ends. An empty
/// string is one part with a delimiter, and none without.
///
/// Source: ONNX StringSplit 20.
public struct StringSplit: Operator {
    /// What stands between parts; white space if it is empty.
    public var delimiter: String
    /// The most cuts, from the left; any number if `nil`.
    public var limit: Int?

    /// Creates the operator.
    public init(delimiter: String = "", limit: Int? = nil) {
        self.delimiter = delimiter
        self.limit = limit
    }
}

public extension StringSplit {
    static let type = "StringSplit"

    init(_ node: NodeReader) throws {
        delimiter = try node.string("delimiter") ?? ""
        // As in Python, a negative one doesn't limit anything.
        limit = try node.int("maxsplit").flatMap { $0 < 0 ? nil : $0 }
    }

    func spell(_ speller: inout Speller) {
        speller.emit(
            Self.type,
            (delimiter.isEmpty ? [] : [.string("delimiter", delimiter)])
                + (limit.map { [.int("maxsplit", $0)] } ?? []))
    }

    func infer(_ context: InferenceContext) -> [Inferred] {
        let shape = context.shape(0)
        let parts = shape.map {
            Shape($0.dimensions + [$0.dimensions.contains(0) ? 0 : .unknown])
        }
        return [.tensor(.string, parts), .tensor(.int64, shape)]
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let x = try context.strings(0)
        let delimiter = Array(delimiter.utf8)
        let parts = try x.elements.map { text in
            let pieces =
                delimiter.isEmpty
                ? StringSplit.words(text.bytes, limit: limit ?? .max)
                : StringSplit.pieces(text.bytes[...], delimiter, limit: limit ?? .max)
            try MemoryLimit.checkArray(of: ByteString.self, count: pieces.count)
            return pieces
        }
        let width = parts.map(\.count).max() ?? 0
        let shape = x.shape + [width]
        try MemoryLimit.check(.string, shape)
        var strings: [ByteString] = []
        strings.reserveCapacity(try Tensor.count(of: shape))
        for pieces in parts {
            strings += pieces.map { ByteString(bytes: $0) }
            strings += [ByteString](repeating: "", count: width - pieces.count)
        }
        context.set(0, try Tensor(strings: strings, shape: shape))
        context.set(1, Tensor(parts.map { Int64($0.count) }, shape: x.shape))
    }
}

extension StringSplit {
    private typealias Bytes = ArraySlice<UInt8>

    /// The parts between delimiters.
    private static func pieces(_ text: Bytes, _ delimiter: [UInt8], limit: Int) -> [Bytes] {
        var pieces: [Bytes] = []
        var (start, index) = (text.startIndex, text.startIndex)
        while pieces.count < limit, text.endIndex - index >= delimiter.count {
            guard text[index] == delimiter[0],
                text[index..<index + delimiter.count].elementsEqual(delimiter)
            else {
                index += 1
                continue
            }
            pieces.append(text[start..<index])
            index += delimiter.count
            start = index
        }
        return pieces + [text[start...]]
    }

    /// The parts between runs of white space.
    private static func words(_ text: [UInt8], limit: Int) -> [Bytes] {
        var words: [Bytes] = []
        var (start, index, end) = (0, 0, 0)
        while index < text.count {
            if let width = spaceWidth(text[index...]) {
                if end > start, words.count < limit {
                    words.append(text[start..<end])
                    start = index
                }
                index += width
                if end <= start { start = index }
            } else {
                index += 1
                end = index
            }
        }
        return end > start ? words + [text[start..<end]] : words
    }

    /// The number of bytes of the white space that a text begins with, if it does.
    private static func spaceWidth(_ text: Bytes) -> Int? {
        guard let first = text.first else { return nil }
        let start = text.startIndex
        switch first {
        // As Python has it, the separators of files, groups, records and units too.
        case 0x09...0x0d, 0x1c...0x20: return 1
        case 0xc2:
            guard text.count >= 2 else { return nil }
            return text[start + 1] == 0x85 || text[start + 1] == 0xa0 ? 2 : nil
        case 0xe1, 0xe2, 0xe3:
            guard text.count >= 3 else { return nil }
            switch (first, text[start + 1], text[start + 2]) {
            case (0xe1, 0x9a, 0x80), (0xe2, 0x80, 0x80...0x8a), (0xe2, 0x80, 0xa8...0xa9),
                (0xe2, 0x80, 0xaf), (0xe2, 0x81, 0x9f), (0xe3, 0x80, 0x80):
                return 3
            default: return nil
            }
        default: return nil
        }
    }
}

extension StringSplit: UndifferentiatedOperator {
    /// Its input is text.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its input is text") }
}
