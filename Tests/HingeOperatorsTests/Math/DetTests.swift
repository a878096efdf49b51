import HingeGraph
import Testing

@testable import HingeOperators

/// The expected values come from NumPy 2.4.
@Suite struct DetTests {
    @Test func determinants() throws {
        let x = Tensor.wave(2, 3, 3)
        for type in DataType.floats {
            let y = try OperatorHarness.evaluate(Det(), [x.cast(to: type)])
            #expect(y[0]?.dataType == type)
            let tolerance = type == .bfloat16 ? 0x1p-8 : type == .float16 ? 0x1p-11 : 1e-15
            try expectClose(y[0], [0.8984375, -1.6171875], shape: [2], tolerance: tolerance)
        }
    }

    @Test func matricesOfAllKinds() throws {
        func determinant(_ elements: [Float], _ side: Int) throws -> Double {
            try OperatorHarness.value(Det(), Tensor(elements, shape: [side, side])).doubles()[0]
        }
        #expect(try determinant([], 0) == 1)
        #expect(try determinant([-3], 1) == -3)
        #expect(try determinant([0, 1, 1, 0], 2) == -1)
        #expect(try determinant([1, 2, 2, 4], 2) == 0)
        #expect(try determinant([1, .nan, 2, 4], 2).isNaN)
        #expect(try determinant([0, 1, 0, .nan], 2).isNaN)
    }

    @Test func shapes() throws {
        let inferred = try OperatorHarness.infer(Det(), [.tensor(.float32, ["N", "M", "M"])])
        #expect(inferred == [.tensor(.float32, ["N"])])
        #expect(
            message { _ = try OperatorHarness.infer(Det(), [.tensor(.float32, [2, 3])]) }
                == "expected square matrices, found [2, 3]")
    }
}
