import Foundation
import HingeArchive
import HingeGraph
import HingeHDF5
import Testing

@Suite struct ZipTests {
    /// What `Fixtures/zip/make.py` puts into its members.
    private static let text = (0..<500).map { "line \($0)\n" }.joined()

    @Test func readsMembersByTheirNames() throws {
        let archive = try ZipArchive(file: Fixture.map("zip/good.zip"))
        #expect(archive.members.map(\.name) == ["folder/stored.txt", "größe.txt", "empty"])
        #expect(archive.members.map(\.method) == [.stored, .deflated, .stored])
        #expect(archive.members.map(\.byteCount) == [4390, 4390, 0])
        #expect(try archive.text(of: "folder/stored.txt") == Self.text)
        #expect(try archive.text(of: "größe.txt") == Self.text)
        #expect(try archive.text(of: "empty") == "")
        #expect(archive.member("stored.txt") == nil)
        let error = #expect(throws: HingeError.self) { try archive.content(of: "stored.txt") }
        #expect(error?.description == "stored.txt: the archive has no such member")
    }

    @Test func readsTheFormatOfLargeFiles() throws {
        let archive = try ZipArchive(file: Fixture.map("zip/zip64.zip"))
        #expect(try archive.text(of: "stored.txt") == Self.text)
        #expect(try archive.text(of: "deflated.txt") == Self.text)
    }

    @Test func leavesStoredMembersInTheFile() throws {
        let file = try Fixture.map("zip/good.zip")
        let archive = try ZipArchive(file: file)
        #expect(file.region.contains(try archive.content(of: "folder/stored.txt")))
        #expect(!file.region.contains(try archive.content(of: "größe.txt")))
    }

    @Test(arguments: Fixture.names(in: "keras", suffix: ".keras"))
    func mapsTheWeightsInsideKerasFiles(_ name: String) throws {
        let file = try Fixture.map(name)
        let content = try ZipArchive(file: file).content(of: "model.weights.h5")
        for (path, dataset) in try HDF5Archive(region: content).datasets {
            let region = try #require(try dataset.tensor().region, "\(path)")
            #expect(region.byteCount == 0 || file.region.contains(region), "\(path)")
        }
    }

    @Test(arguments: [
        ("zip/duplicate.zip", "a.txt", "the archive has two members of the same name"),
        (
            "zip/bomb.zip", "zeros",
            "zeros: 32617 stored bytes would become 33554432, "
                + "more than 100 times as many"
        ),
        (
            "zip/bzip2.zip", "a.txt",
            "a.txt: compression method 12 is not supported; "
                + "stored and deflated members are"
        ),
        ("zip/encrypted.zip", "a.txt", "a.txt: the member is encrypted"),
        ("zip/wrong_sum.zip", "a.txt", "a.txt: cannot read the member: CRC error"),
        ("zip/mismatch.zip", "a.txt", "this is not a sound zip file: Zip archive inconsistent"),
        ("zip/longer.zip", "a.txt", "this is not a sound zip file: Not a zip archive"),
        ("zip/elsewhere.zip", "a.txt", "this is not a sound zip file: Not a zip archive"),
        ("hdf5/types.h5", "a.txt", "this is not a sound zip file: Not a zip archive"),
    ])
    func refusesHostileFiles(_ name: String, _ member: String, _ message: String) throws {
        let file = try Fixture.map(name)
        let error = #expect(throws: HingeError.self) {
            try ZipArchive(file: file).content(of: member)
        }
        // Later versions of libzip add a detail to "Zip archive inconsistent".
        let found = try #require(error?.description)
        #expect(found.hasPrefix(message), "\(found)")
    }

    @Test(arguments: ["zip/good.zip", "zip/zip64.zip", "keras/k315_seq.keras"])
    func refusesATruncatedFile(_ name: String) throws {
        let whole = try Fixture.bytes(name)
        for length in stride(from: 0, to: whole.count, by: 64) {
            let region = MemoryRegion(copying: whole[..<length])
            #expect(throws: HingeError.self, "\(length) bytes") { try ZipArchive(region: region) }
        }
    }

    @Test(arguments: ["zip/good.zip", "zip/zip64.zip", "keras/hostile/zip_slip.keras"])
    func survivesFlippedBytes(_ name: String) throws {
        let whole = try Fixture.bytes(name)
        let archive = try ZipArchive(region: MemoryRegion(copying: whole))
        let good = try archive.members.map { try archive.bytes(of: $0.name) }
        var random = SplitMix64(state: 1)
        var refused = 0
        for _ in 0..<2000 {
            var bytes = whole
            bytes[Int.random(in: 0..<bytes.count, using: &random)] ^=
                UInt8.random(in: 1...255, using: &random)
            do {
                let archive = try ZipArchive(region: MemoryRegion(copying: bytes))
                for member in archive.members {
                    // The checksum covers the content, though not the name.
                    let content = try archive.bytes(of: member.name)
                    #expect(good.contains(content), "\(member.name)")
                }
            } catch is HingeError {
                refused += 1
            }
        }
        #expect(refused > 1000 && refused < 2000)
    }

    @Test func readsFromSeveralTasksAtOnce() async throws {
        let archive = try ZipArchive(file: Fixture.map("zip/good.zip"))
        try await withThrowingTaskGroup(of: String.self) { group in
            for index in 0..<100 {
                group.addTask {
                    try archive.text(of: index % 2 == 0 ? "folder/stored.txt" : "größe.txt")
                }
            }
            for try await text in group { #expect(text == Self.text) }
        }
    }
}

