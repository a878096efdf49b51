import Foundation
import HingeGraph
import Testing

@testable import HingeHDF5

@Suite struct HostileHDF5Tests {
    @Test(arguments: [
        (
            "keras/hostile/external_group_link.weights.h5",
            "/layers/dense_1: "
                + "expected a hard link, found an external link, which is not followed"
        ),
        (
            "keras/hostile/external_link.weights.h5",
            "/layers/dense/vars/0: "
                + "expected a hard link, found an external link, which is not followed"
        ),
        (
            "keras/hostile/external_storage.weights.h5",
            "/layers/dense/vars/0: "
                + "the elements are in external files, which are not opened"
        ),
        (
            "keras/hostile/hardlink_cycle.weights.h5",
            "/layers/dense/vars/loop: "
                + "the group contains itself through a hard link"
        ),
        (
            "keras/hostile/shape_bomb.weights.h5",
            "/layers/dense/vars/0: "
                + "it states 4398046511104 bytes, of which the file stores none"
        ),
        (
            "keras/hostile/soft_link.weights.h5",
            "/layers/dense/vars/0: "
                + "expected a hard link, found a soft link, which is not followed"
        ),
        (
            "keras/hostile/soft_link_loop.weights.h5",
            "/layers/dense/vars/0: "
                + "expected a hard link, found a soft link, which is not followed"
        ),
        ("hdf5/soft.h5", "/link: expected a hard link, found a soft link, which is not followed"),
        (
            "hdf5/external.h5",
            "/link: "
                + "expected a hard link, found an external link, which is not followed"
        ),
        (
            "hdf5/virtual.h5",
            "/data: the dataset is virtual: its elements are in other files, "
                + "which are not opened"
        ),
        (
            "hdf5/lzf.h5",
            "/data: "
                + "filter 32000 ('lzf') is not supported; deflate, shuffle and fletcher32 are"
        ),
        (
            "hdf5/scaleoffset.h5",
            "/data: "
                + "filter 6 ('scaleoffset') is not supported; deflate, shuffle and fletcher32 are"
        ),
        (
            "hdf5/deflate_bomb.h5",
            "/data: 352 stored bytes would become 134217728, "
                + "more than 1000 times as many"
        ),
        (
            "hdf5/huge_chunk.h5",
            "/data: 1 stored bytes would become 1073741824, "
                + "more than 1000 times as many"
        ),
        (
            "hdf5/huge_shape.h5",
            "/data: "
                + "shape [1099511627776, 1099511627776] has more elements than fit in memory"
        ),
        (
            "hdf5/deep.h5",
            "\(String(repeating: "/g", count: 65)): "
                + "groups are nested more than 64 deep"
        ),
        ("hdf5/types.npz", "this is not an HDF5 file: its signature is missing"),
    ])
    func isRefused(_ name: String, _ message: String) throws {
        let file = try Fixture.map(name)
        let error = #expect(throws: HingeError.self) { try HDF5Archive(file: file) }
        #expect(error?.description == message)
    }

    /// Older versions of the library can't read how this file states its selection.
    @Test func aVirtualDatasetOfANewVersionIsRefused() throws {
        let file = try Fixture.map("keras/hostile/virtual_dataset.weights.h5")
        let error = #expect(throws: HingeError.self) { try HDF5Archive(file: file) }
        let message = try #require(error?.description)
        #expect(
            [
                "cannot open '/layers/dense/vars/0': bad version number for hyperslab selection",
                "/layers/dense/vars/0: the dataset is virtual: its elements are in other files, "
                    + "which are not opened",
            ].contains(message))
    }

    /// NaN is data, and what the numbers of a configuration mean is for its reader to judge.
    @Test(arguments: ["nan_weights.weights.h5", "wrong_count.weights.h5", "huge_units.h5"])
    func whatIsSoundIsRead(_ name: String) throws {
        let archive = try HDF5Archive(file: Fixture.map("keras/hostile/\(name)"))
        for (_, dataset) in archive.datasets { _ = try dataset.tensor() }
    }

    /// A limit that a small file passes, and what is said then.
    struct LimitCase: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let limits: HDF5Limits
        let message: String

        init(_ name: String, _ message: String, _ set: (inout HDF5Limits) -> Void) {
            var limits = HDF5Limits()
            set(&limits)
            (testDescription, self.message, self.limits) = (name, message, limits)
        }
    }

    @Test(arguments: [
        LimitCase(
            "depth", "/model_weights/bn/sequential: groups are nested more than 2 deep"
        ) { $0.depth = 2 },
        LimitCase(
            "objects", "/model_weights/fc/sequential/fc: the file has more than 20 objects"
        ) { $0.objectCount = 20 },
        LimitCase("attributes", "/: the object has more than 2 attributes") {
            $0.attributesPerObject = 2
        },
        LimitCase(
            "attribute bytes",
            "/ › attribute 'model_config': the strings are longer than 943 bytes in all"
        ) { $0.attributeByteCount = 1000 },
        LimitCase(
            "decoded bytes",
            "/model_weights/c1/sequential/c1/kernel: "
                + "the elements of the file take more than 400 bytes"
        ) { $0.decodedByteCount = 400 },
        LimitCase(
            "expansion",
            "/model_weights/bn/sequential/bn/beta: 29 stored bytes would become 16, "
                + "more than 0 times as many"
        ) { ($0.expansionFloor, $0.expansionRatio) = (10, 0) },
    ])
    func limitsHold(_ example: LimitCase) throws {
        let file = try Fixture.map("keras/k315_seq_gzip.h5")
        let error = #expect(throws: HingeError.self) {
            try HDF5Archive(file: file, limits: example.limits)
        }
        #expect(error?.description == example.message)
        #expect(error?.code == .limit)
    }

    @Test func aDamagedHeapIsRefused() throws {
        let whole = try Fixture.bytes("keras/k315_seq.h5")
        let heap = try #require(Self.firstIndex(of: Array("GCOL".utf8), in: whole))
        // Each damage is a byte of the first collection: its signature, version, size, first object.
        for (offset, byte) in [(0, 0), (4, 9), (9, 0), (9, 0xFF), (16, 7), (24, 0), (30, 0xFF)] {
            var bytes = whole
            bytes[heap + offset] = UInt8(byte)
            let region = MemoryRegion(copying: bytes)
            let error = #expect(throws: HingeError.self, "offset \(offset)") {
                try HDF5Archive(region: region)
            }
            let message = try #require(error?.description)
            #expect(message.hasPrefix("/ › attribute '"), "\(message)")
            #expect(message.contains("heap at \(heap)"), "\(message)")
        }
    }

    private static func firstIndex(of word: [UInt8], in bytes: [UInt8]) -> Int? {
        (0...bytes.count - word.count).first { bytes[$0..<$0 + word.count].elementsEqual(word) }
    }

    @Test(arguments: [
        "keras/k315_seq.h5", "keras/k315_seq.weights.h5", "keras/k315_seq_gzip.h5",
        "keras/k315_seq_latest.h5", "keras/k315_seq_userblock.h5", "keras/k224_func.h5",
        "keras/k1_func.h5", "hdf5/types.h5",
    ])
    func aTruncatedFileIsRefused(_ name: String) throws {
        let whole = try Fixture.bytes(name)
        let step = whole.count > 100_000 ? 1024 : 64
        for length in stride(from: 0, to: whole.count, by: step) {
            let region = MemoryRegion(copying: whole[..<length])
            #expect(throws: HingeError.self, "\(length) bytes") { try HDF5Archive(region: region) }
        }
    }
}
