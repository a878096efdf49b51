import Foundation
import HingeArchive
import HingeGraph
import Testing

@testable import HingeHDF5

@Suite struct HDF5ReaderTests {
    /// What NumPy read, through h5py, from the datasets of `types.h5`.
    @Test func readsEveryTypeAsNumPyDoes() throws {
        let archive = try HDF5Archive(file: Fixture.map("hdf5/types.h5"))
        let recorded = try Npz.read(Fixture.map("hdf5/types.npz"))
        for (name, expected) in recorded {
            let path = name.replacing("|", with: "/")
            let tensor = try archive.requiredDataset(path).tensor()
            #expect(tensor.dataType == expected.dataType, "\(path)")
            #expect(tensor == expected, "\(path)")
        }
        let narrow = archive.datasets.map(\.path).filter { $0.hasPrefix("narrow/") }
        let others = archive.datasets.map(\.path).filter { $0.hasPrefix("other/") }
        #expect(archive.datasets.count == recorded.count + narrow.count + others.count)
        #expect(recorded.count == 46 && narrow.count == 6)
    }

    @Test(arguments: [
        ("float8_e4m3fn", DataType.float8e4m3fn, [1.5, -2.0, 0.25]),
        ("float8_e5m2", .float8e5m2, [1.5, -2.0, 0.25]),
        ("float8_e4m3fnuz", .float8e4m3fnuz, [1.5, -2.0, 0.25]),
        ("float8_e5m2fnuz", .float8e5m2fnuz, [1.5, -2.0, 0.25]),
        ("int4", .int4, [1, 7, 3]), ("uint4", .uint4, [1, 7, 3]),
    ])
    func readsTheTypesOfMLDTypes(_ name: String, _ type: DataType, _ values: [Double]) throws {
        let archive = try HDF5Archive(file: Fixture.map("hdf5/types.h5"))
        let tensor = try archive.requiredDataset("narrow/\(name)").tensor()
        #expect(tensor.dataType == type)
        #expect(try tensor.doubles() == values)
    }

