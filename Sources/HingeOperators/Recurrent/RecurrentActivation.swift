import HingeGraph

/// An activation inside a recurrent operator.
///
/// Source: ONNX RNN, GRU and LSTM, attribute `activations`; the defaults are those of the operators of the same names.
public enum RecurrentActivation: Sendable, Hashable {
    case relu
    case tanh
    case sigmoid
    case softsign
    case softplus
    /// `alpha · x + beta`.
    case affine(alpha: Float = 1, beta: Float = 0)
    case leakyRelu(alpha: Float = 0.01)
    /// `x` where `x ≥ alpha`, 0 elsewhere.
    case thresholdedRelu(alpha: Float = 1)
    /// `alpha · tanh(beta · x)`.
    case scaledTanh(alpha: Float = 1, beta: Float = 1)
    /// `alpha · x + beta`, held between 0 and 1.
    case hardSigmoid(alpha: Float = 0.2, beta: Float = 0.5)
    case elu(alpha: Float = 1)
}

extension RecurrentActivation {
    /// The name in the attribute `activations`.
    var name: String {
        switch self {
        case .relu: "Relu"
        case .tanh: "Tanh"
        case .sigmoid: "Sigmoid"
        case .softsign: "Softsign"
        case .softplus: "Softplus"
        case .affine: "Affine"
        case .leakyRelu: "LeakyRelu"
        case .thresholdedRelu: "ThresholdedRelu"
        case .scaledTanh: "ScaledTanh"
        case .hardSigmoid: "HardSigmoid"
        case .elu: "Elu"
        }
    }

    /// The numbers that the activation takes from the attributes `activation_alpha` and `activation_beta`.
    var parameters: (alpha: Float?, beta: Float?) {
        switch self {
        case .relu, .tanh, .sigmoid, .softsign, .softplus: (nil, nil)
        case .leakyRelu(let alpha), .thresholdedRelu(let alpha), .elu(let alpha): (alpha, nil)
        case .affine(let alpha, let beta), .scaledTanh(let alpha, let beta),
            .hardSigmoid(let alpha, let beta):
            (alpha, beta)
        }
    }

    private static let all: [RecurrentActivation] = [
        .relu, .tanh, .sigmoid, .softsign, .softplus, .affine(), .leakyRelu(), .thresholdedRelu(),
        .scaledTanh(), .hardSigmoid(), .elu(),
    ]

    /// The activation of the given name, whatever its case, with the parameters' defaults.
    init?(name: String) {
        let name = name.lowercased()
        guard let found = Self.all.first(where: { $0.name.lowercased() == name }) else {
            return nil
        }
        self = found
    }

    /// The same activation with other parameters, where it has them.
    func with(alpha: Float?, beta: Float?) -> RecurrentActivation {
        switch self {
        case .relu, .tanh, .sigmoid, .softsign, .softplus: self
        case .leakyRelu(let a): .leakyRelu(alpha: alpha ?? a)
        case .thresholdedRelu(let a): .thresholdedRelu(alpha: alpha ?? a)
        case .elu(let a): .elu(alpha: alpha ?? a)
        case .affine(let a, let b): .affine(alpha: alpha ?? a, beta: beta ?? b)
        case .scaledTanh(let a, let b): .scaledTanh(alpha: alpha ?? a, beta: beta ?? b)
        case .hardSigmoid(let a, let b): .hardSigmoid(alpha: alpha ?? a, beta: beta ?? b)
        }
    }
}
