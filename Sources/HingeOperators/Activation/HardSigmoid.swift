import HingeGraph

/// `max(0, min(1, alpha · x + beta))`, elementwise.
///
/// Source: ONNX HardSigmoid 1, 6, 22; Keras activation `hard_sigmoid`, whose `alpha` is 1/6.
public struct HardSigmoid: PreparedOperator {
    /// The slope of the middle part.
    public var alpha: Float
    /// The value at 0.
    public var beta: Float

    /// Creates the operator; the default slope is that of ONNX.
    public init(alpha: Float = 0.2, beta: Float = 0.5) {
        self.alpha = alpha
        self.beta = beta
    }
}

public extension HardSigmoid {
    static let type = "HardSigmoid"

    init(_ node: NodeReader) throws {
        alpha = try node.float("alpha", default: 0.2)
        beta = try node.float("beta", default: 0.5)
    }

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type, [.float("alpha", alpha), .float("beta", beta)])
    }

    func infer(_ context: InferenceContext) -> [Inferred] { context.same() }

    var inPlaceInputs: [Int] { [0] }

    var locality: Locality { .elementwise }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        guard alpha != 0 else { return [:] }
        let (slope, middle) = (Double(alpha), Double(beta))
        return [0: .near([-middle / slope, (1 - middle) / slope])]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function(alpha: alpha, beta: beta))
    }

    private struct Function: UnaryFunction {
        let alpha: Float
        let beta: Float
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T {
            let y = T(alpha) * x + T(beta)
            return y < 0 ? 0 : y > 1 ? 1 : y
        }
    }
}

extension HardSigmoid: UnaryDerivative {
    /// `alpha · g where 0 < y < 1, 0 elsewhere`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        let isInside = try steps.append(
            And(), steps.isGreater(y, than: 0), steps.isLess(y, than: 1))
        return try steps.keep(steps.multiply(g, Double(alpha)), where: isInside)
    }
}
