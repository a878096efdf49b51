import HingeGraph
import Testing

@testable import HingeParity

@Suite struct TensorComparisonTests {
    @Test func equalTensorsDifferByNothing() {
        let tensor = Tensor([1, -2, 3.5] as [Float])
        let comparison = TensorComparison(tensor, tensor)
        #expect(comparison.isEqual)
        #expect(comparison.largestAbsolute == 0)
        #expect(comparison.relativeL2 == 0)
        #expect(comparison.largestULP == 0)
        #expect(comparison.worstIndex == nil)
    }

    @Test func figuresAreThoseOfTheDefinitions() {
        let found = Tensor([3, 4.5] as [Double])
        let expected = Tensor([3, 4] as [Double])
        let comparison = TensorComparison(found, expected)
        #expect(comparison.largestAbsolute == 0.5)
        #expect(comparison.largestRelative == 0.125)
        // ‖(0, 0.5)‖ / ‖(3, 4)‖ = 0.5 / 5
        #expect(comparison.relativeL2 == 0.1)
        #expect(comparison.worstIndex == 1)
        #expect(!comparison.isEqual)
    }

    @Test func neighbouringNumbersAreOneULPApart() {
        let found = Tensor([Float(1).nextUp, -0.0, Float.leastNonzeroMagnitude] as [Float])
        let expected = Tensor([1, 0, -Float.leastNonzeroMagnitude] as [Float])
        // The last pair is two apart: both zeros count as one number.
        #expect(TensorComparison(found, expected).largestULP == 2)
    }

    @Test(arguments: [
        (Float.nan, Float.nan, true), (.infinity, .infinity, true), (.infinity, -.infinity, false),
        (.nan, 1, false), (1, .infinity, false),
    ])
    func nonFiniteElementsMustAgree(_ found: Float, _ expected: Float, _ isEqual: Bool) {
        let comparison = TensorComparison(Tensor([found, 1]), Tensor([expected, 1]))
        #expect(comparison.isEqual == isEqual)
        #expect(comparison.nonFiniteMismatches == (isEqual ? 0 : 1))
    }

    @Test func shapesAndTypesMustAgree() {
        let vector = Tensor([1, 2] as [Float])
        let column = Tensor([1, 2] as [Float], shape: [2, 1])
        #expect(
            TensorComparison(column, vector).mismatch == "expected shape [2], found [2, 1]")
        #expect(
            TensorComparison(Tensor([1, 2] as [Double]), vector).mismatch
                == "expected elements of type float32, found float64")
    }

    @Test func integersAndStringsAreComparedExactly() throws {
        let comparison = TensorComparison(
            Tensor([1, 5, 3] as [Int64]), Tensor([1, 2, 3] as [Int64]))
        #expect(comparison.mismatch == "element 1: expected 2.0, found 5.0")
        #expect(comparison.largestAbsolute == 3)
        let strings = TensorComparison(
            try Tensor(strings: ["a", "b"], shape: [2]),
            try Tensor(strings: ["a", "c"], shape: [2]))
        #expect(strings.mismatch == "element 1: expected 'c', found 'b'")
    }

    /// Every byte but zero is true.
    @Test func booleansAreComparedByTruth() throws {
        var odd = Tensor([true, false], shape: [2])
        try odd.withUnsafeMutableBytes { $0[0] = 7 }
        #expect(TensorComparison(odd, Tensor([true, false], shape: [2])).isEqual)
        #expect(!TensorComparison(odd, Tensor([false, false], shape: [2])).isEqual)
    }

    /// A batch normalization with epsilon 1e-3 for 1e-5 changes outputs by about 5e-4: the
    /// customary elementwise limit of 1e-3 lets it pass, the relative L2 limit doesn't.
    @Test func aWrongEpsilonIsFound() {
        let inputs: [Float] = (0..<64).map { Float($0) / 16 - 2 }
        let right = inputs.map { $0 / (1 + 1e-5).squareRoot() }
        let wrong = inputs.map { $0 / (1 + 1e-3).squareRoot() }
        let comparison = TensorComparison(Tensor(wrong), Tensor(right))
        #expect(comparison.largestRelative < 1e-3)
        #expect(!comparison.isEqual)
    }

    @Test func allButZeroCountsAsZero() {
        let comparison = TensorComparison(Tensor([1e-9] as [Float]), Tensor([0] as [Float]))
        #expect(comparison.isEqual)
        #expect(comparison.relativeL2 > 0)
    }
}
