/// A change to an encoded message: the bytes of `range` give way to others.
struct WireEdit {
    /// What takes the place of the old bytes.
    enum Replacement: Equatable {
        /// The length of the message that follows.
        case length(Int)
        /// So many bytes, which whoever asked for the edit provides.
        case payload(Int)
    }

    let range: Range<Int>
    let replacement: Replacement

    init(_ range: Range<Int>, _ replacement: Replacement) {
        self.range = range
        self.replacement = replacement
    }

    /// By how many bytes the message becomes longer.
    var growth: Int {
        switch replacement {
        case .length(let count): Varint.byteCount(UInt64(count)) - range.count
        case .payload(let count): count - range.count
        }
    }
}

/// A payload that stands elsewhere, as the skeleton holds it in place of the bytes: two 64-bit numbers.
///
/// Payloads that are shorter than a reference stay in the skeleton, and all others leave it. So in a
/// skeleton, a payload of 16 bytes is a reference, and every other is itself.
struct PayloadReference: Equatable {
    /// The number of bytes that a reference takes.
    static let byteCount = 16

    /// Where the payload is: an offset in the file when reading, an index into a list when writing.
    var location: Int
    /// The size of the payload in bytes.
    var byteCount: Int

    init(location: Int, byteCount: Int) {
        self.location = location
        self.byteCount = byteCount
    }

    /// Reads a reference from the bytes of a skeleton.
    init(_ bytes: UnsafeRawBufferPointer) {
        location = Int(Int64(littleEndian: bytes.loadUnaligned(as: Int64.self)))
        byteCount = Int(
            Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: Int64.self)))
    }

    /// The bytes that stand for the reference in a skeleton.
    var bytes: [UInt8] {
        let numbers = [Int64(location).littleEndian, Int64(byteCount).littleEndian]
        return numbers.withUnsafeBytes { Array($0) }
    }
}

/// A message without the payloads of its tensors, which it refers to.
enum Skeleton {
    /// Checks an encoded message, and cuts every payload of 16 bytes or more out of it.
    ///
    /// - Returns: The skeleton, or `nil` when there is nothing to cut.
    /// - Throws: ``HingeError`` from the scanner.
    static func cut(_ bytes: UnsafeRawBufferPointer, as root: RootMessage) throws -> [UInt8]? {
        let edits = try WireScanner.scan(bytes, as: root) { payload in
            payload.count < PayloadReference.byteCount ? nil : PayloadReference.byteCount
        }
        guard !edits.isEmpty else { return nil }
        var skeleton: [UInt8] = []
        skeleton.reserveCapacity(bytes.count + edits.reduce(0) { $0 + $1.growth })
        var position = 0
        for edit in edits {
            skeleton += bytes[position..<edit.range.lowerBound]
            switch edit.replacement {
            case .length(let count): Varint.append(UInt64(count), to: &skeleton)
            case .payload:
                skeleton +=
                    PayloadReference(location: edit.range.lowerBound, byteCount: edit.range.count)
                    .bytes
            }
            position = edit.range.upperBound
        }
        skeleton += bytes[position...]
        return skeleton
    }

    /// The pieces that make up the whole message: parts of the skeleton, and the payloads themselves.
    ///
    /// - Parameters:
    ///   - skeleton: The message with references whose locations are indices into a list of payloads.
    ///   - root: The type of the message.
    static func expand(_ skeleton: [UInt8], as root: RootMessage) throws -> [Piece] {
        try skeleton.withUnsafeBytes { bytes in
            func reference(_ range: Range<Int>) -> PayloadReference {
                PayloadReference(UnsafeRawBufferPointer(rebasing: bytes[range]))
            }
            let edits = try WireScanner.scan(bytes, as: root) { payload in
                payload.count == PayloadReference.byteCount ? reference(payload).byteCount : nil
            }
            var pieces: [Piece] = []
            var position = 0
            for edit in edits {
                pieces.append(.skeleton(position..<edit.range.lowerBound))
                switch edit.replacement {
                case .length(let count):
                    var length: [UInt8] = []
                    Varint.append(UInt64(count), to: &length)
                    pieces.append(.bytes(length))
                case .payload: pieces.append(.payload(reference(edit.range).location))
                }
                position = edit.range.upperBound
            }
            pieces.append(.skeleton(position..<bytes.count))
            return pieces
        }
    }

    /// A part of a message that is being written.
    enum Piece {
        /// Bytes of the skeleton.
        case skeleton(Range<Int>)
        /// Other bytes: the length of a message that has grown.
        case bytes([UInt8])
        /// A payload, by its index.
        case payload(Int)
    }
}
