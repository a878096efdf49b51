import HingeGraph

/// NumPy's file format for several named arrays, `.npz`: a zip file of `.npy` members.
package enum Npz {
    /// Reads all arrays, in the order of the file.
    ///
    /// Tensors of members that are not compressed point into the mapped file.
    ///
    /// - Throws: ``HingeError``, with the array's member in its context.
    package static func read(_ file: MappedFile) throws -> [(name: String, tensor: Tensor)] {
        let archive = try ZipArchive(file: file)
        return try archive.members.map { member in
            guard member.name.hasSuffix(".npy") else {
                throw HingeError(
                    .badData, "expected only .npy members in an .npz file",
                    at: [.path(member.name)])
            }
            let content = try archive.content(of: member.name)
            let tensor = try withContext(.path(member.name)) { try Npy.read(content) }
            return (String(member.name.dropLast(4)), tensor)
        }
    }

    /// Writes arrays, atomically and not compressed.
    ///
    /// - Throws: ``HingeError`` when a name is not usable or given twice, a type is not one of NumPy's,
    ///   or writing fails.
    package static func write(
        _ arrays: some Sequence<(name: String, tensor: Tensor)>, toPath path: String
    ) throws {
        let members = try arrays.map { name, tensor in
            try withContext(.tensor(name)) {
                ZipWriter.Member(name: name + ".npy", pieces: try Npy.pieces(of: tensor))
            }
        }
        try ZipWriter.write(members, toPath: path)
    }
}
