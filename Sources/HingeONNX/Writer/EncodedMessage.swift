import HingeGraph

/// An encoded message: what protobuf-c packed, and between it the payloads.
///
/// Large payloads are not copied; ``withPieces(_:)`` gives the whole message as a list of parts in memory.
struct EncodedMessage {
    /// The most bytes that a message may have, by the rules of protobuf.
    static let maximumByteCount = Int(Int32.max)
    /// Payloads that are smaller are copied, so that a file is written in few calls.
    private static let largePayloadByteCount = 4096

    private enum Part {
        /// Bytes of ``metadata``.
        case metadata(Range<Int>)
        case payload(MemoryRegion)
    }

    /// The message without its large payloads.
    private var metadata: [UInt8] = []
    private var parts: [Part] = []

    /// The size of the whole message.
    private(set) var byteCount = 0

    /// Encodes a message that `writer` has put together.
    ///
    /// - Throws: ``HingeError`` when it breaks a rule that readers rely on, such as the depth of nesting.
    init<Message>(
        _ message: UnsafeMutablePointer<Message>, as root: RootMessage, _ writer: MessageWriter
    ) throws {
        if let text = writer.arena.textWithNUL {
            throw HingeError(
                .unsupported, "the text \(text.debugDescription) has a NUL character")
        }
        let skeleton = try withExtendedLifetime(writer) { try pack(message) }
        var start = 0
        for piece in try Skeleton.expand(skeleton, as: root) {
            switch piece {
            case .skeleton(let range): metadata += skeleton[range]
            case .bytes(let bytes): metadata += bytes
            case .payload(let index):
                let payload = writer.payloads[index]
                guard payload.byteCount >= Self.largePayloadByteCount else {
                    metadata += payload.bytes
                    continue
                }
                parts += [.metadata(start..<metadata.count), .payload(payload)]
                byteCount += payload.byteCount
                start = metadata.count
            }
        }
        parts.append(.metadata(start..<metadata.count))
        byteCount += metadata.count
    }

    /// Runs `body` with the parts of the message, in order.
    func withPieces<Result>(
        _ body: ([UnsafeRawBufferPointer]) throws -> Result
    ) rethrows -> Result {
        try metadata.withUnsafeBytes { metadata in
            let pieces = parts.map { part in
                switch part {
                case .metadata(let range): UnsafeRawBufferPointer(rebasing: metadata[range])
                case .payload(let payload): payload.bytes
                }
            }
            return try withExtendedLifetime(parts) { try body(pieces) }
        }
    }

    /// The whole message in one array, which copies the payloads.
    var bytes: [UInt8] {
        withPieces { pieces in pieces.flatMap { Array($0) } }
    }
}
