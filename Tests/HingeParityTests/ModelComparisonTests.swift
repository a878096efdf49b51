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
        #expect(
            report.notes == [
                "inputs of different names were matched by position: 'a' with 'x'",
                "outputs of different names were matched by position: 'b' with 'y'",
            ])
        let wrong = try ModelComparison().compare(
            model(alpha: 0.2, input: "a", output: "b"), with: model(alpha: 0.1), inputs: inputs)
        // What is fed to the node that is blamed is found under the name of the judged model.
        #expect(wrong.divergence?.value == "leaky")
    }

    /// A model of `outputs` that are its input plus 1, 2, ….
    private func sums(
        _ outputs: [(name: String, type: DataType, shape: Shape)], input: String = "x"
    ) throws -> Model {
        var graph = GraphBuilder()
        let x = graph.input(input, .float32, ["N", 3])
        for (index, output) in outputs.enumerated() {
            let term = graph.constant(Tensor(scalar: Float(index + 1)))
            var sum = try graph.append(Add(), x, term)
            if output.type != .float32 { sum = try graph.append(Cast(to: output.type), sum) }
            if output.shape.rank != 2 { sum = try graph.append(Flatten(axis: 0), sum) }
            graph.output(sum, output.name)
        }
        return graph.model()
    }

    @Test func outputsOfTheSameNamesAreMatchedByName() throws {
        let a = try sums([("p", .float32, ["N", 3]), ("q", .float32, ["N", 3])])
        var b = a
        b.graph.outputs.reverse()
        let report = try ModelComparison().compare(b, with: a, inputs: inputs)
        #expect(report.isEqual)
        #expect(report.outputs.map(\.name) == ["q", "p"])
        #expect(report.notes.isEmpty)
        // One name of two in common: the rest is what remains.
        let c = try sums([("p", .float32, ["N", 3]), ("r", .float32, ["N", 3])])
        #expect(try ModelComparison().compare(c, with: a, inputs: inputs).isEqual)
    }

    @Test func whatCannotBeMatchedIsAnError() throws {
        let one = try sums([("p", .float32, ["N", 3])])
        func message(_ model: Model) throws -> String {
            let error = try #require(throws: HingeError.self) {
                try ModelComparison().compare(model, with: one, inputs: inputs)
            }
            #expect(error.code == .mismatch)
            return error.description
        }
        #expect(
            try message(sums([("p", .float32, ["N", 3]), ("q", .float32, ["N", 3])]))
                == "expected 1 outputs ('p' float32[N, 3]), "
                + "found 2 ('p' float32[N, 3], 'q' float32[N, 3])")
        #expect(
            try message(sums([("q", .float64, ["N", 3])]))
                == "the outputs cannot be matched: expected 'p' float32[N, 3], "
                + "found 'q' float64[N, 3]")
        var other = try sums([("q", .float32, ["N", 3])])
        other.graph.inputs[0] = ValueInfo(name: "z", type: .tensor(.float32, ["N", 4]))
        #expect(
            try message(other)
                == "the inputs cannot be matched: expected 'x' float32[N, 3], found 'z' float32[N, 4]"
        )
        // What the models don't state shows when they run.
        var vague = try sums([("q", .float32, [6])])
        vague.graph.outputs[0].type = nil
        #expect(
            try message(vague)
                == "the outputs cannot be matched: by position, 'q' should be 'p', "
                + "but expected float32[2, 3], found float32[1, 6]")
    }

    @Test func otherTypesAndShapesOfOneNameAreADifference() throws {
        let expected = try sums([("p", .float32, ["N", 3])])
        for model in [try sums([("p", .float64, ["N", 3])]), try sums([("p", .float32, [6])])] {
            let report = try ModelComparison().compare(model, with: expected, inputs: inputs)
            #expect(report.verdict == .different)
            #expect(report.relativeL2 == .infinity)
        }
    }

    // MARK: - Reports that prove nothing

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func notFiniteEverywhereIsNotEqual(_ value: Float) throws {
        var graph = GraphBuilder()
        let x = graph.input("x", .float32, ["N", 3])
        let y = try graph.append(Mul(), x, graph.constant(Tensor(scalar: value)))
        graph.output(try graph.append(Abs(), y), "y")
        let model = graph.model()
        let report = try ModelComparison().compare(
            model, with: model,
            inputs: ["x": .tensor(Tensor([1, 2, 3] as [Float], shape: [1, 3]))])
        #expect(report.verdict == .nothingCompared)
        #expect(!report.isEqual)
        #expect(
            report.notes == ["output 'y' holds no finite number, so that nothing was compared"])
    }

    @Test func noElementsAreNotEqual() throws {
        let model = try sums([("p", .float32, ["N", 3])])
        let report = try ModelComparison().compare(
            model, with: model, inputs: ["x": .tensor(Tensor([Float](), shape: [0, 3]))])
        #expect(report.verdict == .nothingCompared)
        #expect(report.notes == ["output 'p' has no elements, so that nothing was compared"])
        #expect(!ParityReport().isEqual)
        #expect(
            ModelComparison().compare(.sequence([]), .sequence([]), ("a", "b"))
                .allSatisfy { $0.comparison.isEqual && $0.comparison.comparedCount == 0 })
    }

    @Test func oneFiniteNumberMakesAProof() {
        let tensor = Tensor([.nan, 1] as [Float])
        let outputs = ModelComparison().compare(.tensor(tensor), .tensor(tensor), ("a", "a"))
        var report = ParityReport()
        report.outputs = outputs
        #expect(report.isEqual)
    }

    @Test func aConstantOutputIsNoted() throws {
        let zero = GraphBuilder.Operand(name: "zero")
        var graph = GraphBuilder()
        let x = graph.input("x", .float32, ["N", 3])
        _ = graph.constant(Tensor(scalar: Float(0)), name: "zero")
        graph.output(try graph.append(Mul(), x, zero), "y")
        let report = try ModelComparison().compare(
            graph.model(), with: graph.model(), inputs: inputs)
        #expect(report.isEqual)
        #expect(
            report.notes == ["all elements of output 'y' are the same, which proves little"])
    }

    @Test func theWorstOfReportsComesFirst() throws {
        var (equal, nothing, different) = (ParityReport(), ParityReport(), ParityReport())
        let (one, two) = (
            Value.tensor(Tensor([1] as [Float])), Value.tensor(Tensor([2] as [Float]))
        )
        equal.outputs = ModelComparison().compare(one, one, ("a", "a"))
        different.outputs = ModelComparison().compare(one, two, ("a", "a"))
        nothing.outputs = []
        #expect(different.isWorse(than: nothing) && nothing.isWorse(than: equal))
        #expect(!equal.isWorse(than: equal) && !nothing.isWorse(than: different))
    }

    // MARK: - Other values

    @Test func sequencesMapsAndOptionalsAreComparedInside() throws {
        let (one, two) = (
            Value.tensor(Tensor([1] as [Float])), Value.tensor(Tensor([2] as [Float]))
        )
        func isEqual(_ a: Value, _ b: Value) -> Bool {
            ModelComparison().compare(a, b, ("a", "a")).allSatisfy(\.comparison.isEqual)
        }
        #expect(isEqual(.sequence([one, two]), .sequence([one, two])))
        #expect(!isEqual(.sequence([one, two]), .sequence([one, one])))
        #expect(!isEqual(.sequence([one]), .sequence([one, one])))
        #expect(!isEqual(.sequence([]), .sequence([one])))
        #expect(!isEqual(.optional(nil), .optional(one)))
        #expect(!isEqual(.optional(one), one))
        let keys = Tensor([1, 2] as [Int64])
        #expect(
            isEqual(.map(keys: keys, values: [one, two]), .map(keys: keys, values: [one, two])))
        #expect(
            !isEqual(
                .map(keys: Tensor([1, 3] as [Int64]), values: [one, two]),
                .map(keys: keys, values: [one, two])))
        #expect(
            !isEqual(.map(keys: keys, values: [one, one]), .map(keys: keys, values: [one, two])))
    }

    // MARK: - Made-up inputs

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
