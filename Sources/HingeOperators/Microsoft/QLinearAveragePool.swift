import HingeGraph

/// `AveragePool` of quantized numbers.
///
/// Inputs: `x`, `[N, C, spatial…]` or, channels last, `[N, spatial…, C]`; its scale and zero point; scale and zero point of the
/// result. Zero points may be absent. N is the batch, C the channels.
///
/// Source: ONNX Runtime's QLinearAveragePool 1 of the domain com.microsoft.
public struct QLinearAveragePool: MicrosoftOperator {
    /// What it is of numbers.
    public var base: AveragePool
    /// Whether channels come last.
    public var isChannelsLast: Bool

    /// Creates the operator.
    public init(_ base: AveragePool, isChannelsLast: Bool = false) {
        self.base = base
        self.isChannelsLast = isChannelsLast
    }
}

public extension QLinearAveragePool {
    static let type = "QLinearAveragePool"

    init(_ node: NodeReader) throws {
        base = try AveragePool(node.asNewest)
        isChannelsLast = try node.flag("channels_last", default: false)
    }

    var attributes: [Attribute] {
        base.window.attributes + [
            .int("channels_last", isChannelsLast ? 1 : 0),
            .int("count_include_pad", base.countsPadding ? 1 : 0),
        ]
    }

    func compose(_ steps: inout Composition) throws { try composeQuantized(&steps) }
}

extension QLinearAveragePool: QuantizedForm {
    static var operands: [Int] { [0] }
    static var resultScale: Int { 3 }

    func apply(
        _ operands: [Composition.Operand], _ steps: inout Composition
    ) throws -> Composition.Operand {
        try steps.pooled(operands[0], by: base, isChannelsLast: isChannelsLast)
    }
}
