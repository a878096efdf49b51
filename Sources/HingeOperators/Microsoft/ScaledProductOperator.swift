import HingeGraph

/// A product of two matrices, each of which may be transposed before, times a factor.
public protocol ScaledProductOperator: MicrosoftOperator {
    /// The factor of the product.
    var alpha: Float { get }
    /// Whether the first matrix is transposed.
    var transposesA: Bool { get }
    /// Whether the second matrix is transposed.
    var transposesB: Bool { get }

    /// Creates the operator.
    init(alpha: Float, transposesA: Bool, transposesB: Bool)
}

extension ScaledProductOperator {
    /// Reads the attributes `alpha`, `transA` and `transB`.
    ///
    /// - Throws: ``HingeError`` when one is of another type.
    public init(_ node: NodeReader) throws {
        self.init(
            alpha: try node.float("alpha", default: 1),
            transposesA: try node.flag("transA", default: false),
            transposesB: try node.flag("transB", default: false))
    }

    /// The attributes as a node has them.
    public var attributes: [Attribute] {
        [
            .float("alpha", alpha), .int("transA", transposesA ? 1 : 0),
            .int("transB", transposesB ? 1 : 0),
        ]
    }
}
