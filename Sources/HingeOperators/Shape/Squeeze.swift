import HingeGraph

/// Removes dimensions of extent 1: those of `axes`, which is input 1, or all of them.
///
/// Source: ONNX Squeeze 1, 11, 13, 21, 23, 24, 25; the axes were an attribute before 13, and not negative before 11.
public struct Squeeze: Operator {
    /// The dimensions to remove, where they are a constant of the operator; otherwise they are input 1.
    public var axes: [Int]?

    /// Creates the operator; without axes, those are input 1, and without that all dimensions of extent 1.
    public init(axes: [Int]? = nil) {
        self.axes = axes
    }
}

public extension Squeeze {
    static let type = "Squeeze"

    init(_ node: NodeReader) throws {
        axes = node.opset < 13 ? try node.ints("axes") : nil
    }

    var operandValues: [Int: Tensor] {
        axes.map { [1: Tensor($0.map { Int64($0) })] } ?? [:]
    }

    func spell(_ speller: inout Speller) throws {
        guard speller.opset < 13, speller.hasInput(1) else { return speller.emit(Self.type) }
        let axes = try speller.constantInput(1, named: "a list of axes", needing: 13).integers()
        speller.emit(
            Self.type, [.ints("axes", try speller.nonNegative(axes, before: 11))],
            inputs: [speller.inputs[0]], outputs: speller.outputs)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let type = context.dataType(0)
        guard let shape = context.shape(0) else { return [.tensor(type, nil)] }
        let removed: [Int]
        if context.has(1) {
            let ones = shape.extents.map { $0.indices.filter { shape[$0] == 1 } }
            if let axes = context.integers(1) {
                removed = try InferenceContext.axes(axes, rank: shape.rank)
            } else if let ones, ones.count == context.length(1) {
                // No others can be meant.
                removed = ones
            } else {
                return [
                    .tensor(
                        type, context.length(1).map { .unknown(rank: max(0, shape.rank - $0)) })
                ]
            }
            for axis in removed {
                try context.require(
                    shape[axis].extent ?? 1 == 1,
                    "expected an extent of 1 in dimension \(axis), found \(shape)")
            }
        } else {
            guard let extents = shape.extents else { return [.tensor(type, nil)] }
            removed = extents.indices.filter { extents[$0] == 1 }
        }
        let kept = shape.dimensions.indices.filter { !removed.contains($0) }
        var result = Inferred.tensor(type, Shape(kept.map { shape[$0] }))
        result.elements = context.elements(0)
        return [result]
    }

    var aliasedInput: Int? { 0 }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs: [Int: ElementNeeds] = [:]
        needs[0] = outputs.first.flatMap { $0 }?.reshaped
        if let shape = context.shape(0), let count = context.length(1) {
            let ones = shape.dimensions.indices.filter { shape[$0] == 1 }
            needs[1] = .exactly(Array(ones.prefix(count)))
        }
        return needs
    }

    func isIdentity(_ context: InferenceContext, _ outputs: [Inferred]) -> Bool {
        context.keepsShape(outputs)
    }

    /// Of the same dimensions, where they were before.
    func form(under permutation: Permutation, _ context: InferenceContext) -> TransposedForm? {
        guard let axes = context.integers(1), let sources = permutation.sources(of: axes) else {
            return nil
        }
        return TransposedForm(
            Squeeze(), constants: [1: TransposedForm.vector(sources)],
            output: permutation.removing(axes))
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let x = try context.input(0)
        let removed: [Int]
        if let axes = try context.optionalInput(1) {
            removed = try InferenceContext.axes(axes.integers(), rank: x.rank)
        } else {
            removed = x.shape.indices.filter { x.shape[$0] == 1 }
        }
        for axis in removed where x.shape[axis] != 1 {
            throw HingeError(
                .mismatch, "expected an extent of 1 in dimension \(axis), found \(x.shape)")
        }
        let kept = x.shape.indices.filter { !removed.contains($0) }
        context.set(0, try x.reshaped(to: kept.map { x.shape[$0] }))
    }
}

extension Squeeze: UnaryDerivative {
    /// `g in the shape of x`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.reshape(g, like: x)
    }
}