@Suite struct ZipWriterTests {
    @Test func writesMembersInOrderAndAligned() throws {
        let large = MemoryRegion(copying: (0..<100_000).map { UInt8(truncatingIfNeeded: $0) })
        let members: [ZipWriter.Member] = [
            .init(name: "metadata.json", text: "{}"), .init(name: "größe.txt", text: "größer"),
            .init(name: "empty", text: ""), .init(name: "a/large", pieces: [large, large]),
            .init(name: "last", text: "x"),
        ]
        try Fixture.withTemporaryFolder { folder in
            let path = "\(folder)/new.zip"
            try ZipWriter.write(members, toPath: path)
            let file = try MappedFile(path: path)
            let archive = try ZipArchive(file: file)
            #expect(
                archive.members.map(\.name)
                    == ["metadata.json", "größe.txt", "empty", "a/large", "last"])
            for member in members {
                let content = try archive.content(of: member.name)
                withExtendedLifetime(member) {
                    #expect(content.bytes.elementsEqual(member.pieces.map(\.bytes).joined()))
                }
                let offset = content.base - file.region.base
                #expect(content.byteCount == 0 || offset % 64 == 0, "\(member.name)")
            }
            // Each entry of the directory ends its fixed part with the DOS time 0 and date 0x0021.
            let bytes = file.region.bytes
            let entries = (0..<bytes.count - 16).filter {
                bytes[$0..<$0 + 4].elementsEqual([0x50, 0x4B, 1, 2])
            }
            #expect(entries.count == members.count)
            for entry in entries {
                #expect(bytes[entry + 10..<entry + 16].elementsEqual([0, 0, 0, 0, 0x21, 0]))
            }
            let first = try Data(contentsOf: URL(filePath: path))
            try ZipWriter.write(members, toPath: path)
            #expect(try Data(contentsOf: URL(filePath: path)) == first)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["new.zip"])
        }
    }

    @Test(arguments: [
        ("a.txt", "a.txt: two members have the same name"),
        ("../b", "../b: this cannot be the name of a member of a zip file"),
        ("/b", "/b: this cannot be the name of a member of a zip file"),
        ("a//b", "a//b: this cannot be the name of a member of a zip file"),
        ("a\\b", "a\\b: this cannot be the name of a member of a zip file"),
        ("", "this cannot be the name of a member of a zip file"),
    ])
    func refusesNames(_ name: String, _ message: String) throws {
        try Fixture.withTemporaryFolder { folder in
            let path = "\(folder)/old.zip"
            try Data("precious".utf8).write(to: URL(filePath: path))
            let error = #expect(throws: HingeError.self) {
                try ZipWriter.write(
                    [.init(name: "a.txt", text: "a"), .init(name: name, text: "b")], toPath: path)
            }
            #expect(error?.description == message)
            #expect(try Data(contentsOf: URL(filePath: path)) == Data("precious".utf8))
        }
    }
}

extension ZipArchive {
    /// A copy of the content of a member.
    fileprivate func bytes(of name: String) throws -> [UInt8] {
        let content = try content(of: name)
        return withExtendedLifetime(content) { Array(content.bytes) }
    }
}

extension MemoryRegion {
    /// Whether another region is a part of this one.
    fileprivate func contains(_ other: MemoryRegion) -> Bool {
        other.base >= base && other.base + other.byteCount <= base + byteCount
    }
}
