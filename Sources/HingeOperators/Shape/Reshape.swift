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
        if allowsZero && speller.opset < 14 { return try spellWithZeros(&speller) }
        guard speller.opset < 5 else {
            return speller.emit(Self.type, allowsZero ? [.int("allowzero", 1)] : [])
        }
        let shape = try speller.constantInput(1, named: "a shape", needing: 5).integers()
        speller.emit(
            Self.type, [.ints("shape", shape)], inputs: [speller.inputs[0]],
            outputs: speller.outputs)
    }

    /// Before version 14 a 0 copies an extent: one that means 0 can only be in the shape of a tensor without elements.
    private func spellWithZeros(_ speller: inout Speller) throws {
        let isPlain = try speller.constantInput(1).map { try !$0.integers().contains(0) } ?? false
        let isEmpty = speller.shape(0)?.extents?.contains(0)
        if isPlain || isEmpty == false {
            return try speller.append(
                Reshape(), speller.inputs, outputs: speller.outputs, known: speller.known)
        }
        guard isEmpty == true, speller.opset >= 9 else {
            throw speller.needs(14, "Reshape with allowzero")
        }
        let zero = speller.constant(Tensor([0 as Int64]))
        let minusOne = speller.constant(Tensor([-1 as Int64]))
        let isInferred = speller.step("Equal", [speller.inputs[1], minusOne])
        let extents = speller.step("Where", [isInferred, zero, speller.inputs[1]])
        try speller.append(
            Expand(), [try speller.scalar(0, like: 0), extents], outputs: speller.outputs)
    }

    var aliasedInput: Int? { 0 }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let type = context.dataType(0)
        let known = context.elements(1)
        guard let count = known?.count ?? context.length(1) else { return [.tensor(type, nil)] }
        // What may be negative may mean what is inferred.
        var result = (known ?? [Shape.Dimension](repeating: .unknown, count: count)).map {
            $0.extent != nil || $0.isNeverNegative ? $0 : .unknown
        }
        try context.require(
            result.count { $0 == -1 } <= 1,
            "expected at most one extent of -1, found \(Shape(result))")
        if allowsZero {
            try context.require(
                !result.contains(-1) || !result.contains(0),
                "expected no extent of 0 beside -1, found \(Shape(result))")
        }
        if let input = context.shape(0) {
            if !allowsZero {
                for index in result.indices where result[index] == 0 {
                    try context.require(
                        index < input.rank,
                        "shape \(Shape(result)) copies dimension \(index) of \(input)")
                    result[index] = input[index]
                }
            }
            try resolve(&result, input)
        }
        var inferred = Inferred.tensor(type, Shape(result.map { $0 == -1 ? .unknown : $0 }))
        inferred.elements = result.count <= 1 ? context.elements(0) : nil
        return [inferred]
    }

    /// Replaces the one dimension that isn't known, −1 or not, by the extent that keeps the number of elements.
    ///
    /// Dimensions that both shapes have are cancelled first, so that one of which nothing is known doesn't hide the rest.
    ///
    /// - Throws: ``HingeError`` when the number of elements surely changes.
    private func resolve(_ result: inout [Shape.Dimension], _ input: Shape) throws {
        let mismatch = HingeError(.mismatch, "cannot reshape \(input) to \(Shape(result))")
        let open = result.indices.filter { result[$0] == -1 || result[$0] == .unknown }
        if let extents = input.extents, open.isEmpty {
            guard let target = Shape(result).extents else { return }
            guard Extent.product(of: extents) == Extent.product(of: target) else { throw mismatch }
        }
        guard open.count == 1, let place = open.first else { return }
        var given = input.dimensions
        var factors: [Shape.Dimension] = []
        for (index, dimension) in result.enumerated() where index != place {
            if dimension != 0, let match = given.firstIndex(of: dimension) {
                given.remove(at: match)
            } else {
                factors.append(dimension)
            }
        }
        let (total, product) = (Shape.Dimension.product(given), Shape.Dimension.product(factors))
        if let total = total.extent, let product = product.extent {
            guard product != 0 else {
                // Nothing times anything is nothing; but −1 isn't anything.
                if result[place] == -1 || total != 0 { throw mismatch }
                return
            }
            guard total % product == 0 else { throw mismatch }
        }
        // Where a named extent is 0, only −1 asks for what is left.
        guard
            result[place] == -1
                || result.indices.allSatisfy({
                    $0 == place || result[$0].extent ?? 0 != 0
                })
        else { return }
        let rest = Shape.Dimension.computed(total, product) { $0.quotient(by: $1) }
        if rest != .unknown { result[place] = rest }
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
