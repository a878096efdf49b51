import HingeGraph

/// Inserts dimensions of extent 1, so that they are the dimensions `axes`, input 1, of the output.
///
/// Source: ONNX Unsqueeze 1, 11, 13, 21, 23, 24, 25; the axes were an attribute before 13, and not negative before 11.
public struct Unsqueeze: Operator {
    /// The new dimensions, where they are a constant of the operator; otherwise they are input 1.
    public var axes: [Int]?

    /// Creates the operator; without axes, those are input 1.
    public init(axes: [Int]? = nil) {
        self.axes = axes
    }
}

public extension Unsqueeze {
    static let type = "Unsqueeze"

    init(_ node: NodeReader) throws {
        axes = node.opset < 13 ? try node.required("axes", node.ints("axes")) : nil
    }

    var operandValues: [Int: Tensor] {
        axes.map { [1: Tensor($0.map { Int64($0) })] } ?? [:]
    }

    func spell(_ speller: inout Speller) throws {
        guard speller.opset < 13 else { return speller.emit(Self.type) }
        var axes = try speller.constantInput(1, named: "a list of axes", needing: 13).integers()
        if speller.opset < 11, axes.contains(where: { $0 < 0 }) {
            guard let rank = speller.shape(0)?.rank else {
                throw speller.needs(11, "Unsqueeze with a negative axis")
            }
            axes = try InferenceContext.axes(axes, rank: rank + axes.count)
        }
        speller.emit(
            Self.type, [.ints("axes", axes)], inputs: [speller.inputs[0]],
            outputs: speller.outputs)
    }

    /// The shape with ones put in.
    private func insert<Extent: ExpressibleByIntegerLiteral>(
        _ axes: [Int], into shape: [Extent]
    ) throws -> [Extent] {
        let rank = shape.count + axes.count
        let new = Set(try InferenceContext.axes(axes, rank: rank))
        var rest = shape.makeIterator()
        return (0..<rank).map { new.contains($0) ? 1 : rest.next() ?? 1 }
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let type = context.dataType(0)
        guard let shape = context.shape(0) else { return [.tensor(type, nil)] }
        guard let axes = context.integers(1) else {
            return [.tensor(type, context.length(1).map { .unknown(rank: shape.rank + $0) })]
        }
        let result = Shape(try insert(axes, into: shape.dimensions))
        var inferred = Inferred.tensor(type, result)
        inferred.elements = result.rank <= 1 ? context.elements(0) : nil
        return [inferred]
    }

    var aliasedInput: Int? { 0 }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs: [Int: ElementNeeds] = [:]
        needs[0] = outputs.first.flatMap { $0 }?.reshaped
        if let count = context.length(1) { needs[1] = .exactly(Array(0..<count)) }
        return needs
    }

    func isIdentity(_ context: InferenceContext, _ outputs: [Inferred]) -> Bool {
        context.keepsShape(outputs)
    }

    /// The new dimensions stay where they are; those around them are put in order between them.
    func form(under permutation: Permutation, _ context: InferenceContext) -> TransposedForm? {
        guard let axes = context.integers(1) else { return nil }
        let rank = permutation.rank + axes.count
        let new = Set(axes.map { $0 < 0 ? $0 + rank : $0 })
        guard new.count == axes.count, new.allSatisfy({ (0..<rank).contains($0) }) else {
            return nil
        }
        let old = (0..<rank).filter { !new.contains($0) }
        var order = Array(0..<rank)
        for (place, source) in zip(old, permutation.order) { order[place] = old[source] }
        return TransposedForm(
            Unsqueeze(), constants: [1: TransposedForm.vector(axes)], output: Permutation(order))
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let x = try context.input(0)
        let axes = try context.input(1).integers()
        context.set(0, try x.reshaped(to: insert(axes, into: x.shape)))
    }
}

extension Unsqueeze: UnaryDerivative {
    /// `g in the shape of x`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.reshape(g, like: x)
    }
}
