import Foundation
import HingeGraph
import HingeOperators
import Testing

@testable import HingeKeras

/// The network of the demonstration, written in each form and read again.
@Suite struct DigitsWritingTests {
    /// The first 40 images: the reference engine is slow without optimisation.
    static func arrays() throws -> [(name: String, tensor: Tensor)] {
        try Fixtures.arrays("digits/digits.npz").map { array in
            (
                array.name,
                try ConstantFolding.evaluate(SliceOf(starts: [0], ends: [40]), [array.tensor])
            )
        }
    }

    /// What Keras 3.15 computed.
    @Test(arguments: KerasWriter.Kind.allCases)
    func computesWhatKerasDid(_ kind: KerasWriter.Kind) throws {
        let model = try rewritten(try Fixtures.model("digits/digits.keras"), kind)
        for difference in try differences(model, DigitsWritingTests.arrays()) {
            #expect(difference <= 1e-5)
        }
    }

    /// The names that the layers have in the file; dropout is left out, and softmax is a part of `digit`.
    @Test func keepsNames() throws {
        let model = try Fixtures.model("digits/digits.h5")
        let written = try ModelTranslation.translate(model, target: .keras3)
        let names = written.order.map { written.layers[$0].name }
        #expect(
            names == [
                "image", "conv1", "norm1", "leaky_relu", "conv2", "norm2", "prelu", "pool", "conv3",
                "elu", "flatten", "dense1", "relu", "digit",
            ])
    }

    @Test(arguments: KerasWriter.Kind.allCases)
    func sameModelSameBytes(_ kind: KerasWriter.Kind) throws {
        let folder = try TemporaryFolder()
        let model = try Fixtures.model("digits/digits.keras")
        let files = try (0..<2).map { number in
            let path = "\(folder.path)/\(number).\(kind.rawValue)"
            try KerasFormat().write(
                model, toPath: path, variant: kind.rawValue)
            return try Data(contentsOf: URL(fileURLWithPath: path))
        }
        #expect(files[0] == files[1])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 2)
    }
}
