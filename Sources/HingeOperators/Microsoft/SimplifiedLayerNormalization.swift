import HingeGraph

/// `RMSNormalization` by another name, with the inverse of the root mean square as output 1, optional.
///
/// ONNX Runtime has it among the operators of the standard, which doesn't; it is written as those of the standard.
///
/// Source: ONNX Runtime's SimplifiedLayerNormalization 1 of the domain ai.onnx.
public struct SimplifiedLayerNormalization: ComposedOperator {
    /// What it is in the standard.
    public var base: RMSNormalization

    /// Creates the operator.
    public init(_ base: RMSNormalization) {
        self.base = base
    }
}

public extension SimplifiedLayerNormalization {
    static let type = "SimplifiedLayerNormalization"

    init(_ node: NodeReader) throws {
        base = try RMSNormalization(node)
    }

    func spell(_ speller: inout Speller) throws { try speller.compose(compose) }

    func compose(_ steps: inout Composition) throws {
        let (x, scale) = (try steps.input(0), try steps.input(1))
        steps.give(try steps.append(base, x, scale))
        guard steps.wants(1) else { return }
        let rank = try steps.knownShape(x).rank
        let axes = Array(try InferenceContext.axis(base.axis, rank: rank)..<rank)
        let wide = try steps.wide(x)
        let square = try steps.append(Mul(), wide, wide)
        let mean = try steps.append(ReduceMean(axes: axes), square)
        let epsilon = try steps.number(Double(base.epsilon), like: mean)
        let root = try steps.append(Sqrt(), steps.append(Add(), mean, epsilon))
        steps.give(try steps.append(Reciprocal(), root), as: 1)
    }
}
