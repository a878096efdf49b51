import HingeGraph

/// `MatMul` of matrices that are transposed before, times a factor.
///
/// `a`: `[batch…, M, K]`, `b`: `[batch…, K, N]`, where neither is transposed; the result: `[batch…, M, N]`. M, K and N are rows
/// and columns.
///
/// Source: ONNX Runtime's FusedMatMul 1 of the domain com.microsoft.
public struct FusedMatMul: MicrosoftOperator {
    /// The factor of the product.
    public var alpha: Float
    /// How `a` is transposed.
    public var first: Transposition
    /// How `b` is transposed.
    public var second: Transposition

    /// How an input is transposed.
    public struct Transposition: Sendable, Hashable {
        /// Whether its last two dimensions are exchanged.
        public var isOn: Bool
        /// Whether, before that, its first dimension is put behind the other batch dimensions.
        public var movesBatch: Bool

        /// Creates a description.
        public init(isOn: Bool = false, movesBatch: Bool = false) {
            self.isOn = isOn
            self.movesBatch = movesBatch
        }
    }

    /// Creates the operator.
    public init(
        alpha: Float = 1, first: Transposition = Transposition(),
        second: Transposition = Transposition()
    ) {
        self.alpha = alpha
        self.first = first
        self.second = second
    }
}

public extension FusedMatMul {
    static let type = "FusedMatMul"

    init(_ node: NodeReader) throws {
        alpha = try node.float("alpha", default: 1)
        first = Transposition(
            isOn: try node.flag("transA", default: false),
            movesBatch: try node.flag("transBatchA", default: false))
        second = Transposition(
            isOn: try node.flag("transB", default: false),
            movesBatch: try node.flag("transBatchB", default: false))
    }

    var attributes: [Attribute] {
        [
            .float("alpha", alpha), .int("transA", first.isOn ? 1 : 0),
            .int("transB", second.isOn ? 1 : 0),
            .int("transBatchA", first.movesBatch ? 1 : 0),
            .int("transBatchB", second.movesBatch ? 1 : 0),
        ]
    }

    func compose(_ steps: inout Composition) throws {
        let a = try transposed(steps.input(0), first, &steps)
        let b = try transposed(steps.input(1), second, &steps)
        let product = try steps.append(MatMul(), a, b)
        guard alpha != 1 else { return steps.give(product) }
        let factor = try steps.number(Double(alpha), like: product)
        steps.give(try steps.append(Mul(), product, factor))
    }

    private func transposed(
        _ operand: Composition.Operand, _ transposition: Transposition, _ steps: inout Composition
    ) throws -> Composition.Operand {
        guard transposition.isOn || transposition.movesBatch else { return operand }
        let rank = try steps.knownShape(operand).rank
        // A vector is what it is.
        guard rank >= 2 else { return operand }
        var order = Array(0..<rank)
        if transposition.movesBatch, rank > 2 {
            order = Array(1..<rank - 1) + [0, rank - 1]
        }
        if transposition.isOn { order.swapAt(rank - 2, rank - 1) }
        return try steps.append(Transpose(order), operand)
    }
}
