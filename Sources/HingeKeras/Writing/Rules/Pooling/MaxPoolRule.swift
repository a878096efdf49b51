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
        if window.settings.dilation.contains(where: { $0 != 1 }) {
            return [try dilated(x, `operator`, node)]
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

    /// The largest elements of windows with gaps, axis by axis: Keras's pooling has none.
    private func dilated(
        _ x: KerasTensor, _ operator: MaxPool, _ node: NodeWriting
    ) throws -> KerasTensor {
        let output = try node.output()
        let window = try KerasWindow(
            `operator`.window, kernel: `operator`.window.kernel, input: x.shape, allowsSame: false)
        var result = try lowered(x, window, node)
        let settings = window.settings
        for axis in 1..<x.rank - 1 {
            let (stride, dilation) = (settings.strides[axis - 1], settings.dilation[axis - 1])
            let size = settings.size[axis - 1]
            guard let count = output.shape[axis].extent, count > 0 else {
                throw node.unsupported("Keras needs the extents to be known for windows with gaps")
            }
            var type = OutputType(x.type, result.shape)
            type.shape[axis] = .known(count)
            var largest: KerasTensor?
            for element in 0..<size {
                let start = element * dilation
                let part = try node.sliced(
                    result, [axis: (start, start + (count - 1) * stride + 1, stride)],
                    giving: type, as: "element_\(axis)_\(element)")
                largest =
                    try largest.map {
                        try node.combined(
                            "Maximum", .tensor($0), .tensor(part), giving: type,
                            as: "largest_\(axis)_\(element)")
                    } ?? part
            }
            result = largest ?? result
        }
        return result
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
