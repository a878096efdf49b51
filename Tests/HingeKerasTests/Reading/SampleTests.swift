import HingeGraph
import HingeOperators
import Testing

@testable import HingeKeras

@Suite struct SampleTests {
    /// The network of the demonstration, in all its files, as Keras 3.15 computed it.
    @Test(arguments: ["digits.h5", "digits.keras", "digits.weights.h5", "digits.json"])
    func digits(_ file: String) throws {
        let model = try Fixtures.model("digits/\(file)")
        // The first 40 images: the reference engine is slow without optimisation.
        let arrays = try Fixtures.arrays("digits/digits.npz").map { array in
            (
                array.name,
                try ConstantFolding.evaluate(SliceOf(starts: [0], ends: [40]), [array.tensor])
            )
        }
        #expect(arrays.count == 3)
        for difference in try differences(model, arrays) { #expect(difference <= 1e-5) }
    }

    /// What each version of Keras computed.
    @Test(arguments: Sample.all.filter { refused[$0.file] == nil })
    func computesWhatKerasDid(_ sample: Sample) throws {
        let arrays = try Fixtures.arrays("keras/\(sample.recorded)")
        for (index, difference) in try differences(sample.model(), arrays).enumerated() {
            #expect(difference <= sample.tolerance, "output \(index)")
        }
    }

    /// The samples that are refused, with the whole message.
    @Test(arguments: refused)
    func refuses(_ file: String, _ message: String) {
        let error = #expect(throws: HingeError.self) { try Fixtures.model("keras/\(file)") }
        #expect(error?.description == message)
        #expect(error?.code == .unsupported)
    }

    /// The samples that are refused, and why: code that only Python can run, and text.
    static let refused: [String: String] = [
        "k224_lambda.h5":
            "layer 'model_2' (Model) › layer 'lambda_1' (Lambda): "
            + "a Lambda layer holds Python code, which Hinge does not run",
        "k215_lambda.h5":
            "layer 'model_1' (Functional) › layer 'lambda' (Lambda): "
            + "a Lambda layer holds Python code, which Hinge does not run",
        "k315_lambda.h5":
            "layer 'functional_10' (Functional) › layer 'lambda' (Lambda): "
            + "a Lambda layer holds Python code, which Hinge does not run",
        "k315_lambda.keras":
            "layer 'functional_10' (Functional) › layer 'lambda' (Lambda): "
            + "a Lambda layer holds Python code, which Hinge does not run",
        "k315tf_text.keras":
            "layer 'functional' (Functional) › layer 'string_lookup' (StringLookup): "
            + "the layer class 'StringLookup' is not supported",
    ]
}
