import HingeGraph

/// The sum of the absolute values of the elements along some axes.
///
/// Integers wrap around.
///
/// Source: ONNX ReduceL1 1, 11, 13, 18; the axes were an attribute before 18.
public struct ReduceL1: ReductionOperator {
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

public extension ReduceL1 {
    static let type = "ReduceL1"

    func spellWithoutAxes(_ speller: inout Speller) {
        speller.emit("Abs", inputs: [speller.inputs[0]], outputs: speller.outputs)
    }

    func spellBefore(_ x: String, _ speller: inout Speller) throws -> String {
        speller.step("Abs", [x])
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try reduce(context, Real(), Whole())
    }

    private struct Real: RealReduction {
        @inline(__always) var initial: Double { 0 }
        @inline(__always) func add(_ state: Double, _ x: Double) -> Double { state + x.magnitude }
        @inline(__always) func merge(_ a: Double, _ b: Double) -> Double { a + b }
        @inline(__always) func finish(_ state: Double, count: Int) -> Double { state }
    }

    private struct Whole: IntegerReduction {
        @inline(__always)
        func initial<T: FixedWidthInteger>(_ type: T.Type) -> T { 0 }
        @inline(__always)
        func add<T: FixedWidthInteger>(_ state: T, _ x: T) -> T {
            state &+ T(truncatingIfNeeded: x.magnitude)
        }
        @inline(__always)
        func merge<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a &+ b }
    }
}

extension ReduceL1: DifferentiableOperator {
    /// `g · sign(x)`: 0 at 0.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try kept(derivative.outputGradient(), &derivative)
        let sign = try derivative.append(Sign(), derivative.input(0))
        derivative.give(try derivative.multiply(sign, g), for: 0)
    }
}
