import HingeGraph

/// `GlobalAveragePool` of quantized numbers.
///
/// Inputs: `x`, `[N, C, spatial…]` or, channels last, `[N, spatial…, C]`; its scale and zero point; scale and zero point of the
/// result. N is the batch, C the channels.
///
/// Source: ONNX Runtime's QLinearGlobalAveragePool 1 of the domain com.microsoft.
public struct QLinearGlobalAveragePool: MicrosoftOperator {
    /// Whether channels come last.
    public var isChannelsLast: Bool

    /// Creates the operator.
    public init(isChannelsLast: Bool = false) {
        self.isChannelsLast = isChannelsLast
    }
}

public extension QLinearGlobalAveragePool {
    static let type = "QLinearGlobalAveragePool"

    init(_ node: NodeReader) throws {
        isChannelsLast = try node.flag("channels_last", default: false)
    }

    var attributes: [Attribute] { [.int("channels_last", isChannelsLast ? 1 : 0)] }

    func compose(_ steps: inout Composition) throws { try composeQuantized(&steps) }
}

extension QLinearGlobalAveragePool: QuantizedForm {
    static var operands: [Int] { [0] }
    static var resultScale: Int { 3 }

    func apply(
        _ operands: [Composition.Operand], _ steps: inout Composition
    ) throws -> Composition.Operand {
        try steps.pooled(operands[0], by: GlobalAveragePool(), isChannelsLast: isChannelsLast)
    }
}

extension Composition {
    /// What a pooling makes of a value whose channels may come last.
    mutating func pooled(
        _ operand: Operand, by pool: any Operator, isChannelsLast: Bool
    ) throws -> Operand {
        guard isChannelsLast else { return try append(pool, operand) }
        let rank = try knownShape(operand).rank
        let first = try append(
            Transpose(ChannelsLast.permutationToFirst(rank: rank)), operand)
        return try append(
            Transpose(ChannelsLast.permutationToLast(rank: rank)), append(pool, first))
    }
}
