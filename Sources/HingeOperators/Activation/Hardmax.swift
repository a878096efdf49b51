import HingeGraph

/// 1 at the first of the largest elements along an axis, 0 elsewhere.
///
/// Source: ONNX Hardmax 1, 11, 13.
public struct Hardmax: AxisActivation {
    /// The axis; negative values count from the last.
    public var axis: Int
    /// Whether all dimensions from the axis on are taken as one, as versions before 13 mean.
    public var isFlattened = false

    /// Creates the operator.
    public init(axis: Int = -1) {
        self.axis = axis
    }
}

public extension Hardmax {
    static let type = "Hardmax"

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.apply(Maximum(), span(of: context.input(0).shape))
    }

    private struct Maximum: AxisKernel {
        static var cost: Int { 4 }

        func callAsFunction<T: RealMatrixElement>(
            _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, count: Int, step: Int, lines: Int
        ) {
            for line in 0..<lines {
                let (x, y) = (x + line, y + line)
                var best = 0
                for place in 0..<count where x[place * step] > x[best * step] { best = place }
                for place in 0..<count { y[place * step] = place == best ? 1 : 0 }
            }
        }
    }
}

extension Hardmax: UndifferentiatedOperator {
    /// It is 0 or 1 everywhere.
    public static var derivativeAbsence: DerivativeAbsence { .zero("it is 0 or 1 everywhere") }
}
