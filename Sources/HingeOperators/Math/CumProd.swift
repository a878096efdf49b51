import HingeGraph

/// The products of the elements up to each one along an axis, which is input 1, `int64` or `int32`.
///
/// Floating-point numbers are accumulated in `Double`. Integers wrap around.
///
/// Source: ONNX CumProd 26.
public struct CumProd: CumulativeOperator {
    /// The axis, where it is a constant of the operator; otherwise it is input 1.
    public var axis: Int?
    /// Whether each element itself is left out.
    public var isExclusive: Bool
    /// Whether to begin at the end.
    public var isReversed: Bool

    /// Creates the operator; without an axis, that is input 1.
    public init(axis: Int? = nil, isExclusive: Bool = false, isReversed: Bool = false) {
        self.axis = axis
        self.isExclusive = isExclusive
        self.isReversed = isReversed
    }
}

public extension CumProd {
    static let type = "CumProd"

    /// Before version 26, a scan along the axis carries the product.
    func spell(_ speller: inout Speller) throws {
        if speller.opset >= 26 { return emit(&speller) }
        let type = try speller.elementType(0)
        let rows = try AxisRows(&speller, axis: 1)
        let one = speller.constant(try Tensor(filledWith: 1, type, shape: []))
        let start = try speller.append(Expand(), [one, rows.others])
        let shape = Shape.unknown(rank: 2)
        let isExclusive = isExclusive
        let body = try speller.body([(type, shape), (type, shape)]) {
            let product = try $0.append(Mul(), $1[0], $1[1])
            return [product, isExclusive ? $1[0] : product]
        }
        let products = speller.freshName()
        try speller.emitScan(
            of: body, axis: 1, isReversed: isReversed, states: [start], inputs: [rows.value],
            finals: [""], outputs: [products])
        try speller.append(
            Reshape(allowsZero: speller.opset >= 14), [products, rows.shape],
            outputs: speller.outputs)
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try accumulate(context, Product())
    }

    private struct Product: Accumulation {
        @inline(__always) func initial<T: ComputedNumber>() -> T { .one }
        @inline(__always)
        func callAsFunction<T: ComputedNumber>(_ a: T, _ b: T) -> T { T.product(a, b) }
    }
}

extension CumProd: DifferentiableOperator {
    /// `Σᵢ gᵢ · Πⱼ xⱼ` without the factor `x` itself: right for factors of 0 too.
    ///
    /// It takes the square of the axis' extent in memory.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        let x = try derivative.input(0)
        let axis = try constantAxis(derivative)
        // [..., k, j, ...]: the factors j without the factor k.
        let others = try derivative.factorsWithoutOne(x, axis)
        let products = try derivative.append(
            CumProd(axis: axis + 1, isExclusive: isExclusive, isReversed: isReversed), others)
        let (k, i) = try derivative.places(x, axis)
        let isAfter: any Operator =
            switch (isExclusive, isReversed) {
            case (false, false): GreaterOrEqual()
            case (true, false): Greater()
            case (false, true): LessOrEqual()
            case (true, true): Less()
            }
        let takesPart = try derivative.append(isAfter, i, k)
        let wide = try derivative.append(Unsqueeze(axes: [axis]), g)
        let part = try derivative.keep(derivative.multiply(products, wide), where: takesPart)
        derivative.give(
            try derivative.append(
                ReduceSum(axes: [axis + 1], keepsDimensions: false), part), for: 0)
    }

    private func constantAxis(_ derivative: Derivative) throws -> Int {
        let known = derivative.composition.fact(try derivative.input(1)).constant
        guard let axis = try known?.integers().first else {
            throw derivative.unsupported("a product along an axis that is computed")
        }
        return try derivative.axis(axis, of: derivative.input(0))
    }
}
