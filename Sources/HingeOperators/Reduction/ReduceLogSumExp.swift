import HingeGraph

/// `ln Σ eˣ` of the elements along some axes, without overflow.
///
/// That of integers is cut off. Of no elements it is −∞.
///
/// Source: ONNX ReduceLogSumExp 1, 11, 13, 18, 28; the axes were an attribute before 18.
public struct ReduceLogSumExp: ReductionOperator {
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

public extension ReduceLogSumExp {
    static let type = "ReduceLogSumExp"

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try reduce(context, Real())
    }

    /// The sum is kept relative to the largest element so far.
    private struct Real: RealReduction {
        static var cost: Int { RealMath.cost }

        struct State: BitwiseCopyable {
            var largest: Double
            var sum: Double
        }

        @inline(__always) var initial: State { State(largest: -.infinity, sum: 0) }

        @inline(__always) func add(_ state: State, _ x: Double) -> State {
            merge(state, State(largest: x, sum: 1))
        }

        @inline(__always) func merge(_ a: State, _ b: State) -> State {
            if a.largest == b.largest { return State(largest: a.largest, sum: a.sum + b.sum) }
            if a.largest > b.largest {
                return State(
                    largest: a.largest, sum: a.sum + b.sum * RealMath.exp(b.largest - a.largest))
            }
            return State(
                largest: b.largest, sum: b.sum + a.sum * RealMath.exp(a.largest - b.largest))
        }

        @inline(__always) func finish(_ state: State, count: Int) -> Double {
            state.largest + RealMath.log(state.sum)
        }
    }
}

extension ReduceLogSumExp: DifferentiableOperator {
    /// `g · e^(x − y)`, and 0 where y is −∞.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try kept(derivative.outputGradient(), &derivative)
        let y = try kept(derivative.output(), &derivative)
        let isFinite = try derivative.append(Not(), derivative.append(IsInf(), y))
        let share = try derivative.append(
            Exp(), derivative.subtract(derivative.input(0), derivative.keep(y, where: isFinite)))
        derivative.give(try derivative.multiply(share, g), for: 0)
    }
}
