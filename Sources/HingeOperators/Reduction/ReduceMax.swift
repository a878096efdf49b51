import HingeGraph

/// The largest of the elements along some axes.
///
/// If one of them is NaN, so is the result. Of no elements it is the least number of the type.
///
/// Source: ONNX ReduceMax 1, 11, 12, 13, 18, 20; the axes were an attribute before 18.
public struct ReduceMax: ReductionOperator {
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

public extension ReduceMax {
    static let type = "ReduceMax"

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        var output = Inferred.tensor(context.dataType(0), try inferShape(context))
        output.elements = try foldElements(context) { elements in
            elements.first.map { elements.dropFirst().reduce($0) { .larger($0, $1) } }
        }
        return [output]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        moving(0, of: outputs).merging(axesNeeds(context)) { first, _ in first }
    }

    /// Booleans are the numbers 0 and 1, also those of no elements: the least number of `uint8` is false, the largest true.
    func widerTypes(for type: DataType) -> [DataType] {
        type == .bool ? [.uint8] : type.widerReals
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try reduce(context, Real(), Whole())
    }

    private struct Real: RealReduction {
        @inline(__always) var initial: Double { -.infinity }
        @inline(__always) func add(_ state: Double, _ x: Double) -> Double {
            // Selections without a branch.
            let extreme = x > state ? x : state
            return x.isNaN ? x : extreme
        }
        @inline(__always) func merge(_ a: Double, _ b: Double) -> Double {
            a > b || a.isNaN ? a : b
        }
        @inline(__always) func finish(_ state: Double, count: Int) -> Double { state }
    }

    private struct Whole: IntegerReduction {
        @inline(__always)
        func initial<T: FixedWidthInteger>(_ type: T.Type) -> T { T.min }
        @inline(__always)
        func add<T: FixedWidthInteger>(_ state: T, _ x: T) -> T { state > x ? state : x }
        @inline(__always)
        func merge<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a > b ? a : b }
    }
}

extension ReduceMax: DifferentiableOperator {
    /// `g` for the element that the result is; several that are equal share it evenly.
    public func differentiate(_ derivative: inout Derivative) throws {
        try differentiateExtremum(&derivative)
    }
}
