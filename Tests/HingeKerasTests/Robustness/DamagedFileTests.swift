import HingeArchive
import HingeGraph
import Testing

@testable import HingeKeras

@Suite struct DamagedFileTests {
    /// A file that was cut off is an error, or what is left is the whole model: never a trap.
    @Test(arguments: [
        "keras/k315_func.keras", "keras/k315_func.h5", "keras/k224_rnn.h5",
        "keras/k215_seq.keras", "keras/k315_shard.weights.json",
    ])
    func survivesBeingCutOff(_ path: String) throws {
        let whole = try bytes(path)
        let folder = try TemporaryFolder()
        var refused = 0
        for count in stride(from: 0, to: whole.count, by: 64) {
            let cut = try folder.write(whole[..<count], as: path.lastPathComponent)
            if read(cut) == nil { refused += 1 }
        }
        #expect(refused >= whole.count / 64 * 9 / 10)
    }

    /// Wrong bytes in the zip structure, the configuration and the metadata are an error or another
    /// model: never a trap.
    ///
    /// Those of the HDF5 file inside are left alone.
    @Test(arguments: ["k315_func.keras", "k315_rnn_zoo.keras", "k315_ops.keras"])
    func survivesWrongBytes(_ file: String) throws {
        let whole = try bytes("keras/\(file)")
        let archive = try ZipArchive(
            file: MappedFile(path: "\(Fixtures.root)/keras/\(file)"))
        let weights = try content(of: "model.weights.h5", archive)
        let start = try #require(
            (0...whole.count - weights.count).first { whole[$0...].starts(with: weights) })
        let others = Array(0..<start) + Array(start + weights.count..<whole.count)
        let folder = try TemporaryFolder()
        var generator = Generator(state: 7)
        var refused = 0
        for _ in 0..<500 {
            var wrong = whole
            let position = others[Int.random(in: 0..<others.count, using: &generator)]
            wrong[position] = UInt8.random(in: 0...255, using: &generator)
            if read(try folder.write(wrong, as: file)) == nil { refused += 1 }
        }
        #expect(refused > 70)
    }

    /// Wrong bytes in a configuration that a checksum doesn't guard.
    @Test(arguments: ["k315_func.keras", "k215_func.keras", "k315t_attn.keras"])
    func survivesWrongConfigurations(_ file: String) throws {
        let archive = try ZipArchive(
            file: MappedFile(path: "\(Fixtures.root)/keras/\(file)"))
        let members = archive.members.map(\.name)
        let configuration = try content(of: "config.json", archive)
        let folder = try TemporaryFolder()
        var generator = Generator(state: 11)
        for _ in 0..<70 {
            var wrong = configuration
            let position = Int.random(in: 0..<wrong.count, using: &generator)
            // Digits, letters and brackets: what makes another configuration, not just broken JSON.
            wrong[position] =
                Array("0123456789-[]{},:\"enltrue".utf8).randomElement(using: &generator) ?? 0
            let path = "\(folder.path)/\(file)"
            try ZipWriter.write(
                members.map { name in
                    name == "config.json"
                        ? ZipWriter.Member(name: name, text: String(decoding: wrong, as: UTF8.self))
                        : ZipWriter.Member(name: name, content: try archive.content(of: name))
                }, toPath: path)
            _ = read(path)
        }
    }

    private func content(of name: String, _ archive: ZipArchive) throws -> [UInt8] {
        let region = try archive.content(of: name)
        return withExtendedLifetime(region) { Array(region.bytes) }
    }

    /// The model; `nil` when the file is refused, which must be by a `HingeError`.
    private func read(_ path: String) -> Model? {
        do {
            let file = try MappedFile(path: path)
            _ = KerasFormat().content(of: .file(file))
            return try KerasFormat().read(
                file,
                options: ReadOptions(
                    architecturePath: path.hasSuffix(".weights.json")
                        ? "\(Fixtures.root)/keras/k315_shard.dir/config.json" : nil))
        } catch {
            #expect(error is HingeError)
            if let error = error as? HingeError {
                #expect(error.code != .internalError, "\(error)")
            }
            return nil
        }
    }

    /// A small generator of numbers that are the same every time (SplitMix64).
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }
}
