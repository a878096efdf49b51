import Foundation
import HingeGraph
import Testing

@testable import HingeHDF5

@Suite struct HDF5WriterTests {
    @Test(arguments: Fixture.names(in: "keras", suffix: ".h5"))
    func rewritesKerasFiles(_ name: String) throws {
        let archive = try HDF5Archive(file: Fixture.map(name))
        try Fixture.withTemporaryFolder { folder in
            let path = "\(folder)/copy.h5"
            try archive.write(toPath: path)
            try expectEqual(try HDF5Archive(file: MappedFile(path: path)).root, archive.root)
            let first = try Data(contentsOf: URL(filePath: path))
            try archive.write(toPath: path)
            #expect(try Data(contentsOf: URL(filePath: path)) == first)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["copy.h5"])
        }
    }

    @Test(arguments: DataType.allCases)
    func keepsEveryType(_ type: DataType) throws {
        let count = 6
        let tensor: Tensor
        if type == .string {
            tensor = try Tensor(
                strings: ["", "a", "größer", ByteString(bytes: [0xFF, 0xFE]), "x", "y"],
                shape: [2, 3])
        } else {
            var bytes = MemoryRegion(
                copying: (0..<(type.byteCount(ofElements: count) ?? 0)).map {
                    (index: Int) -> UInt8 in
                    UInt8(truncatingIfNeeded: type == .bool ? index & 1 : index &* 89 &+ 7)
                })
            // Bits beyond the last element of a packed tensor are no part of it.
            if type.isPacked {
                var tensor = try Tensor(dataType: type, shape: [2, 3], region: bytes)
                try tensor.withUnsafeMutableBytes {
                    $0[$0.count - 1] &= (1 << UInt8((count * type.bitWidth - 1) % 8 + 1)) &- 1
                }
                bytes = try #require(tensor.region)
            }
            tensor = try Tensor(dataType: type, shape: [2, 3], region: bytes)
        }
        let scalar =
            try type == .string
            ? Tensor(strings: ["one"], shape: []) : try Tensor(zeros: type, shape: [])
        let empty = try Tensor(zeros: type, shape: [0, 4])
        try Fixture.withTemporaryFolder { folder in
            let path = "\(folder)/types.h5"
            try HDF5Archive(tensors: [("a/b", tensor), ("scalar", scalar), ("empty", empty)])
                .write(toPath: path)
            let archive = try HDF5Archive(file: MappedFile(path: path))
            #expect(try archive.requiredDataset("a/b").tensor() == tensor)
            #expect(try archive.requiredDataset("scalar").tensor() == scalar)
            #expect(try archive.requiredDataset("empty").tensor() == empty)
        }
    }

    @Test func keepsAttributes() throws {
        var group = HDF5Group()
        group.attributes["utf8"] = HDF5Attribute("größer")
        group.attributes["ascii"] = HDF5Attribute("plain", form: .ascii)
        group.attributes["long"] = HDF5Attribute(String(repeating: "{}", count: 500_000))
        group.attributes["fixed"] = HDF5Attribute(
            ["a", "bcd"], form: .init(isUTF8: false, fixedByteCount: 3))
        group.attributes["numbers"] = HDF5Attribute(Tensor([1, -2] as [Int64], shape: [2, 1]))
        group.attributes["bool"] = HDF5Attribute(Tensor([true, false], shape: [2]))
        group.attributes["float16"] = HDF5Attribute(Tensor(scalar: 0.5 as Float16))
        try Fixture.withTemporaryFolder { folder in
            try HDF5Archive(root: group).write(toPath: "\(folder)/attributes.h5")
            let again = try HDF5Archive(file: MappedFile(path: "\(folder)/attributes.h5"))
            try expectEqual(again.root.attributes, group.attributes, "/")
        }
    }

    @Test(arguments: [
        (
            HDF5Attribute("a\0b"),
            "/ › attribute 'x': a string with a zero byte inside cannot be written to HDF5"
        ),
        (
            HDF5Attribute(["abcd"], form: .init(isUTF8: false, fixedByteCount: 3)),
            "/ › attribute 'x': expected strings of at most 3 bytes, found one of 4"
        ),
        (
            HDF5Attribute(Tensor([BFloat16(1)])),
            "/ › attribute 'x': an attribute of bfloat16 elements cannot be written"
        ),
        (
            HDF5Attribute(value: .unsupported("reference"), shape: []),
            "/ › attribute 'x': an attribute of this type cannot be written: reference"
        ),
    ])
    func refusesWhatTheFormatLacks(_ attribute: HDF5Attribute, _ message: String) throws {
        var archive = HDF5Archive()
        archive.root.attributes["x"] = attribute
        try Fixture.withTemporaryFolder { folder in
            let path = "\(folder)/old.h5"
            try Data("precious".utf8).write(to: URL(filePath: path))
            let error = #expect(throws: HingeError.self) { try archive.write(toPath: path) }
            #expect(error?.description == message)
            #expect(try Data(contentsOf: URL(filePath: path)) == Data("precious".utf8))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["old.h5"])
        }
    }

