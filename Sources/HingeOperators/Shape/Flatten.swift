import HingeGraph

/// Makes a matrix of a tensor: the dimensions before `axis` are multiplied into rows, the rest into columns.
///
/// Source: ONNX Flatten 1, 9, 11, 13, 21, 23, 24, 25; a negative axis since 11.
public struct Flatten: Operator {
    /// The first dimension that goes into the columns, from −rank to rank.
    public var axis: Int

    /// Creates the operator.
    public init(axis: Int = 1) {
        self.axis = axis
    }
}

public extension Flatten {
    static let type = "Flatten"

    init(_ node: NodeReader) throws {
        axis = try node.int("axis", default: 1)
    }

    func spell(_ speller: inout Speller) throws {
        speller.emit(Self.type, [.int("axis", try speller.nonNegative([axis], before: 11)[0])])
    }

    private func start(rank: Int) throws -> Int {
        let start = axis < 0 ? axis + rank : axis
        guard (0...rank).contains(start) else {
            throw HingeError(
                .mismatch, "expected an axis from \(-rank) to \(rank), found \(axis)",
                at: [.attribute("axis")])
        }
        return start
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        guard let shape = context.shape(0) else {
            return [.tensor(context.dataType(0), .unknown(rank: 2))]
        }
        let start = try start(rank: shape.rank)
        return [
            .tensor(
                context.dataType(0),
                [
                    .product(shape.dimensions[..<start]), .product(shape.dimensions[start...]),
                ])
        ]
    }

    var aliasedInput: Int? { 0 }

    func isIdentity(_ context: InferenceContext, _ outputs: [Inferred]) -> Bool {
        context.keepsShape(outputs)
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let x = try context.input(0)
        let start = try start(rank: x.rank)
        context.set(
            0, try x.reshaped(to: [x.shape[..<start].reduce(1, *), x.shape[start...].reduce(1, *)])
        )
    }
}

extension Flatten: UnaryDerivative {
    /// `g in the shape of x`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.reshape(g, like: x)
    }
}
