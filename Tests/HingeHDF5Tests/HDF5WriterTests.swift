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
