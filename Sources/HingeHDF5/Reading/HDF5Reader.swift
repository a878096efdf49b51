internal import CHDF5
import HingeGraph

/// Walks through an HDF5 file once and makes the archive of it.
///
/// Nothing in the file is trusted: only hard links are followed, no second file is ever opened, and what
/// would be read is compared with what is there before it is read.
struct HDF5Reader: ~Copyable {
    let region: MemoryRegion
    let limits: HDF5Limits
    let file: HDF5Handle
    var heap: GlobalHeap
    /// Whether only the groups at the root are read.
    var isOutline = false
    /// How many links were followed.
    private var objectCount = 0
    /// The header addresses of the groups from the root to the present one.
    private var ancestors: [haddr_t] = []
    var attributeByteCount = 0
    var decodedByteCount = 0

    init(region: MemoryRegion, limits: HDF5Limits) throws {
        guard HDF5Archive.isHDF5(region) else {
            throw HingeError(.badData, "this is not an HDF5 file: its signature is missing")
        }
        let file = try HDF5Handle("open the HDF5 file") { setup in
            let access = hinge_h5_new_memory_access(
                setup.memoryDriver, region.base, UInt64(region.byteCount))
            guard access >= 0 else { return access }
            defer { H5Pclose(access) }
            return H5Fopen("memory", hinge_h5_read_only, access)
        }
        heap = try GlobalHeap(region: region, file: file)
        self.file = file
        self.region = region
        self.limits = limits
    }

    /// The place of an object in an error.
    static func place(_ path: String) -> HingeError.Place { .path(path.isEmpty ? "/" : path) }

    mutating func readRoot() throws -> HDF5Group {
        let file = file.id
        let root = try HDF5Handle("open the root group") { _ in
            H5Oopen(file, "/", hinge_h5_default)
        }
        guard HDF5Library.locked({ _ in H5Iget_type(root.id) }) == H5I_GROUP else {
            throw HingeError(.badData, "the root of the file is not a group")
        }
        return try readGroup(root, path: "", depth: 0)
    }

    private mutating func readGroup(
        _ handle: borrowing HDF5Handle, path: String, depth: Int
    ) throws -> HDF5Group {
        guard depth <= limits.depth else {
            throw HingeError(
                .limit, "groups are nested more than \(limits.depth) deep", at: [Self.place(path)])
        }
        let id = handle.id
        var address: haddr_t = 0
        try HDF5Library.call("read the group '\(path)'") { _ in
            hinge_h5_object_address(id, &address)
        }
        guard !ancestors.contains(address) else {
            throw HingeError(
                .badData, "the group contains itself through a hard link", at: [Self.place(path)])
        }
        ancestors.append(address)
        defer { ancestors.removeLast() }

        var group = HDF5Group()
        group.attributes = try readAttributes(of: handle, path: path)
        if isOutline && depth > 0 { return group }
        for link in try links(of: handle, path: path) {
            let child = "\(path)/\(link.name)"
            if let object = try readLink(link, in: handle, path: child, depth: depth) {
                group.append(object, named: link.name)
            }
        }
        return group
    }

    /// What a link leads to; `nil` for a named data type, of which nothing is needed, and for a dataset when only an
    /// outline is.
    private mutating func readLink(
        _ link: Link, in group: borrowing HDF5Handle, path: String, depth: Int
    ) throws -> HDF5Group.Object? {
        guard link.kind == H5L_TYPE_HARD.rawValue else {
            let kind =
                switch link.kind {
                case H5L_TYPE_SOFT.rawValue: "a soft link"
                case H5L_TYPE_EXTERNAL.rawValue: "an external link"
                default: "a user-defined link"
                }
            throw HingeError(
                .unsupported, "expected a hard link, found \(kind), which is not followed",
                at: [Self.place(path)])
        }
        let groupID = group.id
        let object = try HDF5Handle("open '\(path)'") { _ in
            H5Oopen(groupID, link.name, hinge_h5_default)
        }
        switch HDF5Library.locked({ _ in H5Iget_type(object.id) }) {
        case H5I_GROUP:
            return .group(try readGroup(object, path: path, depth: depth + 1))
        case H5I_DATASET:
            return isOutline ? nil : .dataset(try readDataset(object, path: path))
        case H5I_DATATYPE:
            return nil
        default:
            throw HingeError(.badData, "expected a group or a dataset", at: [Self.place(path)])
        }
    }

    // MARK: - Links

    private struct Link {
        let name: String
        let kind: Int32
    }

    /// What a callback of the library fills.
    private struct LinkList {
        var links: [Link] = []
        var room: Int
        var isOverfull = false
        var badName: String?
    }

    /// The links of a group, sorted by the bytes of their names.
    private mutating func links(of group: borrowing HDF5Handle, path: String) throws -> [Link] {
        var list = LinkList(room: limits.objectCount - objectCount)
        let id = group.id
        try HDF5Library.call("list the group '\(path)'") { _ in
            withUnsafeMutablePointer(to: &list) { list in
                hinge_h5_walk_links(
                    id,
                    { name, kind, context in
                        guard let name, let context else { return 1 }
                        let list = context.assumingMemoryBound(to: LinkList.self)
                        guard list.pointee.room > 0 else {
                            list.pointee.isOverfull = true
                            return 1
                        }
                        list.pointee.room -= 1
                        guard let text = String(validatingCString: name), !text.isEmpty,
                            text != ".", !text.utf8.contains(UInt8(ascii: "/"))
                        else {
                            list.pointee.badName = String(cString: name)
                            return 1
                        }
                        list.pointee.links.append(Link(name: text, kind: kind))
                        return 0
                    }, list)
            }
        }
        if let name = list.badName {
            throw HingeError(
                .badData, "'\(name)' cannot be a name of an object", at: [Self.place(path)])
        }
        guard !list.isOverfull else {
            throw HingeError(
                .limit, "the file has more than \(limits.objectCount) objects",
                at: [Self.place(path)])
        }
        objectCount = limits.objectCount - list.room
        let links = list.links.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        for (link, next) in zip(links, links.dropFirst())
        where link.name.utf8.elementsEqual(next.name.utf8) {
            throw HingeError(
                .badData, "the group has two links named '\(link.name)'", at: [Self.place(path)])
        }
        return links
    }
}
