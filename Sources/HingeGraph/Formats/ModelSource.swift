#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What a model is read from.
public enum ModelSource: Sendable {
    /// One file.
    case file(MappedFile)
    /// A folder of files.
    case folder(ModelFolder)

    /// Opens the file or the folder at a path.
    ///
    /// - Throws: ``HingeError`` with the code `noInput` when there is neither.
    public init(path: String) throws {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            self = .folder(ModelFolder(path: path))
        } else {
            self = .file(try MappedFile(path: path))
        }
    }

    /// The path as it was given.
    public var path: String {
        switch self {
        case .file(let file): file.path
        case .folder(let folder): folder.path
        }
    }

    /// The file; `nil` for a folder.
    public var file: MappedFile? {
        if case .file(let file) = self { file } else { nil }
    }

    /// The file.
    ///
    /// - Throws: ``HingeError`` with the code `noInput` when the source is a folder.
    public func requireFile() throws -> MappedFile {
        guard let file else { throw HingeError(.noInput, "expected a file, found a folder") }
        return file
    }
}

/// A folder whose files are those of a model.
///
/// It gives out what is in it and in the folders inside it, and nothing else: neither `..` nor a link leads out.
public struct ModelFolder: Sendable {
    /// The path as it was given.
    public let path: String
    /// The most names that are listed.
    private static let nameLimit = 100_000

    /// Stands for the folder at a path.
    public init(path: String) { self.path = path }

    /// The names of the files and folders in it, in order.
    ///
    /// - Throws: ``HingeError`` when they can't be listed, or are more than 100,000.
    public func names() throws -> [String] {
        guard let directory = opendir(path) else {
            throw HingeError(.noInput, "cannot list the folder: \(SystemError.text(errno))")
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            guard names.count < Self.nameLimit else {
                throw HingeError(.limit, "the folder has more than \(Self.nameLimit) files")
            }
            let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
            let start = UnsafeRawPointer(entry).advanced(by: offset)
            let name = String(cString: start.assumingMemoryBound(to: CChar.self))
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Whether the folder has a file of a name that ``file(_:)`` gives.
    public func has(_ name: String) -> Bool {
        guard let path = try? resolve(name) else { return false }
        return access(path, R_OK) == 0
    }

    /// A file, by its path from this folder on.
    ///
    /// - Throws: ``HingeError`` when it doesn't exist, or isn't inside the folder.
    public func file(_ name: String) throws -> MappedFile {
        try MappedFile(path: resolve(name))
    }

    /// The path without links of what a path from this folder on leads to.
    ///
    /// - Throws: ``HingeError`` with the code `badData` when that is outside of the folder, and `noInput` when there is
    ///   no such file.
    private func resolve(_ name: String) throws -> String {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard !name.isEmpty, !name.hasPrefix("/"), !name.utf8.contains(0), !parts.contains("..")
        else {
            throw HingeError(.badData, "expected a path inside the model's folder")
        }
        guard let root = realPath(path), let target = realPath("\(path)/\(name)") else {
            throw HingeError(.noInput, "cannot open the file: \(SystemError.text(errno))")
        }
        guard target == root || target.hasPrefix(root == "/" ? root : root + "/") else {
            throw HingeError(
                .badData,
                "expected a file inside the model's folder, found a link that leads out of it")
        }
        return target
    }

    /// The path without links and dots; `nil` when there is no such file.
    private func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
