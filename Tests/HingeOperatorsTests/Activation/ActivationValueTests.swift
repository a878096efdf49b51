import HingeGraph
import Testing

@testable import HingeOperators

@Suite struct ActivationValueTests {
    @Test(arguments: ActivationValues.all, DataType.floats)
    func evaluates(_ function: FunctionCase, _ type: DataType) throws {
        try function.check(type)
    }

    /// What limits there are at the ends, by the formulas; ONNX's reference gives the same.
    @Test func keepsNaNAndReachesTheLimits() throws {
        let ends = Tensor([Double.nan, .infinity, -.infinity])
        func check(_ operator: any Operator, _ expected: [Double]) throws {
            let values = try OperatorHarness.value(`operator`, ends).array(of: Double.self)
            for (value, goal) in zip(values, expected) {
                #expect(value == goal || value.isNaN && goal.isNaN, "\(`operator`): \(values)")
            }
        }
        try check(Relu(), [.nan, .infinity, 0])
        try check(LeakyRelu(alpha: 0.5), [.nan, .infinity, -.infinity])
        try check(Elu(), [.nan, .infinity, -1])
        try check(Selu(alpha: 2, gamma: 3), [.nan, .infinity, -6])
        try check(Celu(alpha: 2), [.nan, .infinity, -2])
        try check(Sigmoid(), [.nan, 1, 0])
        try check(HardSigmoid(), [.nan, 1, 0])
        try check(Tanh(), [.nan, 1, -1])
        try check(Softplus(), [.nan, .infinity, 0])
        try check(Clip(minimum: -1, maximum: 1), [.nan, 1, -1])
        try check(Clip(), [.nan, .infinity, -.infinity])
        try check(Mish(), [.nan, .infinity, .nan])
    }

    @Test(arguments: [DataType.int8, .int16, .int32, .int64])
    func reluOfIntegers(_ type: DataType) throws {
        let x = try Tensor([Double](arrayLiteral: -100, -1, 0, 1, 100)).converted(to: type)
        #expect(try OperatorHarness.value(Relu(), x).doubles() == [0, 0, 0, 1, 100])
    }

    @Test(arguments: DataType.integers) func clipOfIntegers(_ type: DataType) throws {
        let x = try Tensor([Double](arrayLiteral: 0, 1, 5, 100)).converted(to: type)
        let bound = try Tensor(filledWith: 4, type, shape: [])
        #expect(try OperatorHarness.value(Clip(), x, nil, bound).doubles() == [0, 1, 4, 4])
        #expect(try OperatorHarness.value(Clip(), x, bound, nil).doubles() == [4, 4, 5, 100])
        #expect(try OperatorHarness.value(Clip(), x, nil, nil) == x)
        #expect(
            try OperatorHarness.value(Clip(minimum: 1, maximum: 5), x).doubles() == [1, 1, 5, 5])
    }

    @Test func clipTakesTheMaximumWhereTheBoundsCross() throws {
        let x = Tensor([Float(-2), 0, 6])
        let y = try OperatorHarness.value(Clip(minimum: 2, maximum: 1), x)
        #expect(try y.array(of: Float.self) == [1, 1, 1])
    }

    @Test func clipRefusesABoundOfAnotherType() {
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.value(Clip(), Tensor([Float(1)]), Tensor(scalar: Double(1)))
        }
        #expect(error?.message == "expected one float32 as input 1, found float64[]")
    }

    /// The expected numbers are those of ONNX's reference evaluator: computed as real numbers and cut off.
    @Test func shrinkOfIntegers() throws {
        let x = Tensor([Int32(-3), -2, -1, 0, 1, 2, 3])
        let y = try OperatorHarness.value(Shrink(bias: 0.5, lambda: 1.5), x)
        #expect(try y.array(of: Int32.self) == [-2, -1, 0, 0, 0, 1, 2])
    }

    @Test func swiGLUGatesTheSecondInput() throws {
        // Swish(1) = 0.7310585786300049, by mpmath.
        let y = try OperatorHarness.value(
            SwiGLU(), Tensor([Double(1), 0]), Tensor([Double(2), 7]))
        try expectClose(y, [2 * 0.7310585786300049, 0], units: 2)
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.value(SwiGLU(), Tensor([Double(1), 0]), Tensor([Double(2)]))
        }
        #expect(error?.message == "expected inputs of one shape, found [2] and [1]")
    }

    @Test func refusesWhatItDoesNotComputeWith() throws {
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.value(Elu(), Tensor([Int32(1)]))
        }
        #expect(error?.message == "input 0 of type int32 is not one the operator computes with")
    }

    /// The input's memory may be the output's: every result is as if it were not.
    @Test(arguments: ActivationValues.all) func writesInPlace(_ function: FunctionCase) throws {
        let x = (0..<3000).map { Float($0 % 200) / 8 - 12 }
        let expected = try OperatorHarness.value(function.function, Tensor(x))
        let tensor = Tensor(x)
        var context = EvaluationContext(inputs: [.tensor(tensor)], planned: [.tensor(tensor)])
        #expect(function.function.inPlaceInputs == [0])
        try function.function.evaluate(&context)
        #expect(context.outputs[0]?.tensor == expected)
        #expect(context.outputs[0]?.tensor?.region === tensor.region)
    }
}
