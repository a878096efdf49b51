import HingeGraph

/// The largest of all inputs, elementwise, with broadcasting.
///
/// If one of them is NaN, so is the result.
///
/// Source: ONNX Max 1, 6, 8, 12, 13; before 8 all inputs had one shape.
public struct Max: VariadicOperator {
    /// Creates the operator.
    public init() {}
}

public extension Max {
    static let type = "Max"

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        var output = try context.inferVariadic()
        output.elements = context.foldingAll { .larger($0, $1) }
        return [output]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        context.comparisonNeeds.merging(moving(Array(context.inputs.indices), of: outputs)) {
            $0.merged(with: $1)
        }
    }

    /// Integers of up to 32 bits are numbers of `float64` too.
    func widerTypes(for type: DataType) -> [DataType] {
        let integers = type.widerIntegers
        return type.widerReals + integers + (integers.isEmpty ? [] : [.float64])
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.reduceInputs(Function(), Function())
    }

    private struct Function: BinaryFunction, BinaryIntegerFunction {
        @inline(__always)
        func callAsFunction<T: RealElement>(_ a: T, _ b: T) -> T {
            a > b || a.isNaN ? a : b
        }
        @inline(__always)
        func callAsFunction<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a > b ? a : b }
    }
}

extension Max: DifferentiableOperator {
    /// `g` for the input that the result is; several that are equal share it evenly.
    public func differentiate(_ derivative: inout Derivative) throws {
        try derivative.differentiateExtremum()
    }
}
