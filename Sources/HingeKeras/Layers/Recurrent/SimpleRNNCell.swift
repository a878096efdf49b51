import HingeGraph
import HingeOperators

/// One step of a simple recurrent layer:
/// `activation(x · kernel + state · recurrent_kernel + bias)`.
///
/// Source: Keras `SimpleRNNCell`; `kernel` is `[C, units]`, `recurrent_kernel` `[units, units]`,
/// `bias` `[units]`.
struct SimpleRNNCellLayer: RecurrentCell {
    /// The fields.
    var settings: CellSettings
}

extension SimpleRNNCellLayer {
    static let className = "SimpleRNNCell"

    init(_ config: ConfigReader) throws { settings = try CellSettings(config) }

    var variables: LayerVariables { settings.variables }
    var stateCount: Int { 1 }

    func initialStates(_ step: Operand, _ context: LayerContext) throws -> [Operand] {
        [try context.zeros([1, settings.units])]
    }

    func step(
        _ x: Operand, _ states: [Operand], _ context: LayerContext
    ) throws -> (output: Operand, states: [Operand]) {
        let units = settings.units
        let kernel = try context.variable("kernel", [try context.extent(x, -1), units])
        let recurrent = try context.variable("recurrent_kernel", [units, units])
        let bias = settings.useBias ? try context.variable("bias", [units]) : nil
        let sum = try context.append(
            Add(), context.affine(x, kernel, bias, as: "input"),
            context.append(MatMul(), states[0], recurrent, as: "state"), as: "sum")
        let result = try context.activate(settings.activation, sum, as: "output")
        return (result, [result])
    }

    func sequenceOperator(_ inputSize: Int, _ context: LayerContext) throws -> SequenceOperator? {
        guard let activation = settings.activation.recurrent(context.semantics) else { return nil }
        let units = settings.units
        var weights = [
            try context.gateWeights("kernel", from: inputSize, units: units, order: [0]),
            try context.gateWeights("recurrent_kernel", from: units, units: units, order: [0]),
        ]
        if settings.useBias {
            weights.append(try context.gateBias(units: units, order: [0]))
        }
        return SequenceOperator(
            make: { direction in
                RNN(
                    hiddenSize: units, direction: direction,
                    activations: activation == .tanh ? [] : [activation])
            }, weights: weights)
    }

    func write(_ config: inout ConfigWriter) { settings.write(&config, hasGates: false) }
}
