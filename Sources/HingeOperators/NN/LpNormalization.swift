import HingeGraph

/// `x / ‖x‖ₚ` along an axis; 0 where the norm is 0.
///
/// Source: ONNX LpNormalization 1, 22; Keras `UnitNormalization`.
public struct LpNormalization: Operator {
    /// The axis along which the norm is taken; negative counts from the end.
    public var axis: Int
    /// The order of the norm, 1 or 2.
    public var p: Int

    /// Creates the operator.
    public init(axis: Int = -1, p: Int = 2) {
        self.axis = axis
        self.p = p
    }
}

public extension LpNormalization {
    static let type = "LpNormalization"

    init(_ node: NodeReader) throws {
        axis = try node.int("axis", default: -1)
        p = try node.int("p", default: 2)
        guard p == 1 || p == 2 else { throw node.error("p", "expected 1 or 2, found \(p)") }
    }

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type, [.int("axis", axis), .int("p", p)])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        if let x = context.shape(0) { _ = try InferenceContext.axis(axis, rank: x.rank) }
        return context.same()
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        try context.inRealType {
            try evaluate(&$0, Float.self)
        } double: {
            try evaluate(&$0, Double.self)
        }
    }

    private func evaluate<T: RealMatrixElement>(
        _ context: inout EvaluationContext, _ type: T.Type
    ) throws {
        let x = try context.input(0)
        let axis = try InferenceContext.axis(axis, rank: x.rank)
        let span = try AxisSpan(x.shape, axis: axis)
        let y = try context.output(0, x.dataType, x.shape)
        let values = try x.reals(T.self)
        guard x.count > 0 else { return }
        try y.withReals(T.self) { result in
            try values.withUnsafeElements(of: T.self) { values in
                span.forEachLines(cost: 8) { lines in
                    for start in lines.start..<lines.start + lines.count {
                        let line = stride(
                            from: start, to: start + span.count * span.inner, by: span.inner)
                        var norm: T.Sum = 0
                        for index in line {
                            let value = values[index].term
                            norm += p == 1 ? value.magnitude : value * value
                        }
                        if p == 2 { norm = norm.squareRoot() }
                        for index in line {
                            result[index] = norm == 0 ? 0 : T(values[index].term / norm)
                        }
                    }
                }
            }
        }
    }
}

extension LpNormalization: SteppedOperator {
    /// The formula; where the norm is 0, the derivative is 0.
    public func appendSteps(_ steps: inout Composition) throws {
        let x = try steps.input(0)
        let norm = try steps.root(
            of: steps.sum(steps.powers(of: x, Double(p)), along: [axis]), Double(p))
        let isPositive = try steps.isGreater(norm, than: 0)
        let safe = try steps.select(isPositive, norm, steps.scalar(1, like: x))
        steps.give(try steps.keep(steps.divide(x, safe), where: isPositive))
    }
}
