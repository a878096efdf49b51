import HingeGraph

/// `−x`, elementwise.
///
/// The least integer of a type stays as it is.
///
/// Source: ONNX Neg 1, 6, 13.
public struct Neg: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension Neg {
    static let type = "Neg"

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        var outputs = context.same()
        outputs[0].elements = context.folding {
            $0.extent.map { .known(0 &- $0) } ?? Shape.Dimension.known(0).minus($0)
        }
        return outputs
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        guard let need = outputs.first ?? nil else { return [:] }
        return [0: need.undoing(factor: -1, offset: 0)]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function(), Function())
    }

    private struct Function: UnaryFunction, UnaryIntegerFunction {
        static var isRoundedOnce: Bool { true }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { -x }
        @inline(__always)
        func callAsFunction<T: FixedWidthInteger>(_ x: T) -> T { 0 &- x }
    }
}

extension Neg: UnaryDerivative {
    /// `−g`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.negate(g)
    }
}
