internal import CONNX
internal import CProtobufC
import HingeGraph

/// Turns decoded messages into the graph.
///
/// What the graph can't express goes into the elements' origins, so that nothing is lost.
final class MessageReader {
    /// The bytes that payload references point into.
    let region: MemoryRegion
    /// The folder that external data is in; `nil` where there is none.
    let externalData: ExternalDataFolder?
    /// Holds the messages.
    private let arena: MessageArena

    /// The most memory that decoded messages take, for each byte of the skeleton and at least.
    ///
    /// Messages of real models take 5 to 25 times their encoding, hostile ones 145 times.
    private static let arenaFactor = 32
    private static let arenaMinimum = 64 << 20

    /// Checks and decodes a message, and reads it.
    ///
    /// - Parameters:
    ///   - region: The encoded message.
    ///   - root: Its type.
    ///   - externalData: The folder that external data is in.
    ///   - body: Reads the decoded message, which it is given with its reader.
    /// - Throws: ``HingeError`` when the message is malformed or too large.
    static func read<Message, Result>(
        _ region: MemoryRegion, as root: RootMessage, externalData: ExternalDataFolder?,
        _ body: (MessageReader, UnsafeMutablePointer<Message>) throws -> Result
    ) throws -> Result {
        let skeleton = try Skeleton.cut(region.bytes, as: root)
        let byteCount = skeleton?.count ?? region.byteCount
        guard byteCount <= Int(Int32.max) else {
            throw HingeError(
                .limit,
                "expected at most 2147483647 bytes without weights, found \(byteCount)")
        }
        let arena = MessageArena(limit: max(arenaMinimum, byteCount * arenaFactor))
        let decoded =
            skeleton?.withUnsafeBytes { arena.unpack($0, root.descriptor) }
            ?? (skeleton == nil ? arena.unpack(region.bytes, root.descriptor) : nil)
        guard let decoded else {
            if arena.isExhausted {
                throw HingeError(
                    .limit,
                    "decoding \(byteCount) bytes takes more than \(arenaFactor) times as many")
            }
            throw HingeError(.badData, "expected a message of type \(root.rawValue)")
        }
        let reader = MessageReader(region: region, externalData: externalData, arena: arena)
        return try withExtendedLifetime(arena) {
            try body(
                reader, UnsafeMutableRawPointer(decoded).assumingMemoryBound(to: Message.self))
        }
    }

    private init(region: MemoryRegion, externalData: ExternalDataFolder?, arena: MessageArena) {
        self.region = region
        self.externalData = externalData
        self.arena = arena
    }
}

/// The text at a C string; empty when there is none.
func text(_ string: UnsafePointer<CChar>?) -> String {
    string.map { String(cString: $0) } ?? ""
}

/// The texts of a list.
func texts(
    _ count: Int, _ strings: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> [String] {
    UnsafeBufferPointer(start: strings, count: count).map { text($0) }
}

/// The messages of a list.
func messages<Message>(
    _ count: Int, _ list: UnsafeMutablePointer<UnsafeMutablePointer<Message>?>?
) -> [UnsafeMutablePointer<Message>] {
    UnsafeBufferPointer(start: list, count: count).compactMap { $0 }
}

extension ByteString {
    /// The bytes of a decoded field.
    init(_ data: ProtobufCBinaryData) {
        self.init(bytes: UnsafeBufferPointer(start: data.data, count: data.len))
    }
}

extension MessageReader {
    /// Reads named texts; `origin` remembers their encoding when entries are not just key and value.
    func metadata<Message>(
        _ count: Int,
        _ list: UnsafeMutablePointer<UnsafeMutablePointer<Onnx__StringStringEntryProto>?>?,
        of message: UnsafeMutablePointer<Message>, field number: Int, _ origin: inout ONNXOrigin
    ) throws -> Metadata {
        guard count > 0 else { return [:] }
        var isPlain = true
        let entries = messages(count, list).map { entry in
            let entry = entry.pointee
            isPlain =
                isPlain && entry.key != nil && entry.value != nil
                && entry.base.n_unknown_fields == 0
            return Metadata.Entry(key: text(entry.key), value: text(entry.value))
        }
        let metadata = Metadata(entries)
        if !isPlain {
            origin.verbatim.append(
                .init(
                    number: number, value: .metadata(metadata),
                    bytes: try ONNXOrigin.encode(UnsafeMutableRawPointer(message), fields: [number])
                ))
        }
        return metadata
    }
}
