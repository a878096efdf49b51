import HingeGraph

/// `gamma · x` where `x > 0`, `gamma · alpha · (eˣ − 1)` elsewhere; elementwise.
///
/// Source: ONNX Selu 1, 6, 22; Keras activation `selu`; Klambauer, Unterthiner, Mayr and Hochreiter,
/// "Self-normalizing neural networks", 2017.
public struct Selu: PreparedOperator {
    /// The value, negated, that large negative inputs approach before scaling.
    public var alpha: Float
    /// The factor of all outputs.
    public var gamma: Float

    /// The paper's `alpha`, in the precision of version 6.
    public static let standardAlpha: Float = 1.67326319217681884765625
    /// The paper's `gamma`, in the precision of version 6.
    public static let standardGamma: Float = 1.05070102214813232421875

    /// Creates the operator.
    public init(alpha: Float = Selu.standardAlpha, gamma: Float = Selu.standardGamma) {
        self.alpha = alpha
        self.gamma = gamma
    }
}

public extension Selu {
    static let type = "Selu"

    init(_ node: NodeReader) throws {
        let isOld = node.opset < 6
        alpha = try node.float("alpha", default: isOld ? 1.6732 : Selu.standardAlpha)
        gamma = try node.float("gamma", default: isOld ? 1.0507 : Selu.standardGamma)
    }

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type, [.float("alpha", alpha), .float("gamma", gamma)])
    }

    func infer(_ context: InferenceContext) -> [Inferred] { context.same() }

    var inPlaceInputs: [Int] { [0] }

    var locality: Locality { .elementwise }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function(alpha: alpha, gamma: gamma))
    }

    private struct Function: UnaryFunction {
        static var cost: Int { RealMath.cost }
        let alpha: Float
        let gamma: Float
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T {
            T(gamma) * (x < 0 ? T(alpha) * T.expm1(x) : x)
        }
    }
}

extension Selu: UnaryDerivative {
    /// `g · gamma where x > 0, g · (y + gamma · alpha) elsewhere`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        let slope = try steps.add(y, Double(gamma) * Double(alpha))
        return try steps.select(
            steps.isGreater(x, than: 0), steps.multiply(g, Double(gamma)), steps.multiply(g, slope))
    }
}
