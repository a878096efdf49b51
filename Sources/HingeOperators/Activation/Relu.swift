import HingeGraph

/// `y = max(0, x)`, elementwise.
///
/// Source: ONNX Relu 1, 6, 13, 14; Keras `ReLU()`. A NaN stays a NaN.
public struct Relu: PreparedOperator {
    /// Creates the operator.
    public init() {}
}

public extension Relu {
    static let type = "Relu"

    init(_ node: NodeReader) {}

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type)
    }

    func infer(_ context: InferenceContext) -> [Inferred] { context.same() }

    var inPlaceInputs: [Int] { [0] }

    var locality: Locality { .elementwise }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        moving(0, of: outputs)
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function(), Function())
    }

    private struct Function: UnaryFunction, UnaryIntegerFunction {
        static var isRoundedOnce: Bool { true }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { x < 0 ? 0 : x }
        @inline(__always)
        func callAsFunction<T: FixedWidthInteger>(_ x: T) -> T { x < 0 ? 0 : x }
    }
}

extension Relu: UnaryDerivative {
    /// `g where x > 0, 0 elsewhere: 0 at 0`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.keep(g, where: steps.isGreater(x, than: 0))
    }
}
