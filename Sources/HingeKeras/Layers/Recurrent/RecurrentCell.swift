import HingeGraph
import HingeOperators

/// What a recurrent layer does at one step.
///
/// Letters: N the batch, T the steps, C the input's features, H the cell's.
protocol RecurrentCell: KerasLayer {
    /// The number of states that go from step to step.
    var stateCount: Int { get }

    /// The states before the first step, all zero: of shape `[1, …]`, which broadcasts over the
    /// batch.
    ///
    /// - Parameter step: The input of a step, `[N, …]`.
    func initialStates(_ step: Operand, _ context: LayerContext) throws -> [Operand]

    /// The output of one step and the states after it, for an input `[N, …]` and the states before
    /// it.
    func step(
        _ x: Operand, _ states: [Operand], _ context: LayerContext
    ) throws -> (output: Operand, states: [Operand])

    /// The operator that does all steps at once, if there is one.
    ///
    /// - Parameter inputSize: The input's number of features.
    func sequenceOperator(_ inputSize: Int, _ context: LayerContext) throws -> SequenceOperator?
}

/// An operator that runs a cell over a sequence, and its weights.
struct SequenceOperator {
    /// The operator for a direction.
    var make: (RecurrentDirection) -> any RecurrentOperator
    /// The weights `[1, G·H, C]`, the recurrent weights `[1, G·H, H]`, and the biases `[1, 2·G·H]`
    /// if there are any; G is the number of gates.
    var weights: [Operand]
}

extension RecurrentCell {
    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        throw HingeError(
            .unsupported, "a \(Self.className) outside a recurrent layer is not supported")
    }
}

extension KerasActivation {
    /// The activation as recurrent operators know it, if they do.
    func recurrent(_ semantics: KerasSemantics) -> RecurrentActivation? {
        switch name {
        case .linear: .affine(alpha: 1, beta: 0)
        case .relu: .relu
        case .tanh: .tanh
        case .sigmoid: .sigmoid
        case .softsign: .softsign
        case .softplus: .softplus
        case .leakyRelu: .leakyRelu(alpha: 0.2)
        case .hardSigmoid: .hardSigmoid(alpha: semantics.hardSigmoidSlope, beta: 0.5)
        case .elu: .elu(alpha: 1)
        default: nil
        }
    }
}

/// What the cells of one vector for each example have in common: the fields and the form of the
/// weights.
struct CellSettings: Sendable {
    /// The number of features.
    var units: Int
    /// What is applied to the new state.
    var activation: KerasActivation
    /// What is applied to the gates.
    var recurrentActivation: KerasActivation
    /// Whether there are biases.
    var useBias: Bool
}

extension CellSettings {
    /// Reads the fields; the default of the gates' activation depends on the version.
    init(_ config: ConfigReader) throws {
        units = try config.requiredPositive("units")
        activation = try config.activation("activation", default: .tanh)
        let isOld = config.semantics.generation < .tensorFlowKeras
        recurrentActivation = try config.activation(
            "recurrent_activation", default: isOld ? .hardSigmoid : .sigmoid)
        useBias = try config.bool("use_bias", default: true)
    }

    /// The variables.
    var variables: LayerVariables {
        LayerVariables(["kernel", "recurrent_kernel"] + (useBias ? ["bias"] : []))
    }

    /// Writes the fields.
    func write(_ config: inout ConfigWriter, hasGates: Bool = true) {
        config["units"] = .integer(units)
        config.setActivation("activation", activation, default: .tanh)
        if hasGates, let name = recurrentActivation.name {
            // Its default differs from version to version.
            config["recurrent_activation"] = .string(name.rawValue)
        }
        config.set("use_bias", useBias, default: true) { .bool($0) }
    }
}

extension LayerContext {
    /// A weight of a cell `[from, G·H]` as recurrent operators have it, `[1, G·H, from]`, its gates
    /// in another order.
    func gateWeights(
        _ name: String, from: Int, units: Int, order: [Int]
    ) throws -> Operand {
        try variable("operator_\(name)") {
            let weight = try weight(name, [from, order.count * units])
            let rows = try fold(Transpose([1, 0]), [weight])
            return try gates(rows, units, order).reshaped(to: [1, order.count * units, from])
        }
    }

    /// The gates of a tensor, blocks of `units` rows, in another order.
    func gates(_ tensor: Tensor, _ units: Int, _ order: [Int]) throws -> Tensor {
        guard order != Array(0..<order.count) else { return tensor }
        let rows = order.flatMap { gate in (0..<units).map { Int64(gate * units + $0) } }
        return try fold(Gather(axis: 0), [tensor, Tensor(rows)])
    }

    /// The biases of a cell's inputs as recurrent operators have them: with zeros for those of the
    /// states, `[1, 2·G·H]`.
    func gateBias(units: Int, order: [Int]) throws -> Operand {
        try variable("operator_bias") {
            let bias = try gates(weight("bias", [order.count * units]), units, order)
            let zeros = try Tensor(
                filledWith: 0, policy.compute, shape: [order.count * units])
            return try fold(Concat(axis: 0), [bias, zeros])
                .reshaped(to: [1, 2 * order.count * units])
        }
    }

    /// `x · W + b`, without `b` if that is absent.
    func affine(_ x: Operand, _ weight: Operand, _ bias: Operand?, as role: String) throws
        -> Operand
    {
        let product = try append(MatMul(), x, weight, as: role)
        guard let bias else { return product }
        return try append(Add(), product, bias, as: role)
    }

    /// A value in as many equal parts along its last axis.
    func parts(_ x: Operand, _ count: Int, of size: Int, as role: String) throws -> [Operand] {
        try append(
            Split(axis: -1, sizes: [Int](repeating: size, count: count)), [x], outputCount: count,
            as: role)
    }

    /// Zeros of the type that the layer computes in; one constant for all that ask for it.
    func zeros(_ shape: [Int]) throws -> Operand {
        try variable("zeros_" + shape.map(String.init).joined(separator: "x")) {
            try Tensor(filledWith: 0, policy.compute, shape: shape)
        }
    }
}
