import HingeGraph
import HingeOperators
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
        #expect(comparison.comparedCount == 3)
    }

    @Test func figuresAreThoseOfTheDefinitions() {
        let found = Tensor([3, 4.5] as [Double])
        let expected = Tensor([3, 4] as [Double])
        let comparison = TensorComparison(found, expected)
        #expect(comparison.largestAbsolute == 0.5)
        #expect(comparison.largestRelative == 0.125)
        // ‖(0, 0.5)‖ / ‖(3, 4)‖ = 0.5 / 5
        #expect(comparison.relativeL2 == 0.1)
        // 0.5 / max(4, √(25 / 2))
        #expect(comparison.largestScaled == 0.125)
        #expect(comparison.worstIndex == 1)
        #expect(
            comparison.mismatch
                == "the relative L2 error 0.1 is more than 1e-12; element [1]: expected 4.0, "
                + "found 4.5")
    }

    @Test func neighbouringNumbersAreOneULPApart() {
        let found = Tensor([Float(1).nextUp, -0.0, Float.leastNonzeroMagnitude] as [Float])
        let expected = Tensor([1, 0, -Float.leastNonzeroMagnitude] as [Float])
        // The last pair is two apart: both zeros count as one number.
        #expect(TensorComparison(found, expected).largestULP == 2)
    }

    @Test(arguments: [
        (Float.nan, Float.nan, true), (.infinity, .infinity, true), (.infinity, -.infinity, false),
        (.nan, 1, false), (1, .infinity, false), (1, .nan, false), (.nan, .infinity, false),
    ])
    func nonFiniteElementsMustAgree(_ found: Float, _ expected: Float, _ isEqual: Bool) {
        let comparison = TensorComparison(Tensor([found, 1]), Tensor([expected, 1]))
        #expect(comparison.isEqual == isEqual)
        #expect(comparison.nonFiniteMismatches == (isEqual ? 0 : 1))
        #expect(comparison.comparedCount == 1)
    }

    @Test func shapesAndTypesMustAgree() {
        let vector = Tensor([1, 2] as [Float])
        let column = Tensor([1, 2] as [Float], shape: [2, 1])
        #expect(
            TensorComparison(column, vector).mismatch == "expected shape [2], found [2, 1]")
        #expect(
            TensorComparison(Tensor([1, 2] as [Double]), vector).mismatch
                == "expected elements of type float32, found float64")
        #expect(TensorComparison(column, vector).relativeL2 == .infinity)
    }

    @Test func integersAndStringsAreComparedExactly() throws {
        let comparison = TensorComparison(
            Tensor([1, 5, 3] as [Int64]), Tensor([1, 2, 3] as [Int64]))
        #expect(comparison.mismatch == "element [1]: expected 2, found 5")
        #expect(comparison.largestAbsolute == 3)
        let strings = TensorComparison(
            try Tensor(strings: ["a", "b"], shape: [2]),
            try Tensor(strings: ["a", "c"], shape: [2]))
        #expect(strings.mismatch == "element [1]: expected 'c', found 'b'")
    }

    /// Integers that no `Double` tells apart.
    @Test func largeIntegersAreComparedExactly() {
        let large = Int64(1) << 53
        let signed = TensorComparison(Tensor([0, large + 1]), Tensor([0, large]))
        #expect(signed.mismatch == "element [1]: expected \(large), found \(large + 1)")
        let top = UInt64.max
        let unsigned = TensorComparison(Tensor([top, top - 1]), Tensor([top, top]))
        #expect(unsigned.mismatch == "element [1]: expected \(top), found \(top - 1)")
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
}

/// What the documentation of ``Tolerance`` promises, condition by condition.
@Suite struct ToleranceTests {
    private func normals(_ count: Int, scale: Double = 1) -> [Float] {
        var generator = SeededGenerator(seed: 3)
        return (0..<count).map { _ in Float(generator.normal() * scale) }
    }

