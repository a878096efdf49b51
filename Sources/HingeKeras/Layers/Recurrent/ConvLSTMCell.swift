import HingeGraph
import HingeOperators

/// One step of a long short-term memory whose products are convolutions.
///
/// Its states are the output and the memory.
///
/// Source: Keras `ConvLSTM1D`, `ConvLSTM2D`, `ConvLSTM3D`; `kernel` is `[window…, C, 4·filters]`,
/// `recurrent_kernel` `[window…, filters, 4·filters]`, `bias` `[4·filters]`, with the gates input,
/// forget, cell, output. Shi et al., "Convolutional LSTM network", 2015.
struct ConvLSTMCell: RecurrentCell {
    /// The fields of the convolution of the input.
    var settings: ConvolutionSettings
    /// What is applied to the gates.
    var recurrentActivation: KerasActivation
}

extension ConvLSTMCell {
    static let className = "ConvLSTMCell"

    init(_ config: ConfigReader) throws { try self.init(config, rank: 2) }

    /// Reads the fields, for a number of spatial axes.
    init(_ config: ConfigReader, rank: Int) throws {
        settings = ConvolutionSettings(
            filters: try config.requiredPositive("filters"),
            window: try WindowSettings(config, rank: rank))
        settings.activation = try config.activation("activation", default: .tanh)
        settings.useBias = try config.bool("use_bias", default: true)
        let isKeras3 = config.semantics.generation == .keras3
        recurrentActivation = try config.activation(
            "recurrent_activation", default: isKeras3 ? .sigmoid : .hardSigmoid)
    }

    var variables: LayerVariables {
        LayerVariables(["kernel", "recurrent_kernel"] + (settings.useBias ? ["bias"] : []))
    }

    var stateCount: Int { 2 }

    private var channelAxis: Int { settings.window.dataFormat == .channelsLast ? -1 : 1 }

    func initialStates(_ step: Operand, _ context: LayerContext) throws -> [Operand] {
        let window = settings.window
        let extents = try window.spatial(context.shape(step)).enumerated().map { axis, size in
            guard let size = size.extent else {
                throw HingeError(.unsupported, "the size of the images must be known")
            }
            let span = window.padding == .valid ? window.spans[axis] : 1
            guard size >= span else {
                throw HingeError(.mismatch, "expected images of at least \(span), found \(size)")
            }
            return (size - span) / window.strides[axis] + 1
        }
        let zeros = try context.zeros(
            window.dataFormat == .channelsLast
                ? [1] + extents + [settings.filters] : [1, settings.filters] + extents)
        return [zeros, zeros]
    }

    func step(
        _ x: Operand, _ states: [Operand], _ context: LayerContext
    ) throws -> (output: Operand, states: [Operand]) {
        let sum = try context.append(
            Add(), convolved(x, context), recurrent(states[0], context), as: "sum")
        let gates = try context.append(
            Split(axis: channelAxis, sizes: [Int](repeating: settings.filters, count: 4)), [sum],
            outputCount: 4, as: "gates")
        let input = try context.activate(recurrentActivation, gates[0], as: "input_gate")
        let forget = try context.activate(recurrentActivation, gates[1], as: "forget_gate")
        let candidate = try context.activate(settings.activation, gates[2], as: "candidate")
        let output = try context.activate(recurrentActivation, gates[3], as: "output_gate")
        let memory = try context.append(
            Add(), context.append(Mul(), forget, states[1], as: "kept"),
            context.append(Mul(), input, candidate, as: "added"), as: "memory")
        let active = try context.activate(settings.activation, memory, as: "active")
        let result = try context.append(Mul(), output, active, as: "output")
        return (result, [result, memory])
    }

    private func convolved(_ x: Operand, _ context: LayerContext) throws -> Operand {
        let window = settings.window
        let channels = try context.channels(x, window.dataFormat)
        let kernel = try context.variable("kernel") {
            try context.operatorKernel(
                context.weight("kernel", window.size + [channels, 4 * settings.filters]))
        }
        var inputs = [x, kernel]
        if settings.useBias {
            inputs.append(try context.variable("bias", [4 * settings.filters]))
        }
        let convolution = Conv(
            window: try window.window(for: context.shape(x), context.semantics))
        return try context.append(
            context.laidOut(convolution, window.dataFormat), inputs, as: "input")[0]
    }

    private func recurrent(_ state: Operand, _ context: LayerContext) throws -> Operand {
        let window = WindowSettings(
            size: settings.window.size, padding: .same, dataFormat: settings.window.dataFormat)
        let kernel = try context.variable("recurrent_kernel") {
            try context.operatorKernel(
                context.weight(
                    "recurrent_kernel",
                    window.size + [settings.filters, 4 * settings.filters]))
        }
        let convolution = Conv(
            window: try window.window(for: context.shape(state), context.semantics))
        return try context.append(
            context.laidOut(convolution, window.dataFormat), state, kernel, as: "state")
    }

    func sequenceOperator(_ inputSize: Int, _ context: LayerContext) throws -> SequenceOperator? {
        nil
    }

    func write(_ config: inout ConfigWriter) {
        config["filters"] = .integer(settings.filters)
        settings.window.write(&config, sizeKey: "kernel_size")
        config.setActivation("activation", settings.activation, default: .tanh)
        if let name = recurrentActivation.name {
            config["recurrent_activation"] = .string(name.rawValue)
        }
        config.set("use_bias", settings.useBias, default: true) { .bool($0) }
    }
}
