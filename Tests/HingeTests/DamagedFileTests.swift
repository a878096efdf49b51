import Foundation
import HingeArchive
import Testing

@testable import Hinge

/// Damaged files, read as a user reads them: an error or a right answer, never a trap and never a hang.
///
/// What is flipped is a sample: `HINGE_DAMAGE_FACTOR` makes it larger. A part of the models that can still be read is
/// run too, on small inputs and with little memory: damage may
/// make them ask for anything.
@Suite("Damaged files")
struct DamagedFileTests {
    @Test("Cut at every 64th byte", arguments: DamagedFile.models + DamagedFile.arrays)
    func truncated(file: DamagedFile) throws {
        let original = try file.bytes()
        for end in stride(from: 0, to: original.count, by: 64) {
            let failure = file.outcome(MemoryRegion(copying: original[..<end]))
            #expect(failure == nil, "cut at byte \(end)")
        }
    }

    @Test(
        "With random bytes flipped",
        arguments: DamagedFile.models.filter { $0.isFlippable } + DamagedFile.arrays)
    func flipped(file: DamagedFile) throws {
        let original = try file.bytes()
        let places = DamagedFile.flippable(original)
        try #require(!places.isEmpty)
        var generator = file.generator(seed: 20)
        for round in 0..<200 * DamagedFile.factor {
            var bytes = original
            let index = try #require(places.randomElement(using: &generator))
            bytes[index] ^= UInt8.random(in: 1...255, using: &generator)
            let failure = file.outcome(MemoryRegion(copying: bytes), isRun: round % 10 == 0)
            #expect(failure == nil, "round \(round), byte \(index)")
        }
    }

    @Test(
        "With random bytes of JSON flipped, and its checksum put right",
        arguments: DamagedFile.models.filter { $0.path.hasSuffix(".keras") })
    func flippedJSON(file: DamagedFile) throws {
        let original = try file.bytes()
        let member = try #require(StoredMember(of: original, named: "config.json"))
        var generator = file.generator(seed: 21)
        for round in 0..<40 * DamagedFile.factor {
            var bytes = original
            let index = Int.random(in: member.content, using: &generator)
            bytes[index] = UInt8.random(in: 32...126, using: &generator)
            member.repairChecksum(of: &bytes)
            let failure = file.outcome(MemoryRegion(copying: bytes), isRun: round % 10 == 0)
            #expect(failure == nil, "round \(round), byte \(index)")
        }
    }
}
