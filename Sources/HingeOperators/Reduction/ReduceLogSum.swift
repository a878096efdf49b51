import HingeGraph

/// The natural logarithm of the sum of the elements along some axes.
///
/// That of integers is cut off.
///
/// Source: ONNX ReduceLogSum 1, 11, 13, 18, 28; the axes were an attribute before 18.
public struct ReduceLogSum: ReductionOperator {
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

public extension ReduceLogSum {
    static let type = "ReduceLogSum"

    func spellWithoutAxes(_ speller: inout Speller) {
        speller.emit("Log", inputs: [speller.inputs[0]], outputs: speller.outputs)
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs = axesNeeds(context)
        needs[0] = .positive
        return needs
    }

    func reduction(along axis: Int) -> any Operator { ReduceSum(axes: [axis]) }

    func spellAfter(_ x: String, _ speller: inout Speller) throws -> String {
        speller.step("Log", [x])
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try reduce(context, Real())
    }

    private struct Real: RealReduction {
        @inline(__always) var initial: Double { 0 }
        @inline(__always) func add(_ state: Double, _ x: Double) -> Double { state + x }
        @inline(__always) func merge(_ a: Double, _ b: Double) -> Double { a + b }
        @inline(__always) func finish(_ state: Double, count: Int) -> Double { RealMath.log(state) }
    }
}

extension ReduceLogSum: DifferentiableOperator {
    /// `g / Σ x`.
    public func differentiate(_ derivative: inout Derivative) throws {
        let x = try derivative.input(0)
        let g = try kept(derivative.outputGradient(), &derivative)
        let y = try kept(derivative.output(), &derivative)
        let part = try derivative.divide(g, derivative.append(Exp(), y))
        derivative.give(try derivative.expand(part, like: x), for: 0)
    }
}
