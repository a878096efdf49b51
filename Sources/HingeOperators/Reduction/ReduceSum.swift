import HingeGraph

/// The sum of the elements along some axes.
///
/// Integers wrap around. The sum of none is 0.
///
/// Source: ONNX ReduceSum 1, 11, 13; the axes were an attribute before 13.
public struct ReduceSum: ReductionOperator {
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

public extension ReduceSum {
    static let type = "ReduceSum"

    static let axesInputVersion = 13

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        var output = Inferred.tensor(context.dataType(0), try inferShape(context))
        output.elements = try foldElements(context) { .sum($0) }
        return [output]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try reduce(context, Real(), Whole())
    }

    private struct Real: RealReduction {
        @inline(__always) var initial: Double { 0 }
        @inline(__always) func add(_ state: Double, _ x: Double) -> Double { state + x }
        @inline(__always) func merge(_ a: Double, _ b: Double) -> Double { a + b }
        @inline(__always) func finish(_ state: Double, count: Int) -> Double { state }
    }

    private struct Whole: IntegerReduction {
        @inline(__always)
        func initial<T: FixedWidthInteger>(_ type: T.Type) -> T { 0 }
        @inline(__always)
        func add<T: FixedWidthInteger>(_ state: T, _ x: T) -> T { state &+ x }
        @inline(__always)
        func merge<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a &+ b }
    }
}

extension ReduceSum: DifferentiableOperator {
    /// `g`, repeated over what was summed.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try kept(derivative.outputGradient(), &derivative)
        derivative.give(try derivative.expand(g, like: derivative.input(0)), for: 0)
    }
}
