import HingeGraph

/// Broadcasts input 0 with a shape, which is input 1: `int64[rank]`.
///
/// Source: ONNX Expand 8, 13; NumPy's broadcasting, in both directions.
public struct Expand: PreparedOperator {
    /// The shape, where it is a constant of the operator; otherwise it is input 1.
    public var shape: [Int]?

    /// Creates the operator; without a shape, that is input 1.
    public init(shape: [Int]? = nil) {
        self.shape = shape
    }
}

public extension Expand {
    static let type = "Expand"

    init(_ node: NodeReader) {}

    var operandValues: [Int: Tensor] {
        shape.map { [1: Tensor($0.map { Int64($0) })] } ?? [:]
    }

    func spell(_ speller: inout Speller) { speller.emit(Self.type) }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let type = context.dataType(0)
        guard let shape = context.shape(0) else {
            return [.tensor(type, nil)]
        }
        if let target = context.elements(1) {
            return [.tensor(type, try .broadcast(shape, Shape(target)))]
        }
        guard let rank = context.length(1) else { return [.tensor(type, nil)] }
        return [.tensor(type, try .broadcast(shape, .unknown(rank: rank)))]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs = moving(0, of: outputs)
        if let shape = context.shape(0), let length = context.length(1) {
            let padding = [Shape.Dimension](repeating: 2, count: max(length - shape.rank, 0))
            let extents = (padding + shape.dimensions).suffix(length)
            needs[1] = .exactly(extents.map { $0.extent ?? 1 })
        }
        return needs
    }

    func isIdentity(_ context: InferenceContext, _ outputs: [Inferred]) -> Bool {
        context.keepsShape(outputs)
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        return try context.kernel(knowing: 1..<2) { try kernel(x, $0) }
    }

    /// The kernel for a tensor of a type, given what the other inputs hold.
    private func kernel(_ x: KnownTensor, _ context: EvaluationContext) throws -> Kernel {
        let target = try context.input(1).integers()
        _ = try Tensor.count(of: target)
        let shape = try Broadcast.shape(x.shape, target)
        let copy = StridedCopy(shape, from: Broadcast.strides(of: x.shape, in: shape))
        return SingleCopy(copy: copy).kernel(shape)
    }
}

extension Expand: UnaryDerivative {
    /// `the sum of g over what x is repeated along`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.sum(g, toShapeOf: x)
    }
}
