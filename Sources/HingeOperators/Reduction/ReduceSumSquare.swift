import HingeGraph

/// The sum of the squares of the elements along some axes.
///
/// Integers wrap around.
///
/// Source: ONNX ReduceSumSquare 1, 11, 13, 18; the axes were an attribute before 18.
public struct ReduceSumSquare: ReductionOperator {
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

public extension ReduceSumSquare {
    static let type = "ReduceSumSquare"

    func spellWithoutAxes(_ speller: inout Speller) {
        speller.emit(
            "Mul", inputs: [speller.inputs[0], speller.inputs[0]], outputs: speller.outputs)
    }

    func reduction(along axis: Int) -> any Operator { ReduceSum(axes: [axis]) }

    func spellBefore(_ x: String, _ speller: inout Speller) throws -> String {
        speller.step("Mul", [x, x])
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try reduce(context, Real(), Whole())
    }

    private struct Real: RealReduction {
        @inline(__always) var initial: Double { 0 }
        @inline(__always) func add(_ state: Double, _ x: Double) -> Double { state + x * x }
        @inline(__always) func merge(_ a: Double, _ b: Double) -> Double { a + b }
        @inline(__always) func finish(_ state: Double, count: Int) -> Double { state }
    }

    private struct Whole: IntegerReduction {
        @inline(__always)
        func initial<T: FixedWidthInteger>(_ type: T.Type) -> T { 0 }
        @inline(__always)
        func add<T: FixedWidthInteger>(_ state: T, _ x: T) -> T { state &+ x &* x }
        @inline(__always)
        func merge<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a &+ b }
    }
}

extension ReduceSumSquare: DifferentiableOperator {
    /// `2 · g · x`.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try kept(derivative.outputGradient(), &derivative)
        derivative.give(
            try derivative.multiply(derivative.multiply(derivative.input(0), 2), g), for: 0)
    }
}