    /// What h5py read from every Keras sample: types, shapes, checksums and attributes.
    @Test func readsTheKerasSamplesAsH5pyDoes() throws {
        let text = try Data(contentsOf: URL(filePath: "\(Fixture.folder)/hdf5/keras.json"))
        let files = try #require(
            try JSONSerialization.jsonObject(with: text) as? [String: [String: [String: [Any]]]])
        #expect(files.count == Fixture.names(in: "keras", suffix: ".h5").count)
        for (file, expected) in files {
            let archive = try HDF5Archive(file: Fixture.map("keras/\(file)"))
            let datasets = try #require(expected["datasets"])
            #expect(Set(archive.datasets.map(\.path)) == Set(datasets.keys), "\(file)")
            for (path, dataset) in archive.datasets {
                let tensor = try dataset.tensor()
                #expect(datasets[path]?[0] as? String == tensor.dataType.description, "\(path)")
                #expect(datasets[path]?[1] as? [Int] == tensor.shape, "\(file) \(path)")
                let checksum = tensor.withUnsafeBytes { CRC32.of($0) }
                #expect(datasets[path]?[2] as? Int == Int(checksum), "\(file) \(path)")
            }
            for (key, values) in try #require(expected["attributes"]) {
                let parts = key.split(separator: "@", omittingEmptySubsequences: false)
                let path = String(parts[0])
                let attributes =
                    archive.group(path)?.attributes ?? archive.dataset(path)?.attributes
                let attribute = try #require(attributes?[String(parts[1])], "\(file) \(key)")
                let strings = try #require(attribute.strings, "\(file) \(key)")
                if let checksums = values as? [Int], !checksums.isEmpty {
                    #expect(
                        strings.map { Int($0.utf8.withContiguousStorageIfAvailable(CRC32.of) ?? 0) }
                            == checksums, "\(file) \(key)")
                } else {
                    #expect(strings == values as? [String], "\(file) \(key)")
                }
            }
        }
    }

    @Test func readsAttributes() throws {
        let archive = try HDF5Archive(file: Fixture.map("hdf5/types.h5"))
        let attributes = try archive.requiredGroup("attributes").attributes
        #expect(attributes["text"]?.string == "größer")
        #expect(attributes["text"]?.shape == [])
        #expect(attributes["ascii"]?.string == "fixed")
        #expect(attributes["one"]?.string == "only")
        #expect(attributes["names"]?.strings == ["a", "bcd", ""])
        #expect(attributes["fixed names"]?.strings == ["a", "bcd"])
        #expect(attributes["no names"]?.strings == [])
        #expect(attributes["no names"]?.tensor?.dataType == .float64)
        #expect(attributes["long"]?.string == String(repeating: "x", count: 200_000))
        #expect(attributes["int"]?.integers == [-5])
        #expect(attributes["int"]?.string == nil)
        #expect(attributes["big"]?.integers == [1, 256])
        #expect(attributes["floats"]?.tensor == Tensor([0.5, 1.5] as [Float], shape: [1, 2]))
        #expect(attributes["bool"]?.tensor == Tensor([true], shape: []))
        #expect(attributes["null"]?.strings == [])
        #expect(attributes["record"]?.strings == nil)
        #expect(attributes["missing"] == nil)
        #expect(attributes.count == 13)
    }

    @Test(arguments: [
        (
            "other/record",
            "/other/record: elements of this type are not supported: "
                + "compound of 8 bytes"
        ),
        ("other/reference", "/other/reference: elements of this type are not supported: reference"),
        (
            "other/opaque",
            "/other/opaque: nothing says what the opaque elements of 3 bytes mean "
                + "(tag '')"
        ),
        ("other/nothing", "other/nothing: there is no such dataset"),
        ("other", "other: expected a dataset, found a group"),
    ])
    func refusesElementsOfOtherTypes(_ path: String, _ message: String) throws {
        let archive = try HDF5Archive(file: Fixture.map("hdf5/types.h5"))
        let error = #expect(throws: HingeError.self) {
            try archive.requiredDataset(path).tensor()
        }
        #expect(error?.description == message)
    }

    @Test(arguments: ["keras/k315_seq.h5", "keras/k315_seq_userblock.h5", "keras/k1_func.h5"])
    func leavesContiguousElementsInTheFile(_ name: String) throws {
        let file = try Fixture.map(name)
        let addresses = file.region.addresses
        for (path, dataset) in try HDF5Archive(file: file).datasets {
            let address = try dataset.tensor().withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
            #expect(addresses.contains(address), "\(path)")
        }
    }

    @Test func theMappingOutlivesTheFile() throws {
        let tensor = try HDF5Archive(file: Fixture.map("keras/k315_seq.h5"))
            .requiredDataset("model_weights/fc/sequential/fc/bias").tensor()
        let gzip = try HDF5Archive(file: Fixture.map("keras/k315_seq_gzip.h5"))
            .requiredDataset("model_weights/fc/sequential/fc/bias").tensor()
        #expect(tensor == gzip)
    }

    @Test func readsFromSeveralTasksAtOnce() async throws {
        let names = Fixture.names(in: "keras", suffix: ".h5")
        let sums = try names.map(Self.checksums)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for index in names.indices {
                        let other = (index * 7 + task * 5) % names.count
                        let found = try Self.checksums(names[other])
                        #expect(found == sums[other])
                        if index % 4 == 0 {
                            #expect(throws: HingeError.self) {
                                try HDF5Archive(
                                    file: Fixture.map("keras/hostile/soft_link.weights.h5"))
                            }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func checksums(_ name: String) throws -> [UInt32] {
        try HDF5Archive(file: Fixture.map(name)).datasets.map {
            try $0.dataset.tensor().withUnsafeBytes { CRC32.of($0) }
        }
    }
}

extension MemoryRegion {
    fileprivate var addresses: Range<UInt> {
        UInt(bitPattern: base)..<UInt(bitPattern: base) + UInt(byteCount)
    }
}
