import HingeGraph

/// `y = x` where `x > alpha`, 0 elsewhere; elementwise.
///
/// Source: ONNX ThresholdedRelu 10, 22; Keras `ReLU(threshold)`.
public struct ThresholdedRelu: PreparedOperator {
    /// The threshold.
    public var alpha: Float

    /// Creates the operator.
    public init(alpha: Float = 1) {
        self.alpha = alpha
    }
}

public extension ThresholdedRelu {
    static let type = "ThresholdedRelu"

    init(_ node: NodeReader) throws {
        alpha = try node.float("alpha", default: 1)
    }

    /// In version 9 it is `Where(x > alpha, x, 0)`.
    func spell(_ speller: inout Speller) throws {
        if speller.opset == 9 {
            let threshold = try speller.scalar(Double(alpha), like: 0)
            let isAbove = speller.step("Greater", [speller.inputs[0], threshold])
            let zero = try speller.scalar(0, like: 0)
            return speller.emit(
                "Where", inputs: [isAbove, speller.inputs[0], zero], outputs: speller.outputs)
        }
        if speller.opset < 9 { throw speller.needs(9, Self.type) }
        speller.emit(Self.type, [.float("alpha", alpha)])
    }

    func infer(_ context: InferenceContext) -> [Inferred] { context.same() }

    var inPlaceInputs: [Int] { [0] }

    var locality: Locality { .elementwise }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [0: .near([Double(alpha)])]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function(alpha: alpha))
    }

    private struct Function: UnaryFunction {
        static var isRoundedOnce: Bool { true }
        let alpha: Float
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { x > T(alpha) ? x : 0 }
    }
}

extension ThresholdedRelu: UnaryDerivative {
    /// `g where x > alpha, 0 elsewhere`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.keep(g, where: steps.isGreater(x, than: Double(alpha)))
    }
}
