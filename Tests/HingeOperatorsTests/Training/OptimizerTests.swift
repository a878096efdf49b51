import HingeGraph
import Testing

@testable import HingeOperators

/// The expected values come from ONNX's reference evaluator 1.23, in double precision.
@Suite("Optimizers")
struct OptimizerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var step: any Operator
        var count: Int64
        var states: [[Double]]
        var expected: [[Double]]
    }

    static let v = [0.1, -0.3]
    static let h = [0.2, 0.05]
    static let adam = Adam(
        alpha: 0.9, beta: 0.99, epsilon: 1e-5, normCoefficient: 0.01, postNormCoefficient: 0.05)
    static let cases = [
        Case(
            testDescription: "Adam", step: adam, count: 3, states: [v, h],
            expected: [
                [0.9309812281276525, -1.8332876613163127],
                [0.14100000975281002, -0.24699998731911182],
                [0.2006009994245619, 0.05002899997439981],
            ]),
        Case(
            testDescription: "Adam, first", step: adam, count: 0, states: [v, h],
            expected: [
                [0.9200934362405986, -1.7950964428195317],
                [0.14100000975281002, -0.24699998731911182],
                [0.2006009994245619, 0.05002899997439981],
            ]),
        Case(
            testDescription: "Adagrad",
            step: Adagrad(decayFactor: 0.1, epsilon: 1e-5, normCoefficient: 0.01), count: 3,
            states: [h],
            expected: [
                [0.942164525501994, -2.055152252804459],
                [0.46009999977201227, 0.10290000020563603],
            ]),
        Case(
            testDescription: "Momentum",
            step: Momentum(alpha: 0.9, beta: 0.7, normCoefficient: 0.01),
            count: 3, states: [v],
            expected: [
                [0.9553000008620322, -1.989100000472367],
                [0.4469999913796783, -0.10899999527633192],
            ]),
        Case(
            testDescription: "Momentum, first",
            step: Momentum(alpha: 0.9, beta: 0.7, normCoefficient: 0.01), count: 0, states: [v],
            expected: [
                [0.9400000002607704, -1.9960000007599592],
                [0.5999999973922968, -0.0399999924004078],
            ]),
        Case(
            testDescription: "Momentum by Nesterov's rule",
            step: Momentum(mode: .nesterov, alpha: 0.9, beta: 0.7, normCoefficient: 0.01), count: 3,
            states: [v],
            expected: [
                [0.9087700018639118, -2.01319000072971],
                [0.4469999913796783, -0.10899999527633192],
            ]),
    ]

    @Test("A step of two tensors of two types", arguments: cases)
    func step(_ sample: Case) throws {
        let groups = [[1, -2], [0.5, 0.25]] + sample.states
        // Each in double precision, then as a matrix of `float32`.
        let tensors = groups.flatMap { numbers in
            [Tensor(numbers), Tensor(numbers.map { Float($0) }, shape: [2, 1])]
        }
        let inputs = [Tensor(scalar: 0.1), Tensor(scalar: sample.count)] + tensors
        let count = 2 * sample.expected.count
        let outputs = try OperatorHarness.evaluate(sample.step, inputs, outputs: count)
        for (index, expected) in sample.expected.enumerated() {
            try expectClose(#require(outputs[2 * index]), expected, units: 4)
            let narrow = try #require(outputs[2 * index + 1])
            #expect(narrow.shape == [2, 1])
            // The inputs are rounded, too.
            try expectClose(narrow, expected, units: 2, floor: 1)
        }
        let known = inputs.map { Inferred.tensor($0.dataType, Shape($0.shape)) }
        let inferred = try OperatorHarness.infer(sample.step, known, outputs: count)
        for (output, inferred) in zip(outputs, inferred) {
            #expect(output?.dataType == inferred.type?.dataType)
            #expect(output?.shape == inferred.type?.shape?.extents)
        }
    }

    @Test("Inputs that belong to no tensor are refused")
    func refusals() throws {
        let one = Tensor(scalar: Float(1))
        let inputs = [one, Tensor(scalar: Int64(1)), one, one]
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.evaluate(Adagrad(), inputs)
        }
        #expect(error?.message == "expected 2 inputs and 3 for each tensor, found 4")
        let shapes = #expect(throws: HingeError.self) {
            try OperatorHarness.evaluate(Adagrad(), inputs + [Tensor.counting(2)])
        }
        #expect(shapes?.message == "expected input 4 to be float32[], found float32[2]")
    }
}
