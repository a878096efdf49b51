import HingeGraph

/// `y = x` where `x ≥ 0`, `alpha · x` elsewhere; elementwise.
///
/// Source: ONNX LeakyRelu 1, 6, 16; Keras `LeakyReLU(negative_slope)`, whose default is 0.3.
public struct LeakyRelu: PreparedOperator {
    /// The slope of the negative part.
    public var alpha: Float

    /// Creates the operator; the default slope is that of ONNX.
    public init(alpha: Float = 0.01) {
        self.alpha = alpha
    }
}

public extension LeakyRelu {
    static let type = "LeakyRelu"

    init(_ node: NodeReader) throws {
        alpha = try node.float("alpha", default: 0.01)
    }

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type, [.float("alpha", alpha)])
    }

    func infer(_ context: InferenceContext) -> [Inferred] { context.same() }

    var inPlaceInputs: [Int] { [0] }

    var locality: Locality { .elementwise }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function(alpha: alpha))
    }

    private struct Function: UnaryFunction {
        static var isRoundedOnce: Bool { true }
        let alpha: Float
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { x < 0 ? T(alpha) * x : x }
    }
}

extension LeakyRelu: UnaryDerivative {
    /// `g where x > 0, alpha · g elsewhere`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.select(
            steps.isGreater(x, than: 0), g, steps.multiply(g, Double(alpha)))
    }
}
