import HingeGraph

/// `Gemm` with an activation.
///
/// Source: ONNX Runtime's FusedGemm 1 of the domain com.microsoft.
public struct FusedGemm: MicrosoftOperator {
    /// The product.
    public var product: Gemm
    /// What is applied to it.
    public var activation: FusedActivation?

    /// Creates the operator.
    public init(_ product: Gemm, activation: FusedActivation? = nil) {
        self.product = product
        self.activation = activation
    }
}

public extension FusedGemm {
    static let type = "FusedGemm"

    private static let parameters = ["activation_alpha", "activation_beta", "activation_gamma"]

    init(_ node: NodeReader) throws {
        product = Gemm(
            alpha: try node.float("alpha", default: 1), beta: try node.float("beta", default: 1),
            transposesA: try node.flag("transA", default: false),
            transposesB: try node.flag("transB", default: false))
        activation = try node.string("activation").map {
            try FusedActivation($0, parameters: Self.parameters.map { try node.float($0) })
        }
    }

    var attributes: [Attribute] {
        var attributes: [Attribute] = [
            .float("alpha", product.alpha), .float("beta", product.beta),
            .int("transA", product.transposesA ? 1 : 0),
            .int("transB", product.transposesB ? 1 : 0),
        ]
        if let activation {
            attributes.append(.string("activation", activation.name))
            for (name, value) in zip(Self.parameters, activation.parameters) {
                if let value { attributes.append(.float(name, value)) }
            }
        }
        return attributes
    }

    func compose(_ steps: inout Composition) throws {
        let y = try steps.append(
            product, steps.input(0), steps.input(1), steps.optionalInput(2))
        steps.give(try activation.map { try steps.append($0.operation, y) } ?? y)
    }
}
