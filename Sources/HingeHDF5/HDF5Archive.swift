import HingeGraph

/// The content of an HDF5 file as a plain value: groups, attributes, and datasets whose elements lie in
/// the mapped file or in memory.
///
/// An archive holds no handle of the C library. One that was read can be taken apart on any thread,
/// changed, and written again; one that is written can be built from nothing:
/// ```swift
/// let archive = try HDF5Archive(file: MappedFile(path: "model.h5"))
/// let names = archive.group("model_weights/dense")?.stringList("weight_names")
/// let kernel = try archive.requiredDataset("model_weights/dense/dense/kernel:0").tensor()
/// ```
/// Paths separate names with `/`; a leading or trailing one makes no difference.
package struct HDF5Archive: Sendable {
    /// The root group.
    package var root: HDF5Group

    /// Creates an archive of a root group.
    package init(root: HDF5Group = HDF5Group()) {
        self.root = root
    }

    /// Creates an archive of datasets given by path.
    ///
    /// - Throws: ``HingeError`` when a path is not usable or is given twice.
    package init(tensors: some Sequence<(path: String, tensor: Tensor)>) throws {
        self.init()
        for (path, tensor) in tensors {
            try add(HDF5Dataset(tensor), at: path)
        }
    }

    /// Reads the file.
    ///
    /// Elements of contiguous datasets stay where they are in the mapped file.
    ///
    /// - Throws: ``HingeError``, with the object's path in its context.
    package init(file: MappedFile, limits: HDF5Limits = HDF5Limits()) throws {
        try self.init(region: file.region, limits: limits)
    }

    /// Reads an HDF5 file that lies in memory, for example a member of a zip file.
    ///
    /// - Throws: ``HingeError``, with the object's path in its context.
    package init(region: MemoryRegion, limits: HDF5Limits = HDF5Limits()) throws {
        var reader = try HDF5Reader(region: region, limits: limits)
        self.init(root: try reader.readRoot())
    }

    /// Reads the groups at the root of a file and their attributes, and nothing else.
    ///
    /// - Throws: ``HingeError``, with the object's path in its context.
    package init(outlineOf file: MappedFile, limits: HDF5Limits = HDF5Limits()) throws {
        var reader = try HDF5Reader(region: file.region, limits: limits)
        reader.isOutline = true
        self.init(root: try reader.readRoot())
    }

    /// The attribute of the root that says that a file holds plain weights, written by Hinge: its value is the
    /// version of how they are written.
    package static let plainWeightsMark = "hinge_weights_version"

    /// Whether the region holds an HDF5 file: the format's signature stands at its start, or after a
    /// user block of 512, 1024, 2048 … bytes.
    package static func isHDF5(_ region: MemoryRegion) -> Bool {
        signatureOffset(in: region) != nil
    }

    static func signatureOffset(in region: MemoryRegion) -> Int? {
        let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
        var offset = 0
        while offset <= region.byteCount - signature.count {
            if region.bytes[offset..<offset + signature.count].elementsEqual(signature) {
                return offset
            }
            offset = offset == 0 ? 512 : offset * 2
        }
        return nil
    }
}

extension HDF5Archive {
    /// The attribute of the root group with the given name.
    package func attribute(_ name: String) -> HDF5Attribute? { root.attribute(name) }

    /// The group at a path, if there is one.
    package func group(_ path: String) -> HDF5Group? { root.group(path) }

    /// The dataset at a path, if there is one.
    package func dataset(_ path: String) -> HDF5Dataset? { root.dataset(path) }

    /// The group at a path.
    ///
    /// - Throws: ``HingeError`` when there is none.
    package func requiredGroup(_ path: String) throws -> HDF5Group {
        try root.requiredGroup(path)
    }

    /// The dataset at a path.
    ///
    /// - Throws: ``HingeError`` when there is none.
    package func requiredDataset(_ path: String) throws -> HDF5Dataset {
        try root.requiredDataset(path)
    }

    /// Every dataset, in the order of paths: names compared by their bytes, group by group.
    package var datasets: [(path: String, dataset: HDF5Dataset)] { root.datasets }

    /// Adds a dataset, and the groups on the way to it that don't exist yet.
    ///
    /// - Throws: ``HingeError`` when there is something at the path, or a dataset on the way.
    package mutating func add(_ dataset: HDF5Dataset, at path: String) throws {
        try root.add(dataset, at: path)
    }

    /// Changes the group at a path, which is made if it doesn't exist yet, as are those on the way.
    ///
    /// - Throws: ``HingeError`` when there is a dataset on the way, or what `body` throws.
    package mutating func updateGroup(
        _ path: String, _ body: (inout HDF5Group) throws -> Void = { _ in }
    ) throws {
        try root.updateGroup(path, body)
    }
}
