/// A string as model files hold it: bytes that are usually, but not surely, UTF-8.
public struct ByteString: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The bytes.
    public var bytes: [UInt8]

    /// Creates a string of the given bytes.
    public init(bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)
    }

    /// Creates a string of the UTF-8 bytes of `text`.
    public init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// Creates a string from a literal.
    public init(stringLiteral value: String) {
        self.init(value)
    }

    /// The text, or `nil` when the bytes are not valid UTF-8.
    public var text: String? {
        String(validating: bytes, as: UTF8.self)
    }
}

extension ByteString: CustomStringConvertible {
    /// The text; bytes that are not UTF-8 appear as replacement characters.
    public var description: String {
        String(decoding: bytes, as: UTF8.self)
    }
}
