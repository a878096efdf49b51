import HingeGraph

/// `a / (1 + e^(−alpha·a)) · b`, elementwise, of inputs of one shape: `b` gated by the swish of `a`.
///
/// Source: ONNX SwiGLU 28; Shazeer, "GLU variants improve transformer", 2020.
public struct SwiGLU: PreparedOperator {
    /// The factor of `a` inside the sigmoid.
    public var alpha: Float

    /// Creates the operator.
    public init(alpha: Float = 1) {
        self.alpha = alpha
    }
}

public extension SwiGLU {
    static let type = "SwiGLU"

    init(_ node: NodeReader) throws {
        alpha = try node.float("alpha", default: 1)
    }

    /// Before version 28 it is `Swish(a) · b`.
    func spell(_ speller: inout Speller) throws {
        if speller.opset >= 28 { return speller.emit(Self.type, [.float("alpha", alpha)]) }
        let gate = try speller.append(
            Swish(alpha: alpha), [speller.inputs[0]], known: Array(speller.known.prefix(1)))
        speller.emit("Mul", inputs: [gate, speller.inputs[1]], outputs: speller.outputs)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        if let a = context.shape(0)?.extents, let b = context.shape(1)?.extents {
            try context.require(a == b, "expected inputs of one shape, found \(a) and \(b)")
        }
        return context.same()
    }

    var inPlaceInputs: [Int] { [0, 1] }

    var locality: Locality { .broadcasting }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let (a, b) = (try context.input(0), try context.input(1))
        guard a.shape == b.shape else {
            throw HingeError(
                .mismatch, "expected inputs of one shape, found \(a.shape) and \(b.shape)")
        }
        return try context.map(Function(alpha: alpha))
    }

    private struct Function: BinaryFunction {
        static var cost: Int { RealMath.cost }
        static var isRoundedOnce: Bool { false }
        let alpha: Float
        @inline(__always)
        func callAsFunction<T: RealElement>(_ a: T, _ b: T) -> T { a * T.sigmoid(T(alpha) * a) * b }
    }
}

extension SwiGLU: RespelledOperator {
    static var derivativeVersion: Int { 27 }
}
