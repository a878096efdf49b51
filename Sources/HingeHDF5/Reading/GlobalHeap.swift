internal import CHDF5
import HingeGraph

/// Reads variable-length strings from the file's global heap, without the C library: its own code
/// copies a string as often as it is referred to, and loops for ever on some damaged heaps.
///
/// Where S is the size of lengths and O that of offsets, usually 8 both:
/// ```
/// reference:   length (4)  address of the collection (O)  index (4)
/// collection:  "GCOL"  version 1 (1)  reserved (3)  size of the collection (S)  objects …
/// object:      index (2)  references (2)  reserved (4)  size (S)  data, padded to a multiple of 8
/// ```
/// The object with index 0 is the free space at the end. Addresses count from the end of the user block.
struct GlobalHeap: Sendable {
    /// The size of a reference in bytes.
    let referenceByteCount: Int
    private let region: MemoryRegion
    private let baseAddress: Int
    private let offsetByteCount: Int
    private let lengthByteCount: Int
    private var collections: [Int: [UInt16: Range<Int>]] = [:]
    /// The size of all collections so far; each byte of the file belongs to one of them at most.
    private var collectedByteCount = 0

    init(region: MemoryRegion, file: borrowing HDF5Handle) throws {
        self.region = region
        let id = file.id
        let creation = try HDF5Handle("read the superblock") { _ in H5Fget_create_plist(id) }
        let list = creation.id
        var offsetByteCount = 0
        var lengthByteCount = 0
        var userBlock: hsize_t = 0
        try HDF5Library.call("read the superblock") { _ in
            let status = H5Pget_sizes(list, &offsetByteCount, &lengthByteCount)
            return status < 0 ? status : H5Pget_userblock(list, &userBlock)
        }
        guard let baseAddress = Int(exactly: userBlock), baseAddress <= region.byteCount,
            [2, 4, 8].contains(offsetByteCount), [2, 4, 8].contains(lengthByteCount)
        else {
            throw HingeError(
                .unsupported,
                "addresses of \(offsetByteCount) bytes and lengths of \(lengthByteCount) bytes "
                    + "are not supported")
        }
        self.baseAddress = baseAddress
        self.offsetByteCount = offsetByteCount
        self.lengthByteCount = lengthByteCount
        referenceByteCount = 4 + offsetByteCount + 4
    }

    /// The strings that `count` references lead to, the total of whose bytes is at most `limit`.
    ///
    /// - Throws: ``HingeError`` when a reference leads nowhere or the limit is passed.
    mutating func strings(
        _ references: UnsafeRawBufferPointer, count: Int, limit: Int
    ) throws -> [ByteString] {
        var strings: [ByteString] = []
        strings.reserveCapacity(count)
        var rest = limit
        for index in 0..<count {
            let start = index * referenceByteCount
            let length = Int(Self.integer(references, at: start, byteCount: 4))
            let address = Self.integer(references, at: start + 4, byteCount: offsetByteCount)
            let object = Self.integer(references, at: start + 4 + offsetByteCount, byteCount: 4)
            guard length > 0 else {
                strings.append("")
                continue
            }
            rest -= length
            guard rest >= 0 else {
                throw HingeError(.limit, "the strings are longer than \(limit) bytes in all")
            }
            guard let address = Int(exactly: address), let object = UInt16(exactly: object),
                let range = try collection(at: address)[object], length <= range.count
            else {
                throw HingeError(
                    .badData,
                    "expected a string of \(length) bytes in the heap at \(address), object \(object)"
                )
            }
            let bytes = region.bytes[range.lowerBound..<range.lowerBound + length]
            strings.append(ByteString(bytes: bytes.prefix { $0 != 0 }))
        }
        return strings
    }

    private mutating func collection(at address: Int) throws -> [UInt16: Range<Int>] {
        if let objects = collections[address] { return objects }
        let objects = try readCollection(at: address)
        collections[address] = objects
        return objects
    }

    private mutating func readCollection(at address: Int) throws -> [UInt16: Range<Int>] {
        let damaged = HingeError(.badData, "the heap at \(address) is damaged")
        let header = (8 + lengthByteCount + 7) & ~7
        let bytes = region.bytes
        guard address >= 0, address <= bytes.count - baseAddress,
            case let start = baseAddress + address, start <= bytes.count - header,
            bytes[start..<start + 5].elementsEqual([0x47, 0x43, 0x4F, 0x4C, 1]),
            let size = Int(
                exactly: Self.integer(bytes, at: start + 8, byteCount: lengthByteCount)),
            size >= header, size <= bytes.count - start
        else { throw damaged }
        collectedByteCount += size
        guard collectedByteCount <= bytes.count else { throw damaged }

        let end = start + size
        let objectHeader = (8 + lengthByteCount + 7) & ~7
        var objects: [UInt16: Range<Int>] = [:]
        var position = start + header
        while position <= end - objectHeader {
            let index = UInt16(Self.integer(bytes, at: position, byteCount: 2))
            if index == 0 { break }
            let size = Self.integer(bytes, at: position + 8, byteCount: lengthByteCount)
            let data = position + objectHeader
            guard let size = Int(exactly: size), size <= end - data, objects[index] == nil else {
                throw damaged
            }
            objects[index] = data..<data + size
            position = data + (size + 7) & ~7
        }
        return objects
    }

    /// The little-endian number at an offset.
    private static func integer(
        _ bytes: UnsafeRawBufferPointer, at offset: Int, byteCount: Int
    ) -> UInt64 {
        bytes[offset..<offset + byteCount].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
