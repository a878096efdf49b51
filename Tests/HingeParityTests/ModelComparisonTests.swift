import HingeGraph
import HingeOperators
import HingeRuntime
import Testing

@testable import HingeParity

@Suite struct ModelComparisonTests {
    /// The model of `y = elu(leakyRelu(x + 1))`.
    private func model(alpha: Float, input: String = "x", output: String = "y") throws -> Model {
        var graph = GraphBuilder()
        let x = graph.input(input, .float32, ["N", 3])
        let one = graph.constant(Tensor(scalar: 1 as Float), name: "one")
        let sum = try graph.append(Add(), x, one, name: "sum")
        let leaky = try graph.append(LeakyRelu(alpha: alpha), sum, name: "leaky")
        graph.output(try graph.append(Elu(), leaky, name: "elu"), output)
        return graph.model()
    }

    private let inputs: [String: Value] = [
        "x": .tensor(Tensor([-3, 0, 2, 1, -2, 5] as [Float], shape: [2, 3]))
    ]

    @Test func sameModelsAreEqual() throws {
        let report = try ModelComparison().compare(
            model(alpha: 0.1), with: model(alpha: 0.1), inputs: inputs)
        #expect(report.isEqual)
        #expect(report.divergence == nil)
        #expect(report.inputs.map(\.type) == ["float32[2, 3]"])
    }

    @Test func theFirstNodeThatDiffersIsNamed() throws {
        let report = try ModelComparison().compare(
            model(alpha: 0.2), with: model(alpha: 0.1), inputs: inputs)
        #expect(!report.isEqual)
        #expect(report.divergence?.value == "leaky")
        #expect(report.divergence?.node == .node(name: "leaky", type: "LeakyRelu"))
    }

    @Test func inputsAndOutputsOfOtherNamesAreMatchedByPosition() throws {
        let report = try ModelComparison().compare(
            model(alpha: 0.1, input: "a", output: "b"), with: model(alpha: 0.1), inputs: inputs)
        #expect(report.isEqual)
        #expect(report.outputs.map(\.name) == ["b"])
        #expect(report.outputs.map(\.expectedName) == ["y"])
    }

    @Test(arguments: [["in_0", "out_0"], ["x", "y"], ["in_x", "out_y"]])
    func recordingsAreMatchedByNameOrPosition(_ names: [String]) throws {
        // elu(leaky(x + 1)): -3 → -2 → -0.2 → e^-0.2 − 1
        let recording = Recording([
            names[0]: Tensor([-3, 0, 2] as [Float], shape: [1, 3]),
            names[1]: Tensor([-0.18126924692, 1, 3] as [Float], shape: [1, 3]),
        ])
        let report = try ModelComparison().compare(model(alpha: 0.1), with: recording)
        #expect(report.isEqual)
    }

    @Test func aRecordingWithoutAnInputIsRefused() throws {
        let recording = Recording(["other": Tensor([1] as [Float])])
        let error = #expect(throws: HingeError.self) {
            try ModelComparison().compare(model(alpha: 0.1), with: recording)
        }
        #expect(
            error?.description
                == "the recording has no input 'x' (or 'in_0'); it has 'other'")
    }

    @Test func madeUpInputsAreTheSameForTheSameSeed() throws {
        let model = try model(alpha: 0.1)
        let first = try InputGenerator(seed: 7).inputs(for: model)
        #expect(first == (try InputGenerator(seed: 7).inputs(for: model)))
        #expect(first != (try InputGenerator(seed: 8).inputs(for: model)))
        #expect(first["x"]?.tensor?.shape == [2, 3])
        let chosen = try InputGenerator(extents: ["N": 5]).inputs(for: model)
        #expect(chosen["x"]?.tensor?.shape == [5, 3])
    }
}
