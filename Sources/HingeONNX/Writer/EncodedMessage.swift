import HingeGraph

/// An encoded message: what protobuf-c packed, and the payloads that belong between.
///
/// The payloads are not copied; ``withPieces(_:)`` gives the whole message as a list of parts in memory.
struct EncodedMessage {
    /// The most bytes that a message may have, by the rules of protobuf.
    static let maximumByteCount = Int(Int32.max)

    private let skeleton: [UInt8]
    private let pieces: [Skeleton.Piece]
    private let payloads: [MemoryRegion]

    /// The size of the whole message.
    let byteCount: Int

    /// Encodes a message that `writer` has put together.
    ///
    /// - Throws: ``HingeError`` when it breaks a rule that readers rely on, such as the depth of nesting.
    init<Message>(
        _ message: UnsafeMutablePointer<Message>, as root: RootMessage, _ writer: MessageWriter
    ) throws {
        skeleton = try withExtendedLifetime(writer) { try pack(message) }
        payloads = writer.payloads
        pieces = try Skeleton.expand(skeleton, as: root)
        byteCount = pieces.reduce(0) { [payloads] total, piece in
            switch piece {
            case .skeleton(let range): total + range.count
            case .bytes(let bytes): total + bytes.count
            case .payload(let index): total + payloads[index].byteCount
            }
        }
    }

    /// Runs `body` with the parts of the message, in order.
    func withPieces<Result>(
        _ body: ([UnsafeRawBufferPointer]) throws -> Result
    ) rethrows -> Result {
        // The lengths stand one after the other in memory of their own, so that they have addresses.
        let lengths = pieces.flatMap { if case .bytes(let bytes) = $0 { bytes } else { [UInt8]() } }
        return try skeleton.withUnsafeBytes { skeleton in
            try lengths.withUnsafeBytes { lengths in
                var rest = lengths[...]
                let parts = pieces.map { piece in
                    switch piece {
                    case .skeleton(let range): UnsafeRawBufferPointer(rebasing: skeleton[range])
                    case .payload(let index): payloads[index].bytes
                    case .bytes(let bytes):
                        UnsafeRawBufferPointer(rebasing: take(bytes.count, from: &rest))
                    }
                }
                return try withExtendedLifetime(payloads) { try body(parts) }
            }
        }
    }

    /// The whole message in one array, which copies the payloads.
    var bytes: [UInt8] {
        withPieces { pieces in pieces.flatMap { Array($0) } }
    }

    private func take(
        _ count: Int, from rest: inout UnsafeRawBufferPointer.SubSequence
    ) -> UnsafeRawBufferPointer.SubSequence {
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
}
