import Foundation
import Testing

/// Files of weights, as a user handles them.
@Suite struct WeightsCommandTests {
    private let missing =
        "the file holds weights without the model's architecture; give a model whose weights have the same "
        + "names (--architecture)\n"

    @Test(arguments: ["digits/digits-torch.onnx", "digits/digits.keras"])
    func weightsGoOutAndComeBack(_ name: String) throws {
        try Tool.withFolder { folder in
            let (source, weights) = (Tool.fixture(name), "\(folder)/w.hdf5")
            let out = try Tool.run("convert", source, weights)
            #expect(out.status == 0, "\(out.errors)")
            #expect(out.output.hasSuffix("weights are those of the model, bit by bit\n"))
            let shown = try Tool.run("inspect", weights)
            #expect(shown.status == 0)
            #expect(shown.output.hasPrefix("\(weights): HDF5 weights\n"))
            let back = try Tool.run(
                "convert", weights, "\(folder)/new.onnx", "--architecture", source)
            #expect(back.status == 0, "\(back.errors)")
            let verified = try Tool.run("verify", weights, source, "--architecture", source)
            #expect(verified.status == 0, "\(verified.errors)")
            #expect(try Tool.run("verify", weights, weights).status == 0)
        }
    }

    /// Nothing runs without a graph, and that is not a success.
    @Test func weightsAloneAreNoModel() throws {
        try Tool.withFolder { folder in
            let (source, weights) = (Tool.fixture("digits/digits-torch.onnx"), "\(folder)/w.hdf5")
            #expect(try Tool.run("convert", source, weights).status == 0)
            for command in [
                ["convert", weights, "\(folder)/new.onnx"], ["run", weights], ["check", weights],
            ] {
                let result = try Tool.run(command)
                #expect(result.status == 66)
                #expect(result.errors == "hinge: \(weights): \(missing)")
            }
            #expect(try Tool.run("verify", weights, source).errors == "hinge: \(missing)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["w.hdf5"])
        }
    }
}
