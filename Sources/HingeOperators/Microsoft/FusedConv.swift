import HingeGraph

/// `Conv` with a bias, another tensor added to its result, and an activation.
///
/// Inputs: those of ``Conv``, `[N, C, spatial…]`, `[M, C / group, kernel…]` and, optional, `[M]`; optional: what is added, of
/// the shape of the result, `[N, M, spatial…]`. N is the batch, C the channels, M the feature maps.
///
/// Source: ONNX Runtime's FusedConv 1 of the domain com.microsoft.
public struct FusedConv: MicrosoftOperator {
    /// The convolution.
    public var convolution: Conv
    /// What is applied to the sum.
    public var activation: FusedActivation?

    /// Creates the operator.
    public init(_ convolution: Conv, activation: FusedActivation? = nil) {
        self.convolution = convolution
        self.activation = activation
    }
}

public extension FusedConv {
    static let type = "FusedConv"

    init(_ node: NodeReader) throws {
        convolution = try Conv(node.asNewest)
        activation = try node.string("activation").map {
            try FusedActivation($0, parameters: node.floats("activation_params") ?? [])
        }
    }

    var attributes: [Attribute] {
        var attributes = convolution.attributes
        if let activation {
            attributes.append(.string("activation", activation.name))
            if !activation.parameters.isEmpty {
                attributes.append(
                    .floats("activation_params", activation.parameters.map { $0 ?? 0 }))
            }
        }
        return attributes
    }

    func compose(_ steps: inout Composition) throws {
        let product = try steps.append(
            convolution, steps.input(0), steps.input(1), steps.optionalInput(2))
        let sum = try steps.sum(product, steps.optionalInput(3))
        steps.give(try activation.map { try steps.append($0.operation, sum) } ?? sum)
    }
}
