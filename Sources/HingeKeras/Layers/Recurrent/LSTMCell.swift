import HingeGraph
import HingeOperators

/// One step of a long short-term memory.
///
/// Its states are the output and the memory.
///
/// Source: Keras `LSTMCell`; `kernel` is `[C, 4·units]`, `recurrent_kernel` `[units, 4·units]`,
/// `bias` `[4·units]`, with the gates input, forget, cell, output.
struct LSTMCellLayer: RecurrentCell {
    /// The fields.
    var settings: CellSettings
}

extension LSTMCellLayer {
    static let className = "LSTMCell"

    init(_ config: ConfigReader) throws { settings = try CellSettings(config) }

    var variables: LayerVariables { settings.variables }
    var stateCount: Int { 2 }

    func initialStates(_ step: Operand, _ context: LayerContext) throws -> [Operand] {
        let zeros = try context.zeros([1, settings.units])
        return [zeros, zeros]
    }

    func step(
        _ x: Operand, _ states: [Operand], _ context: LayerContext
    ) throws -> (output: Operand, states: [Operand]) {
        let units = settings.units
        let kernel = try context.variable("kernel", [try context.extent(x, -1), 4 * units])
        let recurrent = try context.variable("recurrent_kernel", [units, 4 * units])
        let bias = settings.useBias ? try context.variable("bias", [4 * units]) : nil
        let sum = try context.append(
            Add(), context.affine(x, kernel, bias, as: "input"),
            context.append(MatMul(), states[0], recurrent, as: "state"), as: "sum")
        let gates = try context.parts(sum, 4, of: units, as: "gates")
        let gate = settings.recurrentActivation
        let input = try context.activate(gate, gates[0], as: "input_gate")
        let forget = try context.activate(gate, gates[1], as: "forget_gate")
        let candidate = try context.activate(settings.activation, gates[2], as: "candidate")
        let output = try context.activate(gate, gates[3], as: "output_gate")
        let memory = try context.append(
            Add(), context.append(Mul(), forget, states[1], as: "kept"),
            context.append(Mul(), input, candidate, as: "added"), as: "memory")
        let active = try context.activate(settings.activation, memory, as: "active")
        let result = try context.append(Mul(), output, active, as: "output")
        return (result, [result, memory])
    }

    func sequenceOperator(_ inputSize: Int, _ context: LayerContext) throws -> SequenceOperator? {
        guard let gate = settings.recurrentActivation.recurrent(context.semantics),
            let activation = settings.activation.recurrent(context.semantics)
        else { return nil }
        let units = settings.units
        // Keras has input, forget, cell, output; the operator input, output, forget, cell.
        let order = [0, 3, 1, 2]
        var weights = [
            try context.gateWeights("kernel", from: inputSize, units: units, order: order),
            try context.gateWeights("recurrent_kernel", from: units, units: units, order: order),
        ]
        if settings.useBias {
            weights.append(try context.gateBias(units: units, order: order))
        }
        let activations = [gate, activation, activation]
        return SequenceOperator(
            make: { direction in
                LSTM(
                    hiddenSize: units, direction: direction,
                    activations: activations == [.sigmoid, .tanh, .tanh] ? [] : activations)
            }, weights: weights)
    }

    func write(_ config: inout ConfigWriter) { settings.write(&config) }
}
