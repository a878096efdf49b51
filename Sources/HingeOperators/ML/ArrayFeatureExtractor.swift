import HingeGraph

/// Takes the columns of input 0, `[…, F]`, that input 1, indices of any shape, names: `[…, K]`, K the number of indices.
///
/// A vector `[F]` gives one row, `[1, K]`.
///
/// Source: ONNX ml ArrayFeatureExtractor 1.
public struct ArrayFeatureExtractor: MachineLearningOperator {
    /// Creates the operator.
    public init() {}
}

public extension ArrayFeatureExtractor {
    static let type = "ArrayFeatureExtractor"

    init(_ node: NodeReader) {}

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        guard let shape = context.shape(0) else {
            return [.tensor(context.dataType(0), nil)]
        }
        try context.require(shape.rank >= 1, "expected a last dimension, found \(shape)")
        let count = context.shape(1).map { Shape.Dimension.product($0.dimensions) } ?? .unknown
        let outer = shape.rank == 1 ? [.known(1)] : Array(shape.dimensions.dropLast())
        return [.tensor(context.dataType(0), Shape(outer + [count]))]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs = moving(0, of: outputs)
        needs[1] = .index(into: context.extent(0, -1))
        return needs
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let (x, picks) = (try context.input(0), try context.input(1))
        guard let columns = x.shape.last else {
            throw HingeError(.mismatch, "expected a last dimension, found \(x.shape)")
        }
        let count = try Tensor.count(of: picks.shape)
        let shape = (x.rank == 1 ? [1] : Array(x.shape.dropLast())) + [count]
        let span = AxisSpan(x.shape, x.rank - 1..<x.rank)
        let constant = try picks.constant.map { try Self.indices($0, below: columns) }
        return { context in
            let indices = try constant ?? Self.indices(context.input(1), below: columns)
            try context.move(
                context.input(0), shape, by: AxisGather(span: span, indices: indices))
        }
    }

    private static func indices(_ tensor: Tensor, below extent: Int) throws -> [Int] {
        let indices = try tensor.integers()
        for index in indices where !(0..<extent).contains(index) {
            throw HingeError(
                .mismatch, "expected indices from 0 to \(extent - 1), found \(index)")
        }
        return indices
    }
}

extension ArrayFeatureExtractor: UndifferentiatedOperator {
    /// The derivative of learned models of ai.onnx.ml is not built.
    public static var derivativeAbsence: DerivativeAbsence {
        .unstated("the derivative of learned models of ai.onnx.ml is not built")
    }
}
