import HingeGraph

/// The square root of the sum of the squares of the elements along some axes.
///
/// That of integers is cut off.
///
/// Source: ONNX ReduceL2 1, 11, 13, 18; the axes were an attribute before 18.
public struct ReduceL2: ReductionOperator {
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

public extension ReduceL2 {
    static let type = "ReduceL2"

    func spellWithoutAxes(_ speller: inout Speller) {
        speller.emit("Abs", inputs: [speller.inputs[0]], outputs: speller.outputs)
    }

    func spellBefore(_ x: String, _ speller: inout Speller) throws -> String {
        speller.step("Abs", [x])
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try reduce(context, Real())
    }

    private struct Real: RealReduction {
        @inline(__always) var initial: Double { 0 }
        @inline(__always) func add(_ state: Double, _ x: Double) -> Double { state + x * x }
        @inline(__always) func merge(_ a: Double, _ b: Double) -> Double { a + b }
        @inline(__always) func finish(_ state: Double, count: Int) -> Double { state.squareRoot() }
    }
}

extension ReduceL2: DifferentiableOperator {
    /// `g · x / y`, and 0 where y is 0.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try kept(derivative.outputGradient(), &derivative)
        let y = try kept(derivative.output(), &derivative)
        let isPositive = try derivative.isGreater(y, than: 0)
        let safe = try derivative.select(isPositive, y, derivative.scalar(1, like: y))
        let direction = try derivative.divide(derivative.input(0), safe)
        let product = try derivative.multiply(direction, g)
        derivative.give(try derivative.keep(product, where: isPositive), for: 0)
    }
}
