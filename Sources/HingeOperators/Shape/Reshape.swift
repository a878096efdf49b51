import HingeGraph

/// Gives the elements of input 0 another shape, which is input 1: `int64[rank]`.
///
/// A 0 in the shape copies the extent of the input (unless `allowsZero`), a −1 is inferred.
///
/// Source: ONNX Reshape 1, 5, 13, 14, 19, 21, 23, 24; before 5 the shape was an attribute.
public struct Reshape: Operator {
    /// Whether a 0 in the shape means an extent of 0.
    public var allowsZero: Bool
    /// The shape, where it is a constant of the operator; otherwise it is input 1.
    public var shape: [Int]?

    /// Creates the operator; without a shape, that is input 1.
    public init(shape: [Int]? = nil, allowsZero: Bool = false) {
        self.shape = shape
        self.allowsZero = allowsZero
    }
}

public extension Reshape {
    static let type = "Reshape"

    init(_ node: NodeReader) throws {
        allowsZero = try node.flag("allowzero", default: false)
        shape = node.opset < 5 ? try node.ints("shape") ?? [] : nil
    }

    var operandValues: [Int: Tensor] {
        shape.map { [1: Tensor($0.map { Int64($0) })] } ?? [:]
    }

    func spell(_ speller: inout Speller) throws {
        if allowsZero && speller.opset < 14 { throw speller.needs(14, "Reshape with allowzero") }
        guard speller.opset < 5 else {
            return speller.emit(Self.type, allowsZero ? [.int("allowzero", 1)] : [])
        }
        let shape = try speller.constantInput(1, named: "a shape", needing: 5).integers()
        speller.emit(
            Self.type, [.ints("shape", shape)], inputs: [speller.inputs[0]],
            outputs: speller.outputs)
    }

    var aliasedInput: Int? { 0 }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let type = context.dataType(0)
        guard let target = context.elements(1) else {
            guard let rank = context.length(1) else { return [.tensor(type, nil)] }
            return [.tensor(type, Shape([Shape.Dimension](repeating: .unknown, count: rank)))]
        }
        var result = target
        if let input = context.shape(0) {
            if !allowsZero {
                for index in target.indices where target[index] == 0 {
                    try context.require(
                        index < input.rank,
                        "shape \(Shape(target)) copies dimension \(index) of \(input)")
                    result[index] = input[index]
                }
            }
            resolve(&result, input)
        }
        var inferred = Inferred.tensor(type, Shape(result.map { $0 == -1 ? .unknown : $0 }))
        inferred.elements = result.count <= 1 ? context.elements(0) : nil
        return [inferred]
    }

    /// Replaces −1 by the extent that keeps the number of elements, where that is known.
    ///
    /// Dimensions that both shapes have are cancelled first, so that a symbolic batch does not hide
    /// the rest.
    private func resolve(_ result: inout [Shape.Dimension], _ input: Shape) {
        guard let unknown = result.firstIndex(of: -1) else { return }
        var given = input.dimensions
        var factors: [Shape.Dimension] = []
        for (index, dimension) in result.enumerated() where index != unknown {
            if dimension.extent == nil || dimension == 0 {
                guard dimension != .unknown, let match = given.firstIndex(of: dimension) else {
                    return
                }
                given.remove(at: match)
            } else {
                factors.append(dimension)
            }
        }
        let symbols = given.filter { $0.extent == nil }
        guard let product = Shape.Dimension.product(factors).extent,
            let total = Shape.Dimension.product(given.filter { $0.extent != nil }).extent
        else { return }
        if symbols.isEmpty, product > 0, total % product == 0 {
            result[unknown] = .known(total / product)
        } else if symbols.count == 1, total == product {
            result[unknown] = symbols[0]
        }
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs: [Int: ElementNeeds] = [:]
        needs[0] = outputs.first.flatMap { $0 }?.reshaped
        if let extents = context.shape(0)?.extents { needs[1] = shapeNeeds(extents, context) }
        return needs
    }

    /// A shape for as many elements as the input has, with what is known of it.
    private func shapeNeeds(_ extents: [Int], _ context: InferenceContext) -> ElementNeeds? {
        guard let count = try? Tensor.count(of: extents) else { return nil }
        if let elements = context.elements(1), elements.contains(where: { $0.extent != nil }) {
            let stated = elements.enumerated().map { index, element in
                element.extent == 0 && !allowsZero && index < extents.count
                    ? extents[index] : element.extent
            }
            guard !stated.contains(-1) else { return .within(1, 1) }
            let known = stated.compactMap { $0 }.reduce(1, *)
            var rest = known == 0 ? 1 : count / known
            return .exactly(
                stated.map { extent in
                    if let extent { return extent }
                    defer { rest = 1 }
                    return rest
                })
        }
        guard let length = context.length(1), length > 0 else { return nil }
        if length >= extents.count {
            return .exactly([Int](repeating: 1, count: length - extents.count) + extents)
        }
        let kept = Array(extents.prefix(length - 1))
        return .exactly(kept + [extents.dropFirst(length - 1).reduce(1, *)])
    }

    func isIdentity(_ context: InferenceContext, _ outputs: [Inferred]) -> Bool {
        context.keepsShape(outputs)
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let x = try context.input(0)
        var target = try context.input(1).integers()
        if !allowsZero {
            for index in target.indices where target[index] == 0 {
                guard index < x.rank else {
                    throw HingeError(
                        .mismatch, "shape \(target) copies dimension \(index) of \(x.shape)")
                }
                target[index] = x.shape[index]
            }
        }
        let unknown = target.indices.filter { target[$0] == -1 }
        if unknown.count == 1 {
            let product = try Tensor.count(of: target.filter { $0 != -1 })
            guard product > 0, x.count % product == 0 else {
                throw HingeError(.mismatch, "cannot reshape \(x.shape) to \(target)")
            }
            target[unknown[0]] = x.count / product
        }
        context.set(0, try x.reshaped(to: target))
    }
}

extension Reshape: UnaryDerivative {
    /// `g in the shape of x`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.reshape(g, like: x)
    }
}
