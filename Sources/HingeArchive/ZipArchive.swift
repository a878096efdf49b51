import HingeGraph
import Synchronization

/// The members of a zip file, read by their exact names.
///
/// Nothing is ever extracted to disk. The archive's directory is checked against the members' own headers
/// when it is opened, and a member's size against its stored size before it is read. Members that are
/// not asked for are not looked at.
package final class ZipArchive: Sendable {
    /// A member as the archive's directory states it.
    package struct Member: Sendable {
        /// The name, with `/` between folders.
        package let name: String
        /// The size of the content in bytes.
        package let byteCount: Int
        /// The size that the content takes in the file, in bytes.
        package let storedByteCount: Int
        /// How the content is stored.
        package let method: Method
        let index: UInt64
        let isEncrypted: Bool
    }

    /// How a member's content is stored.
    package enum Method: Sendable, Hashable {
        /// As it is.
        case stored
        /// Compressed with deflate.
        case deflated
        /// In a way that is not supported; its number in the standard.
        case other(Int)
    }

    /// What an archive may ask for before it is rejected.
    package struct Limits: Sendable {
        /// How many times larger than its stored form a member may be, where that is more than
        /// ``expansionFloor``.
        package var expansionRatio = 100
        /// The size up to which a member may have any ratio, in bytes.
        package var expansionFloor = 16 << 20
        /// The size up to which the checksum of a member that is mapped is compared, in bytes.
        package var verifiedByteCount = 16 << 20

        /// The default limits.
        package init() {}
    }

    /// The members, in the order of the archive's directory.
    package let members: [Member]
    private let region: MemoryRegion
    private let limits: Limits
    private let indices: [String: Int]
    private let reader: Mutex<ZipReader>

    /// Opens a file.
    ///
    /// - Throws: ``HingeError`` when it is not a zip file, is damaged, or has two members of one name.
    package convenience init(file: MappedFile, limits: Limits = Limits()) throws {
        try self.init(region: file.region, limits: limits)
    }

    /// Opens a zip file that lies in memory.
    ///
    /// - Throws: ``HingeError`` as ``init(file:limits:)``.
    package init(region: MemoryRegion, limits: Limits = Limits()) throws {
        let reader = try ZipReader(region: region)
        let members = try reader.members()
        var indices: [String: Int] = [:]
        for (index, member) in members.enumerated() {
            guard indices.updateValue(index, forKey: member.name) == nil else {
                throw HingeError(
                    .badData, "the archive has two members of this name", at: [.path(member.name)])
            }
        }
        self.region = region
        self.limits = limits
        self.members = members
        self.indices = indices
        self.reader = Mutex(reader)
    }

    /// Whether a region begins as a zip file does.
    package static func isZip(_ region: MemoryRegion) -> Bool {
        region.bytes.starts(with: [0x50, 0x4B, 0x03, 0x04])
            || region.bytes.starts(with: [0x50, 0x4B, 0x05, 0x06])
    }

    /// The member with the given name, if there is one.
    package func member(_ name: String) -> Member? {
        indices[name].map { members[$0] }
    }

    /// The content of a member.
    ///
    /// A member that is stored as it is stays where it is: the region is a part of the archive's. Its
    /// checksum is compared up to ``Limits/verifiedByteCount``, so that a large one is not read twice.
    ///
    /// - Throws: ``HingeError``, with the name in its context, when there is no such member, it is
    ///   encrypted, damaged, or far larger than its stored form.
    package func content(of name: String) throws -> MemoryRegion {
        try withContext(.path(name)) {
            guard let member = member(name) else {
                throw HingeError(.badData, "the archive has no such member")
            }
            try check(member)
            return try reader.withLock { reader in try content(of: member, reader) }
        }
    }

    /// The content of a member as text.
    ///
    /// - Throws: ``HingeError`` as ``content(of:)``, and when the content is not UTF-8.
    package func text(of name: String) throws -> String {
        let content = try content(of: name)
        return try withExtendedLifetime(content) {
            guard let text = String(validating: content.bytes, as: UTF8.self) else {
                throw HingeError(.badData, "the content is not valid UTF-8", at: [.path(name)])
            }
            return text
        }
    }

    private func check(_ member: Member) throws {
        guard !member.isEncrypted else {
            throw HingeError(.unsupported, "the member is encrypted")
        }
        if case .other(let method) = member.method {
            throw HingeError(
                .unsupported,
                "compression method \(method) is not supported; stored and deflated members are")
        }
        guard member.storedByteCount <= region.byteCount else {
            throw HingeError(
                .badData,
                "it states \(member.storedByteCount) stored bytes, more than the file has")
        }
        guard member.method != .stored || member.byteCount == member.storedByteCount else {
            throw HingeError(
                .badData,
                "it states \(member.byteCount) bytes, of which it stores \(member.storedByteCount)")
        }
        let (limit, overflow) = member.storedByteCount.multipliedReportingOverflow(
            by: limits.expansionRatio)
        guard member.byteCount <= max(overflow ? Int.max : limit, limits.expansionFloor) else {
            throw HingeError(
                .limit,
                "\(member.storedByteCount) stored bytes would become \(member.byteCount), "
                    + "more than \(limits.expansionRatio) times as many")
        }
    }

    private func content(of member: Member, _ reader: borrowing ZipReader) throws -> MemoryRegion {
        guard member.byteCount > 0, member.method == .stored else {
            let content = try MemoryRegion(allocating: member.byteCount)
            try reader.read(member, into: content)
            return content
        }
        if member.byteCount <= limits.verifiedByteCount { try reader.read(member, into: nil) }
        let start = try reader.offset(of: member)
        guard start <= region.byteCount - member.byteCount else {
            throw HingeError(.badData, "it extends beyond the end of the file")
        }
        return MemoryRegion(region, start..<start + member.byteCount)
    }
}
