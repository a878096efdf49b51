import HingeGraph

/// The number of elements of a tensor: `int64[]`.
///
/// The operator `Size` of ONNX; Foundation has another `Size` on macOS.
///
/// Source: ONNX Size 1, 13, 19, 21, 23, 24, 25.
public struct SizeOf: Operator {
    /// Creates the operator.
    public init() {}
}

public extension SizeOf {
    static let type = "Size"

    init(_ node: NodeReader) {}

    func spell(_ speller: inout Speller) { speller.emit(Self.type) }

    func infer(_ context: InferenceContext) -> [Inferred] {
        var result = Inferred.tensor(.int64, [])
        result.elements = context.shape(0).map { [.product($0.dimensions)] }
        return [result]
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let x = try context.input(0)
        try context.output(0, .int64, []).elements(of: Int64.self)[0] = Int64(x.count)
    }
}

extension SizeOf: UndifferentiatedOperator {
    /// Its output is a number of elements.
    public static var derivativeAbsence: DerivativeAbsence {
        .zero("its output is a number of elements")
    }
}
