import Foundation
import HingeGraph
import HingeOperators
import Testing

@testable import HingeONNX

/// Damaged files: an error or a model, never a trap and never a hang.
@Suite("Damaged files")
struct MutationTests {
    /// Reads a model that may be damaged; if it could be read, writes it again and may check it.
    ///
    /// - Returns: Whether it could be read.
    private func process(_ bytes: [UInt8], _ folder: String, checks: Bool = false) -> Bool {
        let region = Wire(bytes: bytes).region
        let model = try? MessageReader.read(
            region, as: .model, externalData: ExternalDataFolder(folder)
        ) { try $0.model($1) }
        guard let model else { return false }
        #expect(throws: Never.self) { try ModelFile.encode(model, .asRead) }
        if checks { _ = ModelChecker.check(model) }
        return true
    }

    @Test("Cut at a hundred places", arguments: Fixtures.models)
    func truncated(name: String) throws {
        let file = try Fixtures.file(name)
        // An odd step meets all places in a word.
        for count in stride(from: 0, to: file.byteCount, by: max(file.byteCount / 100, 1) | 1) {
            _ = process(Array(file.region.bytes[..<count]), file.folder)
        }
        #expect(process(Array(file.region.bytes), file.folder))
    }

    @Test("With random bytes flipped, one at a time", arguments: Fixtures.models)
    func flipped(name: String) throws {
        let file = try Fixtures.file(name)
        var generator = SeededGenerator(seed: name.utf8.reduce(20) { $0 &* 31 &+ UInt64($1) })
        let original = Array(file.region.bytes)
        let places = try structure(original)
        var readCount = 0
        let count = 100
        for round in 0..<count {
            var bytes = original
            let index =
                round % 20 == 0
                ? Int.random(in: bytes.indices, using: &generator)
                : places[Int.random(in: places.indices, using: &generator)]
            bytes[index] ^= UInt8.random(in: 1...255, using: &generator)
            if process(bytes, file.folder) { readCount += 1 }
        }
        // Neither everything nor nothing is refused.
        #expect((1..<count).contains(readCount))
    }

    /// The places of the bytes that are not a tensor's elements, of which any are right.
    private func structure(_ bytes: [UInt8]) throws -> [Int] {
        var places = IndexSet(integersIn: bytes.indices)
        _ = try bytes.withUnsafeBytes { bytes in
            try WireScanner.scan(bytes, as: .model) { payload in
                places.remove(integersIn: payload)
                return nil
            }
        }
        return Array(places)
    }

    @Test("With stretches of random bytes, checked too", arguments: Fixtures.models.prefix(12))
    func scrambled(name: String) throws {
        let file = try Fixtures.file(name)
        var generator = SeededGenerator(seed: 20)
        let original = Array(file.region.bytes)
        var readCount = 0
        for _ in 0..<250 {
            var bytes = original
            let start = Int.random(in: bytes.indices, using: &generator)
            for index in bytes[start...].prefix(8).indices {
                bytes[index] = UInt8.random(in: 0...255, using: &generator)
            }
            if process(bytes, file.folder, checks: true) { readCount += 1 }
        }
        #expect((1..<250).contains(readCount))
    }
}
