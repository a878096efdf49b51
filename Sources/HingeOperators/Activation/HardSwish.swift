import HingeGraph

/// `x · max(0, min(1, x/6 + 1/2))`, elementwise.
///
/// Source: ONNX HardSwish 14, 22; Keras activation `hard_silu`; Howard et al., "Searching for MobileNetV3", 2019.
public struct HardSwish: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension HardSwish {
    static let type = "HardSwish"

    /// Before version 14 it is `x · HardSigmoid(x)`.
    func spell(_ speller: inout Speller) {
        if speller.opset >= 14 { return speller.emit(Self.type) }
        let gate = speller.step(
            "HardSigmoid", speller.inputs, [.float("alpha", 1 / 6), .float("beta", 0.5)])
        speller.emit("Mul", inputs: [speller.inputs[0], gate], outputs: speller.outputs)
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [0: .near([-3, 3])]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function())
    }

    private struct Function: UnaryFunction {
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T {
            let gate = x * (1 / 6) + 0.5
            return x * (gate < 0 ? 0 : gate > 1 ? 1 : gate)
        }
    }
}
