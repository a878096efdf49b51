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
        try context.map { $0.arrayLoop(Function()) ?? $0.integerLoop(Function()) }
    }

    private struct Function: ArrayFunction, UnaryIntegerFunction {
        static var cost: Int { 2 * RealMath.arrayCost }
        static var isRoundedOnce: Bool { true }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { T.erf(x) }
        func callAsFunction<T: RealElement>(
            _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ count: Int
        ) {
            T.erf(x, to: y, count: count)
        }
        @inline(__always)
        func callAsFunction<T: FixedWidthInteger>(_ x: T) -> T {
            T(saturating: Double.erf(Double(x)))
        }
    }
}

extension Erf: UnaryDerivative {
    /// `g · 2 / √π · exp(−x²)`.
    func gradient(
        _ g: Composition.Operand, x: Composition.Operand, y: Composition.Operand,
        _ steps: inout Derivative
    ) throws -> Composition.Operand {
        let bell = try steps.append(Exp(), steps.negate(steps.square(x)))
        return try steps.multiply(g, steps.multiply(bell, 2 / Double.pi.squareRoot()))
    }
}
