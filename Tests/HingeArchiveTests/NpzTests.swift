import Foundation
import HingeArchive
import HingeGraph
import Testing

@Suite struct NpzTests {
    @Test(arguments: Fixture.names(in: "keras", suffix: ".npz"))
    func rewritesArrays(_ name: String) throws {
        let arrays = try Npz.read(Fixture.map(name))
        #expect(!arrays.isEmpty)
        try Fixture.withTemporaryFolder { folder in
            let path = "\(folder)/copy.npz"
            try Npz.write(arrays, toPath: path)
            let again = try Npz.read(MappedFile(path: path))
            #expect(again.map(\.name) == arrays.map(\.name))
            #expect(again.map(\.tensor) == arrays.map(\.tensor))
            let first = try Data(contentsOf: URL(filePath: path))
            try Npz.write(arrays, toPath: path)
            #expect(try Data(contentsOf: URL(filePath: path)) == first)
        }
    }

    /// The outputs of a softmax, which Keras recorded: each row adds up to 1.
    @Test func readsWhatNumPyWrote() throws {
        let arrays = try Npz.read(Fixture.map("keras/k315_seq.npz"))
        #expect(arrays.map(\.name) == ["in_0", "out_0"])
        #expect(arrays.map(\.tensor.shape) == [[2, 8, 8, 3], [2, 5]])
        #expect(arrays.map(\.tensor.dataType) == [.float32, .float32])
        let output = try arrays[1].tensor.array(of: Float.self)
        let sums: [Float] = [output[..<5].reduce(0, +), output[5...].reduce(0, +)]
        for sum in sums { #expect(abs(sum - 1) < 1e-6) }
    }

    @Test(arguments: [
        ("zip/good.zip", "folder/stored.txt: expected only .npy members in an .npz file"),
        (
            "keras/hostile/npz_weights.keras",
            "metadata.json: expected only .npy members in an .npz file"
        ),
        ("npy/vector.npy", "this is not a sound zip file: Not a zip archive"),
    ])
    func refusesOtherFiles(_ name: String, _ message: String) throws {
        let file = try Fixture.map(name)
        let error = #expect(throws: HingeError.self) { try Npz.read(file) }
        #expect(error?.description == message)
    }

    @Test func namesTheArrayThatCannotBeWritten() throws {
        try Fixture.withTemporaryFolder { folder in
            let error = #expect(throws: HingeError.self) {
                try Npz.write(
                    [
                        ("fine", Tensor(scalar: 1 as Float)),
                        ("odd", try Tensor(zeros: .int4, shape: [])),
                    ],
                    toPath: "\(folder)/x.npz")
            }
            #expect(error?.description == "tensor 'odd': NumPy has no elements of type int4")
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(left.isEmpty)
        }
    }

    @Test func refusesATruncatedFile() throws {
        let whole = try Fixture.bytes("keras/k315_seq.npz")
        try Fixture.withTemporaryFolder { folder in
            let path = "\(folder)/cut.npz"
            for length in stride(from: 0, to: whole.count, by: 64) {
                try Data(whole[..<length]).write(to: URL(filePath: path))
                #expect(throws: HingeError.self, "\(length) bytes") {
                    try Npz.read(MappedFile(path: path))
                }
            }
        }
    }

    @Test func survivesFlippedBytes() throws {
        let whole = try Fixture.bytes("keras/k315_seq.npz")
        let good = try Npz.read(Fixture.map("keras/k315_seq.npz")).map(\.tensor)
        var random = SplitMix64(state: 3)
        var refused = 0
        try Fixture.withTemporaryFolder { folder in
            let path = "\(folder)/flipped.npz"
            for _ in 0..<2000 {
                var bytes = whole
                bytes[Int.random(in: 0..<bytes.count, using: &random)] ^=
                    UInt8.random(in: 1...255, using: &random)
                try Data(bytes).write(to: URL(filePath: path))
                do {
                    #expect(try Npz.read(MappedFile(path: path)).map(\.tensor) == good)
                } catch is HingeError {
                    refused += 1
                }
            }
        }
        #expect(refused > 1000 && refused < 2000)
    }
}

/// A small generator of random numbers that gives the same ones each time.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
