import HingeGraph

/// `x + bias` where `x < −lambda`, `x − bias` where `x > lambda`, 0 between; elementwise.
///
/// Integers are computed as real numbers, and the result is cut off.
///
/// Source: ONNX Shrink 9; Keras activations `soft_shrink` (bias = lambda) and `hard_shrink` (bias = 0).
public struct Shrink: PreparedOperator {
    /// What is taken off, towards 0.
    public var bias: Float
    /// Half the width of the interval that becomes 0.
    public var lambda: Float

    /// Creates the operator.
    public init(bias: Float = 0, lambda: Float = 0.5) {
        self.bias = bias
        self.lambda = lambda
    }
}

public extension Shrink {
    static let type = "Shrink"

    init(_ node: NodeReader) throws {
        bias = try node.float("bias", default: 0)
        lambda = try node.float("lambd", default: 0.5)
    }

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type, [.float("bias", bias), .float("lambd", lambda)])
    }

    func infer(_ context: InferenceContext) -> [Inferred] { context.same() }

    var inPlaceInputs: [Int] { [0] }

    var locality: Locality { .elementwise }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [0: .near([-Double(lambda), Double(lambda)])]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let function = Function(bias: bias, lambda: lambda)
        return try context.map(function, function)
    }

    private struct Function: UnaryFunction, UnaryIntegerFunction {
        static var isRoundedOnce: Bool { true }
        let bias: Float
        let lambda: Float
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T {
            x < -T(lambda) ? x + T(bias) : x > T(lambda) ? x - T(bias) : 0
        }
        @inline(__always)
        func callAsFunction<T: FixedWidthInteger>(_ x: T) -> T {
            let value: Double = self(Double(x))
            return T(saturating: value)
        }
    }
}

extension Shrink: UnaryDerivative {
    /// `g where x < −lambda or x > lambda, 0 elsewhere`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        let isOutside = try steps.append(
            Or(), steps.isLess(x, than: -Double(lambda)), steps.isGreater(x, than: Double(lambda)))
        return try steps.keep(g, where: isOutside)
    }
}