    @Test func refusesElementsThatWereNotRead() throws {
        let archive = try HDF5Archive(file: Fixture.map("hdf5/types.h5"))
        try Fixture.withTemporaryFolder { folder in
            let error = #expect(throws: HingeError.self) {
                try archive.write(toPath: "\(folder)/types.h5")
            }
            #expect(
                error?.description == "/attributes › attribute 'record': "
                    + "an attribute of this type cannot be written: compound of 4 bytes")
        }
    }

    @Test func makesAnImage() throws {
        let archive = try HDF5Archive(file: Fixture.map("keras/k315_seq.weights.h5"))
        try Fixture.withTemporaryFolder { folder in
            let image = try archive.image(besidePath: "\(folder)/model.keras")
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(left.isEmpty)
            try expectEqual(try HDF5Archive(region: image).root, archive.root)
        }
        let error = #expect(throws: HingeError.self) {
            try archive.image(besidePath: "/nowhere/model.keras")
        }
        #expect(
            error?.description
                == "/nowhere/model.keras: cannot create the file: No such file or directory")
    }

    @Test func reportsAFolderThatIsNotThere() throws {
        let error = #expect(throws: HingeError.self) {
            try HDF5Archive().write(toPath: "/nowhere/at/all.h5")
        }
        #expect(error?.code == .cannotCreate)
        #expect(
            error?.description
                == "/nowhere/at/all.h5: cannot create the file: No such file or directory")
    }

    #if os(Linux)
        /// Whatever is written to `/dev/full` fails as on a full disk.
        @Test(arguments: [1, 3000])
        func reportsAFullDisk(datasetCount: Int) throws {
            let tensor = try Tensor(zeros: .float32, shape: [1 << 20 / datasetCount])
            let archive = try HDF5Archive(
                tensors: (0..<datasetCount).map { ("layers/\($0)/vars/0", tensor) })
            let error = #expect(throws: HingeError.self) {
                try archive.write(to: HDF5Output(path: "/dev/full", name: "model.h5"))
            }
            #expect(error?.code == .inputOutput)
            #expect(
                error?.description
                    == "model.h5: cannot write the file: No space left on device")
        }
    #endif

    /// More members than fit one leaf of the format's tree of names.
    @Test func writesAGroupOfManyMembers() throws {
        let tensors = (0..<2000).map {
            (path: "layers/dense_\($0)/vars/0", tensor: Tensor([Int64($0)]))
        }
        try Fixture.withTemporaryFolder { folder in
            try HDF5Archive(tensors: tensors).write(toPath: "\(folder)/many.h5")
            let archive = try HDF5Archive(file: MappedFile(path: "\(folder)/many.h5"))
            #expect(archive.datasets.count == 2000)
            for (path, tensor) in tensors {
                #expect(try archive.requiredDataset(path).tensor() == tensor)
            }
        }
    }
}

/// Expects two groups to hold the same.
func expectEqual(_ left: HDF5Group, _ right: HDF5Group, _ path: String = "/") throws {
    try expectEqual(left.attributes, right.attributes, path)
    #expect(left.members.map(\.name) == right.members.map(\.name), "\(path)")
    for (member, other) in zip(left.members, right.members) {
        let child = "\(path)\(member.name)/"
        switch (member.object, other.object) {
        case (.group(let group), .group(let otherGroup)):
            try expectEqual(group, otherGroup, child)
        case (.dataset(let dataset), .dataset(let otherDataset)):
            try expectEqual(dataset.attributes, otherDataset.attributes, child)
            #expect(dataset.elementType == otherDataset.elementType, "\(child)")
            #expect(try dataset.tensor() == otherDataset.tensor(), "\(child)")
        default:
            Issue.record("\(child) is a group here and a dataset there")
        }
    }
}

/// Expects two sets of attributes to hold the same.
func expectEqual(_ left: HDF5Attributes, _ right: HDF5Attributes, _ path: String) throws {
    #expect(left.names == right.names, "\(path)")
    for name in left.names {
        let (attribute, other) = (try #require(left[name]), try #require(right[name]))
        #expect(attribute.shape == other.shape, "\(path)@\(name)")
        switch (attribute.value, other.value) {
        case (.strings(let strings, let form), .strings(let otherStrings, let otherForm)):
            #expect(strings == otherStrings, "\(path)@\(name)")
            #expect(form == otherForm, "\(path)@\(name)")
        case (.tensor(let tensor), .tensor(let otherTensor)):
            #expect(tensor == otherTensor, "\(path)@\(name)")
        default:
            Issue.record("\(path)@\(name) differs in type")
        }
    }
}
