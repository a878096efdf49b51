import HingeGraph

/// `max(0, x) + min(0, alpha · (e^(x/alpha) − 1))`, elementwise.
///
/// Source: ONNX Celu 12, 28; Keras activation `celu`; Barron, "Continuously differentiable exponential
/// linear units", 2017.
public struct Celu: PreparedOperator {
    /// The value, negated, that large negative inputs approach.
    public var alpha: Float

    /// Creates the operator.
    public init(alpha: Float = 1) {
        self.alpha = alpha
    }
}

public extension Celu {
    static let type = "Celu"

    init(_ node: NodeReader) throws {
        alpha = try node.float("alpha", default: 1)
    }

    /// Where the version doesn't have it, or not for the element type, it is `alpha · Elu(x / alpha)`.
    func spell(_ speller: inout Speller) throws {
        let type = speller.dataType(0)
        let isSpelled = speller.opset >= 28 || speller.opset >= 12 && (type ?? .float32) == .float32
        if isSpelled { return speller.emit(Self.type, [.float("alpha", alpha)]) }
        if alpha == 1 { return speller.emit("Elu", [.float("alpha", 1)]) }
        let scaled = try speller.scaled(speller.inputs[0], by: 1 / Double(alpha))
        let bent = speller.step("Elu", [scaled], [.float("alpha", 1)])
        let factor = try Tensor(filledWith: Double(alpha), speller.elementType(0), shape: [])
        try speller.append(
            Mul(), [bent, speller.constant(factor)], outputs: speller.outputs,
            known: [speller.known.first ?? nil, Inferred(constant: factor)])
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
            x < 0 ? T(alpha) * T.expm1(x / T(alpha)) : x
        }
    }
}

extension Celu: UnaryDerivative {
    /// `g where x > 0, g · (y / alpha + 1) elsewhere`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        let slope = try steps.add(steps.multiply(y, 1 / Double(alpha)), 1)
        return try steps.select(steps.isGreater(x, than: 0), g, steps.multiply(g, slope))
    }
}
