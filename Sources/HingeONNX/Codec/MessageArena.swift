internal import CProtobufC
import HingeGraph

/// Memory for decoded messages, or for messages that are put together to be encoded.
///
/// Everything in it is freed at once, with the arena; so no message is ever freed by walking over it.
final class MessageArena {
    /// The size of the first chunk; each is twice as large as the one before, up to the largest.
    private static let smallestChunk = 1 << 10
    private static let largestChunk = 1 << 18
    private static let alignment = 16

    /// The most bytes that the arena gives out.
    private let limit: Int
    private var total = 0
    private var next: UnsafeMutableRawPointer?
    private var available = 0
    private var chunks: [UnsafeMutableRawPointer] = []
    /// Blocks that have memory of their own, since they are large.
    private var blocks: [UnsafeMutableRawPointer: Int] = [:]
    /// Whether somebody asked for more than the limit.
    private(set) var isExhausted = false
    /// A text that C can't hold, since it has a NUL.
    private(set) var textWithNUL: String?

    init(limit: Int = .max) {
        self.limit = limit
    }

    deinit {
        for chunk in chunks { chunk.deallocate() }
        for block in blocks.keys { block.deallocate() }
    }

    /// Gives out memory; `nil` when that exceeds the limit.
    func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer? {
        guard byteCount <= limit - total else {
            isExhausted = true
            return nil
        }
        let size = (max(byteCount, 1) + Self.alignment - 1) & ~(Self.alignment - 1)
        total += size
        if size > Self.largestChunk / 4 {
            let block = UnsafeMutableRawPointer.allocate(
                byteCount: size, alignment: Self.alignment)
            blocks[block] = size
            return block
        }
        if size > available {
            let doubled = Self.smallestChunk << min(chunks.count, 8)
            available = max(min(doubled, Self.largestChunk), size)
            let chunk = UnsafeMutableRawPointer.allocate(
                byteCount: available, alignment: Self.alignment)
            chunks.append(chunk)
            next = chunk
        }
        let result = next
        next = next.map { $0 + size }
        available -= size
        return result
    }

    /// Takes back a large block; a small one waits for the end of the arena.
    func free(_ block: UnsafeMutableRawPointer) {
        guard let size = blocks.removeValue(forKey: block) else { return }
        total -= size
        block.deallocate()
    }

    /// Decodes a message, which lives as long as the arena.
    ///
    /// - Returns: `nil` when protobuf-c rejects the message or the arena is exhausted.
    func unpack(
        _ bytes: UnsafeRawBufferPointer, _ descriptor: UnsafePointer<ProtobufCMessageDescriptor>
    ) -> UnsafeMutablePointer<ProtobufCMessage>? {
        var allocator = ProtobufCAllocator(
            alloc: { arena, byteCount in
                arena.flatMap {
                    Unmanaged<MessageArena>.fromOpaque($0)._withUnsafeGuaranteedRef {
                        $0.allocate(byteCount)
                    }
                }
            },
            free: { arena, block in
                guard let arena, let block else { return }
                Unmanaged<MessageArena>.fromOpaque(arena)._withUnsafeGuaranteedRef {
                    $0.free(block)
                }
            },
            allocator_data: Unmanaged.passUnretained(self).toOpaque())
        // An empty message has no address of its own.
        var empty: UInt8 = 0
        return withUnsafeMutablePointer(to: &empty) { empty in
            let data =
                bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? UnsafePointer(empty)
            return protobuf_c_message_unpack(descriptor, &allocator, bytes.count, data)
        }
    }
}

extension MessageArena {
    /// Memory for `count` values.
    ///
    /// - Precondition: the arena has no limit.
    func array<Element>(of type: Element.Type, count: Int) -> UnsafeMutablePointer<Element> {
        guard let memory = allocate(count * MemoryLayout<Element>.stride) else {
            preconditionFailure("only arenas for decoding have a limit")
        }
        return memory.bindMemory(to: Element.self, capacity: count)
    }

    /// The elements of a list, in the arena.
    func copy<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
        let memory = array(of: Element.self, count: elements.count)
        memory.initialize(from: elements, count: elements.count)
        return memory
    }

    /// A text, in the arena, ended by a NUL.
    func copy(_ text: String) -> UnsafeMutablePointer<CChar> {
        var text = text
        return text.withUTF8 { bytes in
            let memory = array(of: CChar.self, count: bytes.count + 1)
            for index in bytes.indices { memory[index] = CChar(bitPattern: bytes[index]) }
            memory[bytes.count] = 0
            if bytes.contains(0) { noteNUL(bytes) }
            return memory
        }
    }

    private func noteNUL(_ bytes: UnsafeBufferPointer<UInt8>) {
        textWithNUL = textWithNUL ?? String(decoding: bytes, as: UTF8.self)
    }

    /// Bytes, in the arena.
    func copy(_ bytes: some Collection<UInt8>) -> ProtobufCBinaryData {
        let memory = array(of: UInt8.self, count: bytes.count)
        _ = UnsafeMutableBufferPointer(start: memory, count: bytes.count).initialize(from: bytes)
        return ProtobufCBinaryData(len: bytes.count, data: memory)
    }

    /// A new message.
    func message<Message>(
        _ initialize: (UnsafeMutablePointer<Message>?) -> Void
    ) -> UnsafeMutablePointer<Message> {
        let message = array(of: Message.self, count: 1)
        initialize(message)
        return message
    }
}

/// Encodes a message.
///
/// - Throws: ``HingeError`` when it is larger than a message may be.
func pack(_ message: UnsafeRawPointer) throws -> [UInt8] {
    let message = message.assumingMemoryBound(to: ProtobufCMessage.self)
    let byteCount = protobuf_c_message_get_packed_size(message)
    guard byteCount <= Int(Int32.max) else {
        throw HingeError(
            .limit, "a message has \(byteCount) bytes without weights; at most 2147483647 fit")
    }
    return [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
        count = buffer.baseAddress.map { protobuf_c_message_pack(message, $0) } ?? 0
    }
}
