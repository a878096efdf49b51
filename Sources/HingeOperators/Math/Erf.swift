import HingeGraph

/// The error function `2/√π ∫₀ˣ e^(−t²) dt`, elementwise.
///
/// Versions before 13 also took integers, of which the result is cut off: −1, 0 or 1.
///
/// Source: ONNX Erf 9, 13.
public struct Erf: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension Erf {
    static let type = "Erf"

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.map(Function(), Function())
    }

    private struct Function: UnaryFunction, UnaryIntegerFunction {
        static var cost: Int { RealMath.cost }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { T.erf(x) }
        @inline(__always)
        func callAsFunction<T: FixedWidthInteger>(_ x: T) -> T {
            T(saturating: Double.erf(Double(x)))
        }
    }
}
