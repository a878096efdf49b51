#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Where an output goes, and what is there already.
///
/// Links are followed: it is what they lead to that is replaced, and they stay.
package struct OutputPlace: Sendable {
    /// What is at the place.
    enum Kind: Sendable {
        /// Nothing, or a regular file, which another will replace. The path has no link as its last part.
        case file(path: String, replaced: FileAttributes?)
        /// A device, a pipe or a socket, which takes bytes in order.
        case stream
        /// A descriptor of this process.
        case descriptor(Int32)
    }

    /// The path as it was given.
    package let path: String
    let kind: Kind

    /// Finds out what is at a path.
    ///
    /// - Throws: ``HingeError`` with the code `cannotCreate` when a file can't be there.
    package init(_ path: String) throws {
        self.path = path
        do {
            kind = try Self.kind(of: path)
        } catch let error as HingeError {
            throw error.adding(.file(path))
        }
    }

    /// Whether a file will be created, so that others can stand beside it.
    package var isFile: Bool {
        if case .file = kind { true } else { false }
    }

    /// Whether the output goes to where the process prints.
    package var isStandardOutput: Bool {
        if case .descriptor(STDOUT_FILENO) = kind { true } else { false }
    }

    /// The folder in the path as it was given, where a reader looks for what belongs to the file.
    package var folder: String { Self.split(path).folder }

    /// The last part of the path as it was given.
    package var name: String { Self.split(path).name }

    /// The path of a file beside it.
    package func sibling(_ name: String) -> String { Self.join(folder, name) }

    /// The longest name that a file beside it can have, in bytes.
    package var longestName: Int {
        let limit = pathconf(folder, Int32(_PC_NAME_MAX))
        return limit > 0 ? limit : 255
    }

    /// What is kept of the file that is replaced.
    package var replaced: FileAttributes? {
        if case .file(_, let replaced) = kind { replaced } else { nil }
    }

    /// The folder in which temporary files are created: that of the file, for they are renamed.
    private var temporaryFolder: String {
        guard case .file(let path, _) = kind else {
            return getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
                ?? "/tmp"
        }
        return Self.split(path).folder
    }

    /// Creates a temporary file, which nobody else may read when that holds for the file that it is to replace.
    ///
    /// - Throws: ``HingeError`` with the code `cannotCreate`.
    func temporaryFile() throws -> String {
        let mode: mode_t = isFile && replaced == nil ? 0o666 : 0o600
        let (temporary, error) = TemporaryFiles.create(in: temporaryFolder, mode: mode)
        guard error == 0 else {
            throw HingeError(
                .cannotCreate, "cannot create the file: \(SystemError.text(error))",
                at: [.file(path)])
        }
        return temporary
    }
}

// MARK: - What is there

extension OutputPlace {
    private static let linkLimit = 40

    private static func kind(of path: String) throws -> Kind {
        guard !path.isEmpty, !path.hasSuffix("/") else {
            throw HingeError(.cannotCreate, "expected the name of a file, found a folder's")
        }
        var target = path
        for _ in 0..<linkLimit {
            if let descriptor = descriptor(target) { return .descriptor(descriptor) }
            var status = stat()
            guard lstat(target, &status) == 0 else {
                guard errno == ENOENT else { throw failure(errno) }
                return .file(path: target, replaced: nil)
            }
            guard status.st_mode & S_IFMT == S_IFLNK else { return try kind(target, status) }
            let link = try readLink(target)
            target = link.hasPrefix("/") ? link : join(split(target).folder, link)
        }
        throw failure(ELOOP)
    }

    private static func kind(_ path: String, _ status: stat) throws -> Kind {
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            throw HingeError(.cannotCreate, "expected a file to replace, found a folder")
        case S_IFREG:
            // A file that may not be written is not to be replaced either, though the folder allows it.
            guard access(path, W_OK) == 0 else { throw failure(errno, "replace") }
            return .file(path: path, replaced: FileAttributes(status))
        default: return .stream
        }
    }

    private static func readLink(_ path: String) throws -> String {
        var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = bytes.withUnsafeMutableBytes { bytes in
            guard let start = bytes.bindMemory(to: CChar.self).baseAddress else { return -1 }
            return readlink(path, start, bytes.count)
        }
        guard count > 0 else { throw failure(errno) }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// The descriptor that one of the system's names for them stands for.
    ///
    /// What is behind it, a regular file included, is written to from where it stands.
    private static func descriptor(_ path: String) -> Int32? {
        switch path {
        case "/dev/stdout": return STDOUT_FILENO
        case "/dev/stderr": return STDERR_FILENO
        default:
            for prefix in ["/dev/fd/", "/proc/self/fd/", "/proc/\(getpid())/fd/"]
            where path.hasPrefix(prefix) {
                return Int32(path.dropFirst(prefix.count))
            }
            return nil
        }
    }

    static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
        let name = String(path[path.utf8.index(after: slash)...])
        return (slash == path.startIndex ? "/" : String(path[..<slash]), name)
    }

    static func join(_ folder: String, _ name: String) -> String {
        folder == "/" ? "/\(name)" : "\(folder)/\(name)"
    }

    private static func failure(_ number: Int32, _ verb: String = "create") -> HingeError {
        HingeError(.cannotCreate, "cannot \(verb) the file: \(SystemError.text(number))")
    }
}

/// What a file that replaces another takes over from it.
package struct FileAttributes: Sendable {
    private let mode: mode_t
    private let user: uid_t
    private let group: gid_t

    init(_ status: stat) {
        mode = status.st_mode & 0o7777
        user = status.st_uid
        group = status.st_gid
    }

    /// Gives them to an open file: the permissions in any case, the owner and the group where that is allowed.
    func apply(to descriptor: Int32) -> Int32 {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return errno }
        var mode = mode
        if status.st_uid != user || status.st_gid != group,
            fchown(descriptor, user, group) != 0
        {
            // With another owner, the bits that lend the owner's rights would lend those of somebody else.
            mode &= 0o777
            if status.st_gid != group, fchown(descriptor, status.st_uid, group) != 0 {
                // What the group was allowed is not allowed to another group.
                mode &= 0o707
            }
        }
        return fchmod(descriptor, mode) == 0 ? 0 : errno
    }
}
