import HingeGraph

/// The product of the elements along some axes.
///
/// Integers wrap around. The product of none is 1.
///
/// Source: ONNX ReduceProd 1, 11, 13, 18; the axes were an attribute before 18.
public struct ReduceProd: ReductionOperator {
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

public extension ReduceProd {
    static let type = "ReduceProd"

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        var output = Inferred.tensor(context.dataType(0), try inferShape(context))
        output.elements = try foldElements(context) { .product($0) }
        return [output]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try reduce(context, Real(), Whole())
    }

    private struct Real: RealReduction {
        @inline(__always) var initial: Double { 1 }
        @inline(__always) func add(_ state: Double, _ x: Double) -> Double { state * x }
        @inline(__always) func merge(_ a: Double, _ b: Double) -> Double { a * b }
        @inline(__always) func finish(_ state: Double, count: Int) -> Double { state }
    }

    private struct Whole: IntegerReduction {
        @inline(__always)
        func initial<T: FixedWidthInteger>(_ type: T.Type) -> T { 1 }
        @inline(__always)
        func add<T: FixedWidthInteger>(_ state: T, _ x: T) -> T { state &* x }
        @inline(__always)
        func merge<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a &* b }
    }
}

extension ReduceProd: DifferentiableOperator {
    /// `g · Π xⱼ` without the factor `x` itself: right for factors of 0 too.
    ///
    /// It takes the square of an axis' extent in memory.
    public func differentiate(_ derivative: inout Derivative) throws {
        let x = try derivative.input(0)
        let rank = try derivative.composition.knownShape(x).rank
        let known = try derivative.optionalInput(1).map { operand in
            guard let axes = try derivative.composition.fact(operand).constant?.integers() else {
                throw derivative.unsupported("a product over axes that are computed")
            }
            return axes
        }
        let reduced = try reducedAxes(known ?? axes, rank: rank).sorted()
        var partial = [x]
        for axis in reduced {
            partial.append(
                try derivative.append(ReduceProd(axes: [axis]), partial[partial.count - 1]))
        }
        var g = try kept(derivative.outputGradient(), &derivative)
        for (axis, factors) in zip(reduced, partial).reversed() {
            let others = try derivative.factorsWithoutOne(factors, axis)
            let products = try derivative.append(
                ReduceProd(axes: [axis + 1], keepsDimensions: false), others)
            g = try derivative.multiply(products, g)
        }
        derivative.give(g, for: 0)
    }
}
