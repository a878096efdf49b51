import HingeGraph

/// A tensor of the shape that the input, `int64[rank]`, says, whose elements all have one value.
///
/// Source: ONNX ConstantOfShape 9, 20, 21, 23, 24, 25.
public struct ConstantOfShape: Operator {
    /// The value of all elements: a tensor with one element.
    public var value: Tensor

    /// Creates the operator; the value is a tensor with one element.
    public init(_ value: Tensor = Tensor([Float(0)])) {
        self.value = value
    }
}

public extension ConstantOfShape {
    static let type = "ConstantOfShape"

    init(_ node: NodeReader) throws {
        value = try node.tensor("value") ?? Tensor([Float(0)])
        guard value.count == 1 else {
            throw node.error("value", "expected one element, found \(value.count)")
        }
    }

    func spell(_ speller: inout Speller) throws {
        speller.emit(Self.type, [.tensor("value", try value.reshaped(to: [1]))])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        if let shape = context.shape(0) {
            try context.require(shape.rank == 1, "expected a vector, found \(shape)")
        }
        if let elements = context.elements(0) {
            try context.require(
                elements.allSatisfy { $0.extent ?? 0 >= 0 },
                "expected a shape, found \(Shape(elements))")
            return [.tensor(value.dataType, Shape(elements))]
        }
        return [.tensor(value.dataType, context.length(0).map { .unknown(rank: $0) })]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [0: .count(upTo: 3)]
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let shape = try context.input(0).integers()
        let count = try Tensor.count(of: shape)
        try context.move(value, shape, by: Fill(count: count))
    }
}

/// Writes the first element of the first source everywhere.
struct Fill: Movement {
    let count: Int

    @inline(__always)
    func callAsFunction<Element>(
        _ sources: MovementSources<Element>, _ result: UnsafeMutablePointer<Element>
    ) {
        let value = sources[0].pointee
        parallelFor(count, cost: 1) { range in
            (result + range.lowerBound).update(repeating: value, count: range.count)
        }
    }
}

extension ConstantOfShape: UndifferentiatedOperator {
    /// Its output depends on a shape only.
    public static var derivativeAbsence: DerivativeAbsence {
        .zero("its output depends on a shape only")
    }
}
