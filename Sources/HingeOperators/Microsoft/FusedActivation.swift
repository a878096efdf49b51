import HingeGraph

/// The activation that an operator of ONNX Runtime applies to its result: its name in the standard, and its parameters.
public struct FusedActivation: Sendable, Hashable {
    /// The name.
    public let name: String
    /// The parameters, in the order alpha, beta, gamma, or minimum, maximum; `nil` for the default.
    public let parameters: [Float?]
    /// The operator of the standard.
    let operation: any Operator

    /// Creates an activation.
    ///
    /// - Throws: ``HingeError`` when there is none of that name.
    public init(_ name: String, parameters: [Float?] = []) throws {
        self.name = name
        self.parameters = parameters
        func parameter(_ index: Int, _ value: Float) -> Float {
            (index < parameters.count ? parameters[index] : nil) ?? value
        }
        switch name {
        case "Relu": operation = Relu()
        case "Sigmoid": operation = Sigmoid()
        case "Tanh": operation = Tanh()
        case "Softplus": operation = Softplus()
        case "Softsign": operation = Softsign()
        case "LeakyRelu": operation = LeakyRelu(alpha: parameter(0, 0.01))
        case "Elu": operation = Elu(alpha: parameter(0, 1))
        case "Celu": operation = Celu(alpha: parameter(0, 1))
        case "ThresholdedRelu": operation = ThresholdedRelu(alpha: parameter(0, 1))
        case "HardSigmoid":
            operation = HardSigmoid(alpha: parameter(0, 0.2), beta: parameter(1, 0.5))
        case "Clip":
            operation = Clip(
                minimum: parameters.first.flatMap { $0 },
                maximum: parameters.dropFirst().first.flatMap { $0 })
        default:
            throw HingeError(
                .unsupported, "the activation '\(name)' is not supported",
                at: [.attribute("activation")])
        }
    }

    /// Whether two activations have the same name and parameters.
    public static func == (left: Self, right: Self) -> Bool {
        left.name == right.name && left.parameters == right.parameters
    }

    /// Feeds name and parameters.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(parameters)
    }
}
