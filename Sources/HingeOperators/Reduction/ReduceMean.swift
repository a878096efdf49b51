import HingeGraph

/// The mean of the elements along some axes.
///
/// That of integers is cut off towards 0; of no elements it is NaN, or 0.
///
/// Source: ONNX ReduceMean 1, 11, 13, 18; the axes were an attribute before 18.
public struct ReduceMean: ReductionOperator {
    /// The axes, where they are constants of the operator; otherwise they are input 1.
    public var axes: [Int]?
    /// Whether reduced dimensions stay, with an extent of 1.
    public var keepsDimensions: Bool
    /// Whether nothing is reduced where no axes are given.
    public var isIdentityWithoutAxes: Bool

    /// Creates the operator; without axes of its own, they are input 1, or all.
    public init(
        axes: [Int]? = nil, keepsDimensions: Bool = true, isIdentityWithoutAxes: Bool = false
    ) {
        self.axes = axes
        self.keepsDimensions = keepsDimensions
        self.isIdentityWithoutAxes = isIdentityWithoutAxes
    }
}

public extension ReduceMean {
    static let type = "ReduceMean"

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try reduce(context, Real())
    }

    private struct Real: RealReduction {
        @inline(__always) var initial: Double { 0 }
        @inline(__always) func add(_ state: Double, _ x: Double) -> Double { state + x }
        @inline(__always) func merge(_ a: Double, _ b: Double) -> Double { a + b }
        @inline(__always) func finish(_ state: Double, count: Int) -> Double {
            state / Double(count)
        }
    }
}

extension ReduceMean: DifferentiableOperator {
    /// `g / n`, repeated over the n elements that each mean is of.
    public func differentiate(_ derivative: inout Derivative) throws {
        let x = try derivative.input(0)
        let g = try kept(derivative.outputGradient(), &derivative)
        let sizes = try (
            derivative.append(SizeOf(), x), derivative.append(SizeOf(), derivative.output())
        )
        let count = try derivative.append(
            Cast(to: derivative.composition.dataType(x)),
            derivative.append(Div(), sizes.0, sizes.1))
        derivative.give(try derivative.expand(derivative.divide(g, count), like: x), for: 0)
    }
}
