import HingeGraph

/// Convolution of each channel with a kernel of its own that sees no later places, continued from where another ended.
///
/// Inputs: `[N, C, L]`; the kernels, `[C, 1, K]`; optional: a bias, `[C]`, and the last K − 1 places before, `[N, C, K − 1]`,
/// else zeros. Outputs: the result, `[N, C, L]`, and the last K − 1 places, `[N, C, K − 1]`. N is the batch, C the channels,
/// L the length, K the size of the kernels.
///
/// Source: ONNX CausalConvWithState 27; Gu and Dao, "Mamba: Linear-time sequence modeling with selective state spaces",
/// 2023.
public struct CausalConvWithState: ComposedOperator {
    /// What is applied to the result.
    public var activation: Activation

    /// What is applied to the result.
    public enum Activation: String, Sendable, Hashable, CaseIterable {
        /// Nothing.
        case none
        /// `x · sigmoid(x)`.
        case silu
        /// `x · sigmoid(x)` by its other name.
        case swish
    }

    /// Creates the operator.
    public init(activation: Activation = .none) {
        self.activation = activation
    }
}

public extension CausalConvWithState {
    static let type = "CausalConvWithState"

    init(_ node: NodeReader) throws {
        activation = try node.word("activation", default: .none)
    }

    func spell(_ speller: inout Speller) throws {
        guard speller.opset >= 27 else { return try speller.compose(compose) }
        speller.emit(Self.type, [.string("activation", activation.rawValue)])
    }

    func compose(_ steps: inout Composition) throws {
        let (x, weights) = (try steps.input(0), try steps.input(1))
        let shape = try steps.knownShape(x, rank: 3)
        let kernel = try steps.knownShape(weights, rank: 3)
        guard let channels = shape[1].extent ?? kernel[0].extent, let size = kernel[2].extent else {
            throw steps.unknown("the channels and the size of the kernels")
        }
        guard channels > 0, size > 0, kernel[1].extent ?? 1 == 1,
            kernel[0].extent ?? channels == channels
        else {
            throw HingeError(
                .mismatch,
                "expected kernels of shape [\(channels), 1, K], found \(kernel)")
        }
        let extended: Composition.Operand
        if let past = steps.optionalInput(3) {
            let found = try steps.knownShape(past, rank: 3)
            guard found[2].extent ?? size - 1 == size - 1 else {
                throw HingeError(
                    .mismatch, "expected \(size - 1) places before, found \(found)")
            }
            extended = try steps.append(Concat(axis: 2), past, x)
        } else {
            extended = try steps.append(Pad(pads: [0, 0, size - 1, 0, 0, 0]), x)
        }
        var y = try steps.append(
            Conv(group: channels), extended, weights, steps.optionalInput(2))
        if activation != .none { y = try steps.append(Swish(), y) }
        steps.give(y)
        guard steps.wants(1) else { return }
        let last = SliceOf(
            starts: [size == 1 ? Int(Int32.max) : 1 - size], ends: [Int(Int32.max)], axes: [2])
        steps.give(try steps.append(last, extended), as: 1)
    }
}
