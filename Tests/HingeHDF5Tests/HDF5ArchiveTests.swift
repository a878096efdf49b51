import Foundation
import HingeGraph
import Testing

@testable import HingeHDF5

@Suite struct HDF5ArchiveTests {
    private let tensor = Tensor([1, 2, 3] as [Float])

    @Test func isBuiltAndLookedUpByPath() throws {
        var archive = HDF5Archive()
        try archive.add(HDF5Dataset(tensor), at: "/layers/dense/vars/0")
        try archive.add(HDF5Dataset(tensor), at: "layers/dense/vars/10")
        try archive.add(HDF5Dataset(tensor), at: "layers/dense/vars/2")
        try archive.add(HDF5Dataset(tensor), at: "layers/Dense")
        try archive.updateGroup("layers/empty")
        try archive.updateGroup("layers/dense/vars") { group in
            group.attributes["name"] = HDF5Attribute("dense")
        }
        #expect(
            archive.datasets.map(\.path) == [
                "layers/Dense", "layers/dense/vars/0", "layers/dense/vars/10",
                "layers/dense/vars/2",
            ])
        #expect(archive.group("layers")?.groupNames == ["dense", "empty"])
        #expect(archive.group("layers")?.datasetNames == ["Dense"])
        #expect(archive.group("/layers/dense/vars/")?.attribute("name")?.string == "dense")
        #expect(try archive.requiredDataset("layers/dense/vars/2").tensor() == tensor)
        #expect(archive.dataset("layers/dense") == nil)
        #expect(archive.dataset("layers/dense/vars/3") == nil)
        #expect(archive.group("layers/Dense") == nil)
        #expect(archive.group("layers/Dense/x") == nil)
        #expect(archive.group("")?.groupNames == ["layers"])
    }

    @Test(arguments: [
        ("a/b", "a/b: there is already an object here"),
        ("a", "a: there is already an object here"),
        ("a/b/c", "a/b/c: expected a group at 'b', found a dataset"),
        ("a/./c", "a/./c: '.' cannot be a name in an HDF5 file"),
        ("/", "/: a dataset needs a name"),
    ])
    func refusesPathsThatCannotBe(_ path: String, _ message: String) throws {
        var archive = try HDF5Archive(tensors: [("a/b", tensor)])
        let error = #expect(throws: HingeError.self) {
            try archive.add(HDF5Dataset(tensor), at: path)
        }
        #expect(error?.description == message)
        #expect(archive.datasets.map(\.path) == ["a/b"])
        #expect(throws: HingeError.self) { try archive.requiredGroup("a/b") }
        #expect(throws: HingeError.self) { try archive.requiredGroup("c") }
    }

    /// Swift's strings are equal when they mean the same text; names in a file are bytes.
    @Test func tellsNamesApartByTheirBytes() throws {
        let composed = "caf\u{E9}"
        let decomposed = "cafe\u{301}"
        let archive = try HDF5Archive(tensors: [
            (composed, tensor), (decomposed, Tensor([4] as [Float])),
        ])
        #expect(try archive.requiredDataset(composed).tensor().count == 3)
        #expect(try archive.requiredDataset(decomposed).tensor().count == 1)
        try Fixture.withTemporaryFolder { folder in
            try archive.write(toPath: "\(folder)/names.h5")
            let again = try HDF5Archive(file: MappedFile(path: "\(folder)/names.h5"))
            #expect(try again.requiredDataset(composed).tensor().count == 3)
            #expect(try again.requiredDataset(decomposed).tensor().count == 1)
        }
    }

    /// The pieces are those that numpy.array_split makes: sizes 4, 3, 3 for 10 in 3.
    @Test(arguments: [
        (count: 0, length: 0, pieces: [0]), (count: 3, length: 10, pieces: [3]),
        (count: 64, length: 1008, pieces: [64]), (count: 65, length: 1008, pieces: [33, 32]),
        (count: 10, length: 15000, pieces: [4, 3, 3]), (count: 1, length: 64_512, pieces: [1]),
        (count: 2, length: 64_512, pieces: [1, 1]), (count: 5000, length: 5, pieces: [5000]),
    ])
    func splitsLongListsAsKerasDoes(count: Int, length: Int, pieces: [Int]) throws {
        let strings = (0..<count).map { index in
            let digits = String(index)
            return digits + String(repeating: "x", count: length - digits.count)
        }
        var group = HDF5Group()
        try group.setStringList("names", ["old"])
        try group.setStringList("names", strings)
        let stored =
            pieces.count == 1
            ? group.attributes.names.filter { $0 == "names" }
            : pieces.indices.map { "names\($0)" }
        #expect(group.attributes.names == stored)
        #expect(stored.map { group.attribute($0)?.shape } == pieces.map { [$0] })
        #expect(group.stringList("names") == strings)
        #expect(group.stringList("nothing") == nil)

        try Fixture.withTemporaryFolder { folder in
            try HDF5Archive(root: group).write(toPath: "\(folder)/list.h5")
            let again = try HDF5Archive(file: MappedFile(path: "\(folder)/list.h5"))
            #expect(again.root.stringList("names") == strings)
            #expect(again.root.attributes.names == stored)
        }
    }

    @Test func refusesAStringTooLongForAList() throws {
        var group = HDF5Group()
        let error = #expect(throws: HingeError.self) {
            try group.setStringList("names", [String(repeating: "x", count: 64_513)])
        }
        #expect(
            error?.description == "attribute 'names': "
                + "expected strings of at most 64512 bytes, found one of 64513")
    }

    @Test func readsAListInPieces() throws {
        let archive = try HDF5Archive(file: Fixture.map("keras/k315_chunkattr.h5"))
        let names = try #require(archive.group("model_weights")?.stringList("layer_names"))
        #expect(archive.group("model_weights")?.attribute("layer_names") == nil)
        #expect(archive.group("model_weights")?.attribute("layer_names1") != nil)
        for name in names { #expect(archive.group("model_weights/\(name)") != nil) }
    }
}
