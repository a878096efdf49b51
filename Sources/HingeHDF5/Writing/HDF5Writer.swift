internal import CHDF5
import HingeGraph

extension HDF5Archive {
    /// Writes the archive as a file, in the oldest version of the format, which everyone reads.
    ///
    /// The same archive gives the same bytes. Elements go to the file without being copied first. The
    /// file is complete or not there: a failed write leaves an existing one as it was.
    ///
    /// - Throws: ``HingeError``; errors in the archive have the object's path in their context.
    package func write(toPath path: String) throws {
        try AtomicFile.replace(path) { temporary in
            try write(to: HDF5Output(path: temporary, name: path))
        }
    }

    func write(to output: HDF5Output) throws {
        do {
            let writer = try HDF5Writer(output)
            try writer.write(root)
            try writer.finish()
        } catch {
            try output.check()
            throw error
        }
        try output.check()
    }

    /// The bytes of the file that holds the archive, to be a member of another file.
    ///
    /// They are in a file without a name, in the folder of the file at `path`, and mapped; memory holds
    /// no second copy of the elements.
    ///
    /// - Throws: ``HingeError`` as ``write(toPath:)``.
    package func image(besidePath path: String) throws -> MemoryRegion {
        try AtomicFile.withScratch(besidePath: path) { temporary in
            try write(to: HDF5Output(path: temporary, name: path))
            return try MappedFile(path: temporary).region
        }
    }
}

/// Writes one HDF5 file.
struct HDF5Writer: ~Copyable {
    private let output: HDF5Output
    private let file: HDF5Handle
    private let groupCreation: HDF5Handle
    private let datasetCreation: HDF5Handle
    private let linkCreation: HDF5Handle

    /// Begins the file.
    init(_ output: HDF5Output) throws {
        let groupCreation = try Self.handle("prepare the groups") { _ in
            hinge_h5_new_group_creation()
        }
        let datasetCreation = try Self.handle("prepare the datasets") { _ in
            hinge_h5_new_dataset_creation()
        }
        let linkCreation = try Self.handle("prepare the links") { _ in
            hinge_h5_new_link_creation()
        }
        for id in [groupCreation.id, datasetCreation.id] {
            try Self.call("switch off time stamps") { _ in H5Pset_obj_track_times(id, false) }
        }
        file = try Self.handle("create the HDF5 file") {
            let access = hinge_h5_new_output_access($0.outputDriver, output.state)
            guard access >= 0 else { return access }
            defer { H5Pclose(access) }
            return H5Fcreate("output", hinge_h5_truncate, hinge_h5_default, access)
        }
        self.output = output
        self.groupCreation = groupCreation
        self.datasetCreation = datasetCreation
        self.linkCreation = linkCreation
    }

    /// Writes what a group holds into the root of the file.
    func write(_ root: HDF5Group) throws {
        let file = file.id
        let handle = try Self.handle("open the root group") { _ in
            H5Oopen(file, "/", hinge_h5_default)
        }
        try write(root, into: handle, path: "")
    }

    /// Puts everything into the file and closes it.
    consuming func finish() throws {
        try file.closeFile()
    }

    private func write(
        _ group: HDF5Group, into handle: borrowing HDF5Handle, path: String
    ) throws {
        try write(group.attributes, to: handle, path: path)
        let parent = handle.id
        let creation = groupCreation.id
        for member in group.members {
            let child = "\(path)/\(member.name)"
            switch member.object {
            case .dataset(let dataset):
                try withContext(.path(child)) {
                    try write(dataset, named: member.name, into: handle, path: child)
                }
            case .group(let group):
                let link = link(member.name)
                let handle = try Self.handle("create the group '\(child)'") { _ in
                    H5Gcreate2(parent, member.name, link, creation, hinge_h5_default)
                }
                try write(group, into: handle, path: child)
            }
        }
    }

    private func write(
        _ dataset: HDF5Dataset, named name: String, into group: borrowing HDF5Handle, path: String
    ) throws {
        let type = try Self.type(of: dataset)
        let space = try Self.space(dataset.shape)
        let (typeID, spaceID, groupID, creation) = (type.id, space.id, group.id, datasetCreation.id)
        let link = link(name)
        let handle = try Self.handle("create the dataset") { _ in
            H5Dcreate2(groupID, name, typeID, spaceID, link, creation, hinge_h5_default)
        }
        let id = handle.id
        try withElements(of: dataset) { elements in
            guard elements.count > 0 else { return }
            try Self.call("write the elements") { _ in
                H5Dwrite(
                    id, typeID, hinge_h5_no_space, hinge_h5_no_space, hinge_h5_default,
                    elements.baseAddress)
            }
            try output.check()
        }
        try write(dataset.attributes, to: handle, path: path)
    }

    /// How a link of the given name is made: a name that is not ASCII says that it is UTF-8.
    private func link(_ name: String) -> hid_t {
        name.utf8.allSatisfy { $0 < 0x80 } ? hinge_h5_default : linkCreation.id
    }

    /// The elements as the library takes them: numbers in little-endian order, pointers to strings.
    private func withElements(
        of dataset: HDF5Dataset, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        switch dataset.payload {
        case .bytes(let region, let isBigEndian):
            var region = region
            if case .number(let number) = dataset.elementType {
                if isBigEndian { region = try ByteOrder.swapped(region, number) }
                if number == .bool { region = try Self.normalized(region) }
            }
            try withExtendedLifetime(region) { try body(region.bytes) }
        case .strings(let strings):
            try CStringList.withPointers(strings, body)
        case .none:
            throw HingeError(.unsupported, "elements of this type cannot be written")
        }
    }

    /// Booleans as h5py has them: 0 and 1 only.
    private static func normalized(_ region: MemoryRegion) throws -> MemoryRegion {
        guard region.bytes.contains(where: { $0 > 1 }) else { return region }
        let copy = try MemoryRegion(allocating: region.byteCount)
        for (index, byte) in region.bytes.enumerated() {
            copy.base.storeBytes(of: byte == 0 ? 0 : 1, toByteOffset: index, as: UInt8.self)
        }
        return copy
    }
}

// MARK: - Calls

extension HDF5Writer {
    /// Takes what a call returns; its failure is one of writing.
    static func handle(
        _ task: @autoclosure () -> String, _ open: (HDF5Library.Setup) -> hid_t
    ) throws -> HDF5Handle {
        try HDF5Handle(task(), code: .inputOutput, open)
    }

    /// Makes a call; its failure is one of writing.
    static func call(
        _ task: @autoclosure () -> String, _ body: (HDF5Library.Setup) -> herr_t
    ) throws {
        try HDF5Library.call(task(), code: .inputOutput, body)
    }
}
