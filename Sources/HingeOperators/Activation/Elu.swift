import HingeGraph

/// `y = x` where `x > 0`, `alpha · (eˣ − 1)` elsewhere; elementwise.
///
/// Source: ONNX Elu 1, 6, 22; Keras `ELU(alpha)`; Clevert, Unterthiner and Hochreiter, "Fast and accurate
/// deep network learning by exponential linear units", 2015.
public struct Elu: PreparedOperator {
    /// The value, negated, that large negative inputs approach.
    public var alpha: Float

    /// Creates the operator.
    public init(alpha: Float = 1) {
        self.alpha = alpha
    }
}

public extension Elu {
    static let type = "Elu"

    init(_ node: NodeReader) throws {
        alpha = try node.float("alpha", default: 1)
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
        static var cost: Int { RealMath.cost }
        let alpha: Float
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T {
            x < 0 ? T(alpha) * T.expm1(x) : x
        }
    }
}

extension Elu: UnaryDerivative {
    /// `g where x > 0, g · (y + alpha) elsewhere`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.select(
            steps.isGreater(x, than: 0), g, steps.multiply(g, steps.add(y, Double(alpha))))
    }
}
