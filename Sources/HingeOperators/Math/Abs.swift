import HingeGraph

/// `|x|`, elementwise.
///
/// The least integer of a type stays as it is.
///
/// Source: ONNX Abs 1, 6, 13.
public struct Abs: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension Abs {
    static let type = "Abs"

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        var outputs = context.same()
        outputs[0].elements = context.folding {
            if let number = $0.extent { return .known(Int(truncatingIfNeeded: number.magnitude)) }
            return .larger($0, Shape.Dimension.known(0).minus($0))
        }
        return outputs
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        moving(0, of: outputs)
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function(), Function())
    }

    private struct Function: UnaryFunction, UnaryIntegerFunction {
        static var isRoundedOnce: Bool { true }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { x.magnitude }
        @inline(__always)
        func callAsFunction<T: FixedWidthInteger>(_ x: T) -> T {
            T(truncatingIfNeeded: x.magnitude)
        }
    }
}

extension Abs: UnaryDerivative {
    /// `g · sign(x): 0 at 0`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        try steps.multiply(g, steps.append(Sign(), x))
    }
}
