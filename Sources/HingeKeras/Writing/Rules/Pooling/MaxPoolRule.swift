import HingeGraph
import HingeOperators

/// `MaxPool` as `MaxPooling1D`, `MaxPooling2D` or `MaxPooling3D`.
///
/// Padding that isn't Keras's own is added first: zeros where no element is negative, else the lowest number.
struct MaxPoolRule: OperatorRule {
    func write(_ operator: MaxPool, _ node: NodeWriting) throws -> [KerasTensor] {
        guard !node.isUsed(1) else {
            throw node.unsupported(
                "Keras's pooling doesn't give the indices of the largest elements")
        }
        try node.requireChannelsLast()
        let x = try node.tensor(0)
        let window = try KerasWindow(
            `operator`.window, kernel: `operator`.window.kernel, input: x.shape)
        guard window.settings.dilation.allSatisfy({ $0 == 1 }) else {
            throw node.unsupported("Keras's pooling has no dilation")
        }
        let padded =
            node.isNeverNegative(node.node.inputs[0])
            ? try node.bordered(x, window.borders) : try lowered(x, window, node)
        return [
            try node.layer(layer(window.settings), padded, giving: try node.output())
        ]
    }

    private func layer(_ settings: WindowSettings) -> any KerasLayer {
        switch settings.rank {
        case 1: MaxPooling1DLayer(window: settings)
        case 2: MaxPooling2DLayer(window: settings)
        default: MaxPooling3DLayer(window: settings)
        }
    }

    /// The input with the lowest number around it.
    private func lowered(
        _ x: KerasTensor, _ window: KerasWindow, _ node: NodeWriting
    ) throws -> KerasTensor {
        guard window.hasBorders else { return x }
        var widths: [JSONValue] = [[0, 0]]
        for border in window.borders { widths.append(.integers([border.begin, border.end])) }
        widths.append([0, 0])
        // Rounded up to fewer digits, the lowest float32 overflows.
        let lowest: [DataType: Double] = [
            .float32: -3.4028234e38, .float16: -65504, .float64: -1.7976931348623157e308,
            .bfloat16: -3.38e38,
        ]
        guard let value = lowest[x.type] else {
            throw node.unsupported("Keras can't pad \(x.type) elements for this pooling")
        }
        let changes = window.borders.map { $0.begin + $0.end }
        return try node.operation(
            .numpy("Pad"), [("pad_width", .array(widths)), ("mode", "constant")],
            CallArguments([.tensor(x)], [("constant_values", .literal(.number(value)))]),
            giving: [OutputType(x.type, node.resized(x.shape, changes))], as: "padding")[0]
    }
}

extension NodeWriting {
    /// Whether no element of a value can be negative.
    func isNeverNegative(_ name: String) -> Bool {
        var name = name
        // Operators that keep signs are looked through.
        for _ in 0..<64 {
            guard let index = model.producer(of: name), let source = model.operator(index) else {
                return false
            }
            switch source {
            case is Relu, is Sigmoid, is HardSigmoid, is Softplus, is Exp, is Softmax, is Abs:
                return true
            case is Clip:
                let low = model.graph.nodes[index].inputs.dropFirst().first ?? ""
                guard let bound = model.constant(low) ?? source.operandValues[1],
                    let value = try? bound.doubles().first
                else { return false }
                return value >= 0
            case is MaxPool, is AveragePool, is Dropout, is Identity, is Transpose:
                name = model.graph.nodes[index].inputs[0]
            default: return false
            }
        }
        return false
    }
}
