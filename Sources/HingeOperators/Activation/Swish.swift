import HingeGraph

/// `x / (1 + e^(−alpha·x))`, elementwise; with `alpha` 1 also called SiLU.
///
/// Source: ONNX Swish 24; Keras activation `silu`; Ramachandran, Zoph and Le, "Searching for activation
/// functions", 2017.
public struct Swish: PreparedOperator {
    /// The factor of `x` inside the sigmoid.
    public var alpha: Float

    /// Creates the operator.
    public init(alpha: Float = 1) {
        self.alpha = alpha
    }
}

public extension Swish {
    static let type = "Swish"

    init(_ node: NodeReader) throws {
        alpha = try node.float("alpha", default: 1)
    }

    /// Before version 24 it is `x · Sigmoid(alpha · x)`.
    func spell(_ speller: inout Speller) throws {
        if speller.opset >= 24 { return speller.emit(Self.type, [.float("alpha", alpha)]) }
        let x = speller.inputs[0]
        let scaled = alpha == 1 ? x : try speller.scaled(x, by: Double(alpha))
        let gate = speller.step("Sigmoid", [scaled])
        speller.emit("Mul", inputs: [x, gate], outputs: speller.outputs)
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
        func callAsFunction<T: RealElement>(_ x: T) -> T { x * T.sigmoid(T(alpha) * x) }
    }
}

extension Swish: UnaryDerivative {
    /// `g · (s + alpha · y · (1 − s)) with s = sigmoid(alpha · x)`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        let s = try steps.append(Sigmoid(), steps.multiply(x, Double(alpha)))
        let rest = try steps.multiply(steps.multiply(y, steps.subtract(1, s)), Double(alpha))
        return try steps.multiply(g, steps.add(s, rest))
    }
}