    @Test(arguments: [(1.9e-6, true), (2.1e-6, false)])
    func theLimitIsOnTheRelativeL2Error(_ error: Double, _ isEqual: Bool) {
        let expected = normals(1000).map { Double($0) }
        let found = expected.map { $0 * (1 + error) }
        var tolerance = Tolerance(relativeL2: 2e-6)
        #expect(
            TensorComparison(Tensor(found), Tensor(expected), tolerance: tolerance).isEqual
                == isEqual)
        // As documented for float32 without a limit of one's own.
        tolerance = Tolerance()
        #expect(tolerance.relativeL2(for: .float32) == 2e-6)
        tolerance.allowsOtherRounding = true
        #expect(tolerance.relativeL2(for: .float32) == 1e-5)
    }

    /// In the norm, one element among a hundred thousand disappears.
    @Test func oneWrongElementAmongManyIsFound() {
        let expected = normals(100_000)
        var found = expected
        found[77_777] += 1e-3
        let comparison = TensorComparison(
            Tensor(found, shape: [100, 1000]), Tensor(expected, shape: [100, 1000]),
            tolerance: Tolerance(relativeL2: 1e-5))
        #expect(comparison.relativeL2 < 1e-5)
        #expect(comparison.mismatch?.hasPrefix("element [77, 777]: expected") == true)
        #expect(
            comparison.mismatch?.hasSuffix(
                "which is off by more than 1.6e-4 of the larger of its own size and the root mean square"
            ) == true)
    }

    /// After a softmax with one likely class, the norm and the largest error see that class alone.
    @Test func manySmallWrongElementsBesideALargeOneAreFound() {
        var expected = [Float](repeating: 1e-6, count: 1000)
        expected[0] = 1
        let found = [1] + expected.dropFirst().map { $0 * 1.1 }
        let comparison = TensorComparison(Tensor(found), Tensor(expected))
        #expect(comparison.relativeL2 < 2e-5)
        #expect(
            TensorComparison(
                Tensor(found), Tensor(expected), tolerance: Tolerance(relativeL2: 1e-5)
            ).mismatch == "999 of 1000 elements are off by more than 1.6e-4 of their own size")
    }

    /// Noise where the exact result is 0, as differences of equal sums have it, is no mistake.
    @Test func noiseBesideLargeElementsIsAllowed() {
        var expected = [Float](repeating: 0, count: 1000)
        expected[0] = 100
        let noise = (1..<1000).map { (index: Int) -> Float in Float(index % 3 - 1) * 1e-6 }
        let found: [Float] = [100] + noise
        #expect(TensorComparison(Tensor(found), Tensor(expected)).isEqual)
    }

    /// A model all of whose weights became zero has outputs near those of any model with tiny ones.
    @Test(arguments: [1e-9, 1e-20, 1e-30, 1e20, 1e30])
    func sizeDoesNotMatter(_ scale: Double) {
        let expected = normals(64, scale: scale)
        let zeros = [Float](repeating: 0, count: 64)
        for tolerance in [Tolerance(), Tolerance(relativeL2: 0.5)] {
            #expect(
                !TensorComparison(Tensor(zeros), Tensor(expected), tolerance: tolerance).isEqual)
            #expect(
                !TensorComparison(Tensor(expected), Tensor(zeros), tolerance: tolerance).isEqual)
        }
        let near = expected.map { $0 * (1 + 1e-7) }
        #expect(TensorComparison(Tensor(near), Tensor(expected)).isEqual)
    }

    @Test func sumsOfSquaresDoNotOverflow() {
        let expected = Tensor([1e300, -2e300] as [Double])
        #expect(TensorComparison(expected, expected).isEqual)
        let wrong = TensorComparison(Tensor([1e300, 2e300] as [Double]), expected)
        #expect(abs(wrong.relativeL2 - 4 / 5.0.squareRoot()) < 1e-12)
        #expect(!wrong.isEqual)
    }

    /// Kernels may write 0 for numbers below the smallest normal one.
    @Test func subnormalNumbersMayBecomeZero() {
        let tiny = Tensor([Float.leastNonzeroMagnitude * 1000, 1])
        #expect(TensorComparison(Tensor([0, 1] as [Float]), tiny).isEqual)
        #expect(
            !TensorComparison(Tensor([1e-37, 1e-37] as [Float]), Tensor([0, 0] as [Float])).isEqual)
    }

    @Test func aLimitOfZeroAsksForTheSameNumbers() {
        let exact = Tolerance(relativeL2: 0)
        let small = Float.leastNonzeroMagnitude * 1000
        let one = Tensor([1, small])
        #expect(TensorComparison(one, one, tolerance: exact).isEqual)
        #expect(
            !TensorComparison(Tensor([Float(1).nextUp, small]), one, tolerance: exact).isEqual)
        #expect(!TensorComparison(Tensor([1, 0] as [Float]), one, tolerance: exact).isEqual)
    }

    @Test func anAbsoluteLimitIsOnlyTheCallers() {
        let (found, expected) = (Tensor([1e-9] as [Float]), Tensor([0] as [Float]))
        #expect(!TensorComparison(found, expected).isEqual)
        #expect(
            TensorComparison(found, expected, tolerance: Tolerance(absolute: 1e-8)).isEqual)
    }

    @Test func complexNumbersAreComparedAsTheirParts() throws {
        var expected = try Tensor(zeros: .complex64, shape: [2])
        try expected.withUnsafeMutableBytes { bytes in
            for (index, part) in ([1, 2, 3, 4] as [Float]).enumerated() {
                bytes.storeBytes(of: part, toByteOffset: 4 * index, as: Float.self)
            }
        }
        var found = expected
        try found.withUnsafeMutableBytes {
            $0.storeBytes(of: Float(3).nextUp, toByteOffset: 8, as: Float.self)
        }
        #expect(TensorComparison(found, expected).isEqual)
        try found.withUnsafeMutableBytes { $0.storeBytes(of: -3, toByteOffset: 8, as: Float.self) }
        let comparison = TensorComparison(found, expected)
        #expect(comparison.mismatch?.contains("element [1]: expected 3.0, found -3.0") == true)
    }
}
