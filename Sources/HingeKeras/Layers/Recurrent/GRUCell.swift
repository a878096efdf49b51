import HingeGraph
import HingeOperators

/// One step of a gated recurrent unit.
///
/// Source: Keras `GRUCell`; `kernel` is `[C, 3·units]`, `recurrent_kernel` `[units, 3·units]`, with
/// the gates update, reset, candidate; `bias` is `[2, 3·units]`, for the input and for the state,
/// or `[3·units]` when the reset gate is applied before the state's product.
struct GRUCellLayer: RecurrentCell {
    /// The fields.
    var settings: CellSettings
    /// Whether the reset gate is applied after the state's product.
    var resetAfter = true
}

extension GRUCellLayer {
    static let className = "GRUCell"

    init(_ config: ConfigReader) throws {
        settings = try CellSettings(config)
        resetAfter = try config.bool(
            "reset_after", default: config.semantics.generation >= .tensorFlowKeras)
    }

    var variables: LayerVariables { settings.variables }
    var stateCount: Int { 1 }

    func initialStates(_ step: Operand, _ context: LayerContext) throws -> [Operand] {
        [try context.zeros([1, settings.units])]
    }

    func step(
        _ x: Operand, _ states: [Operand], _ context: LayerContext
    ) throws -> (output: Operand, states: [Operand]) {
        let units = settings.units
        let state = states[0]
        let kernel = try context.variable("kernel", [try context.extent(x, -1), 3 * units])
        let input = try context.parts(
            context.affine(x, kernel, bias(0, context), as: "input"), 3, of: units,
            as: "input_parts")
        let gate = settings.recurrentActivation
        let candidate: Operand
        let update: Operand
        if resetAfter {
            let recurrent = try context.variable("recurrent_kernel", [units, 3 * units])
            let inner = try context.parts(
                context.affine(state, recurrent, bias(1, context), as: "state"), 3, of: units,
                as: "state_parts")
            update = try context.activate(
                gate, context.append(Add(), input[0], inner[0], as: "update"), as: "update_gate")
            let reset = try context.activate(
                gate, context.append(Add(), input[1], inner[1], as: "reset"), as: "reset_gate")
            let kept = try context.append(Mul(), reset, inner[2], as: "kept")
            candidate = try context.append(Add(), input[2], kept, as: "candidate")
        } else {
            let parts = try (0..<3).map { index in
                try context.variable("recurrent_kernel_\(index)") {
                    let whole = try context.weight("recurrent_kernel", [units, 3 * units])
                    return try context.fold(
                        SliceOf(starts: [index * units], ends: [(index + 1) * units], axes: [1]),
                        [whole])
                }
            }
            func sum(_ index: Int, _ state: Operand, _ role: String) throws -> Operand {
                let product = try context.append(MatMul(), state, parts[index], as: "state")
                return try context.append(Add(), input[index], product, as: role)
            }
            update = try context.activate(gate, sum(0, state, "update"), as: "update_gate")
            let reset = try context.activate(gate, sum(1, state, "reset"), as: "reset_gate")
            let kept = try context.append(Mul(), reset, state, as: "kept")
            candidate = try sum(2, kept, "candidate")
        }
        let new = try context.activate(settings.activation, candidate, as: "new")
        // z · h + (1 − z) · new
        let difference = try context.append(Sub(), state, new, as: "difference")
        let scaled = try context.append(Mul(), update, difference, as: "scaled")
        let result = try context.append(Add(), new, scaled, as: "output")
        return (result, [result])
    }

    /// The biases of the input or of the state.
    private func bias(_ row: Int, _ context: LayerContext) throws -> Operand? {
        guard settings.useBias else { return nil }
        let size = 3 * settings.units
        guard resetAfter else { return row == 0 ? try context.variable("bias", [size]) : nil }
        return try context.variable("bias_\(row)") {
            let both = try context.weight("bias", [2, size])
            return try context.fold(SliceOf(starts: [row], ends: [row + 1], axes: [0]), [both])
                .reshaped(to: [size])
        }
    }

    func sequenceOperator(_ inputSize: Int, _ context: LayerContext) throws -> SequenceOperator? {
        guard let gate = settings.recurrentActivation.recurrent(context.semantics),
            let activation = settings.activation.recurrent(context.semantics)
        else { return nil }
        let units = settings.units
        let order = [0, 1, 2]
        var weights = [
            try context.gateWeights("kernel", from: inputSize, units: units, order: order),
            try context.gateWeights("recurrent_kernel", from: units, units: units, order: order),
        ]
        if settings.useBias {
            weights.append(
                resetAfter
                    ? try context.variable("operator_bias") {
                        try context.weight("bias", [2, 3 * units]).reshaped(to: [1, 6 * units])
                    } : try context.gateBias(units: units, order: order))
        }
        let activations = [gate, activation]
        return SequenceOperator(
            make: { direction in
                GRU(
                    hiddenSize: units, direction: direction,
                    activations: activations == [.sigmoid, .tanh] ? [] : activations,
                    isLinearBeforeReset: resetAfter)
            }, weights: weights)
    }

    func write(_ config: inout ConfigWriter) {
        settings.write(&config)
        config["reset_after"] = .bool(resetAfter)
    }
}
