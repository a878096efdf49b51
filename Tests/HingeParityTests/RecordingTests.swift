import HingeGraph
import HingeOperators
import Testing

@testable import HingeParity

@Suite("Recordings")
struct RecordingTests {
    /// `y = elu(leakyRelu(x + 1))`, and with a second output `z = x + 1`.
    private func model(hasSum: Bool = false) throws -> Model {
        var graph = GraphBuilder()
        let x = graph.input("x", .float32, ["N", 3])
        let sum = try graph.append(Add(), x, graph.constant(Tensor(scalar: 1 as Float)))
        let leaky = try graph.append(LeakyRelu(alpha: 0.1), sum)
        graph.output(try graph.append(Elu(), leaky), "y")
        if hasSum { graph.output(sum, "z") }
        return graph.model()
    }

    private let x = Tensor([-3, 0, 2] as [Float], shape: [1, 3])
    // elu(leaky(x + 1)): -3 → -2 → -0.2 → e^-0.2 − 1
    private let y = Tensor([-0.18126924692, 1, 3] as [Float], shape: [1, 3])
    private let z = Tensor([-2, 1, 3] as [Float], shape: [1, 3])

    @Test(
        "Members are matched by name or position",
        arguments: [["in_0", "out_0"], ["x", "y"], ["in_x", "out_y"]])
    func names(_ names: [String]) throws {
        let recording = Recording([names[0]: x, names[1]: y])
        #expect(try ModelComparison().compare(model(), with: recording).isEqual)
        let wrong = Recording([names[0]: x, names[1]: z])
        #expect(try ModelComparison().compare(model(), with: wrong).verdict == .different)
    }

    private func message(_ tensors: [String: Tensor], hasSum: Bool = false) throws -> String {
        let error = try #require(throws: HingeError.self) {
            try ModelComparison().compare(model(hasSum: hasSum), with: Recording(tensors))
        }
        #expect(error.code == .mismatch)
        return error.description
    }

    @Test("What isn't there, or belongs to nothing, is an error")
    func errors() throws {
        #expect(
            try message(["other": x])
                == "the recording has no input 'x' (or 'in_0'); it has 'other'")
        #expect(
            try message(["x": x, "yy": y])
                == "the recording has no output, by name or as 'out_0'; it has 'x', 'yy'")
        let belongs = "is no input or output of the model, which has 'x', 'y'"
        #expect(
            try message(["x": x, "out_0": y, "out_1": z])
                == "the recording's member 'out_1' \(belongs)")
        #expect(
            try message(["in_0": x, "in_1": x, "y": y])
                == "the recording's member 'in_1' \(belongs)")
        // A misspelled output leaves one uncompared.
        #expect(
            try message(["x": x, "y": y, "zz": z], hasSum: true)
                == "the recording's member 'zz' \(belongs), 'z'")
    }

    @Test("What isn't compared is noted")
    func notes() throws {
        let labelled = try ModelComparison().compare(
            model(), with: Recording(["x": x, "y": y, "labels": Tensor([1] as [Int64])]))
        #expect(labelled.isEqual)
        #expect(labelled.notes == ["the recording's member 'labels' was not used"])
        let partial = try ModelComparison().compare(
            model(hasSum: true), with: Recording(["x": x, "y": y]))
        #expect(partial.isEqual)
        #expect(partial.notes == ["output 'z' is not in the recording and was not compared"])
    }

    @Test("Every recorded output is compared")
    func allOutputs() throws {
        let right = Recording(["x": x, "y": y, "z": z])
        #expect(try ModelComparison().compare(model(hasSum: true), with: right).isEqual)
        let wrong = Recording(["x": x, "y": y, "z": y])
        let report = try ModelComparison().compare(model(hasSum: true), with: wrong)
        #expect(report.outputs.map(\.comparison.isEqual) == [true, false])
        #expect(report.verdict == .different)
    }

    @Test("Another type or shape is a difference")
    func types() throws {
        let double = Tensor([-0.18126924692, 1, 3] as [Double], shape: [1, 3])
        for output in [double, try y.reshaped(to: [3])] {
            let report = try ModelComparison().compare(
                model(), with: Recording(["x": x, "y": output]))
            #expect(report.verdict == .different)
        }
    }
}
