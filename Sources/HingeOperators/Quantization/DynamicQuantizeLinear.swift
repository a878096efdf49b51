import HingeGraph

/// Quantizes to uint8 with the scale and zero point that fit the range of the elements, 0 included.
///
/// The outputs: the result, its scale, its zero point. The scale is the range divided by 255.
///
/// Source: ONNX DynamicQuantizeLinear 11.
public struct DynamicQuantizeLinear: Operator {
    /// Creates the operator.
    public init() {}
}

public extension DynamicQuantizeLinear {
    static let type = "DynamicQuantizeLinear"

    init(_ node: NodeReader) {}

    func spell(_ speller: inout Speller) { speller.emit(Self.type) }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        [.tensor(.uint8, context.shape(0)), .tensor(.float32, []), .tensor(.uint8, [])]
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let x = try context.input(0)
        guard x.dataType == .float32 else { throw x.notSupported() }
        let values = try x.array(of: Float.self)
        let least = min(0, values.min() ?? 0)
        let range = max(0, values.max() ?? 0) - least
        let scale = (range == 0 ? 1 : range) / 255
        let zeroPoint = min(max(-least / scale, 0), 255).rounded(.toNearestOrEven)
        context.set(
            0,
            try Tensor.quantized(values.map { Double($0 / scale) }, as: .uint8, shape: x.shape) {
                _ in
                Double(zeroPoint)
            })
        context.set(1, Tensor(scalar: scale))
        context.set(2, Tensor(scalar: UInt8(saturating: zeroPoint)))
    }
}

extension DynamicQuantizeLinear: UndifferentiatedOperator {
    /// The derivative of the scale is not built.
    public static var derivativeAbsence: DerivativeAbsence {
        .unstated("the derivative of the scale is not built")
    }
}
