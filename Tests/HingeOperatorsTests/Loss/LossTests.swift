import HingeGraph
import Testing

@testable import HingeOperators

/// The expected values come from PyTorch 2.13's `nll_loss`.
@Suite("Losses")
struct LossTests {
    static let scores = Tensor(
        [1, 2, 0, -1, 3, 0.5, 0, 1, 2, 2, -1, 4] as [Double], shape: [2, 3, 2])
    static let classes = Tensor([2, 0, 1, 255] as [Int64], shape: [2, 2])
    static let weights = Tensor([0.5, 2, 0.25] as [Double])
    static let cases: [(LossReduction, [Double])] = [
        (.none, [0.04246150488907142, 0.12065564832857852, 0.33969203911257134, 0]),
        (.sum, [0.5028091923302213]), (.mean, [0.18283970630189864]),
    ]

    @Test("Of scores and of log-probabilities, weighted, one class ignored", arguments: cases)
    func loss(_ reduction: LossReduction, _ expected: [Double]) throws {
        let entropy = SoftmaxCrossEntropyLoss(reduction: reduction, ignoredClass: 255)
        let likelihood = NegativeLogLikelihoodLoss(reduction: reduction, ignoredClass: 255)
        let outputs = try OperatorHarness.evaluate(
            entropy, [LossTests.scores, LossTests.classes, LossTests.weights], outputs: 2)
        let loss = try #require(outputs[0])
        #expect(loss.shape == (reduction == .none ? [2, 2] : []))
        try expectClose(loss, expected, units: 8)
        let logarithms = try OperatorHarness.value(LogSoftmax(axis: 1), LossTests.scores)
        try expectClose(#require(outputs[1]), logarithms.doubles(), units: 8, floor: 1)
        let other = try OperatorHarness.value(
            likelihood, outputs[1], LossTests.classes, LossTests.weights)
        try expectClose(other, expected, units: 8)
    }

    @Test("In narrower types", arguments: [DataType.float32, .float16, .bfloat16])
    func types(_ type: DataType) throws {
        let loss = try OperatorHarness.value(
            SoftmaxCrossEntropyLoss(), LossTests.scores.converted(to: type),
            Tensor([2, 0, 1, 1] as [Int32], shape: [2, 2]))
        #expect(loss.dataType == type)
        try expectClose(loss, [0.6877123388315035], units: 0.51)
    }

    @Test("A sum doesn't depend on how it is shared")
    func blocks() throws {
        var generator = SeededGenerator(seed: 4)
        let scores = Tensor(
            (0..<30000).map { _ in Float(generator.normal()) }, shape: [5000, 3, 2])
        let classes = Tensor(
            (0..<10000).map { _ in Int64(generator.next() % 3) }, shape: [5000, 2])
        let loss = NegativeLogLikelihoodLoss(reduction: .sum)
        let together = try OperatorHarness.value(loss, scores, classes)
        let alone = try ThreadTeam.$current.withValue(ThreadTeam(count: 1)) {
            try OperatorHarness.value(loss, scores, classes)
        }
        #expect(together == alone)
    }

    @Test("Classes out of range are refused unless they are ignored")
    func refusals() throws {
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.value(
                NegativeLogLikelihoodLoss(), LossTests.scores, LossTests.classes)
        }
        #expect(error?.message == "expected classes from 0 to 2, found 255")
        let shapes = #expect(throws: HingeError.self) {
            try OperatorHarness.value(
                NegativeLogLikelihoodLoss(), LossTests.scores, Tensor.ints(0, 1))
        }
        #expect(shapes?.message == "expected classes of shape [2, 2], found [2]")
    }
}
