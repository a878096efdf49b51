import HingeGraph

/// `x`, but at least `minimum` and at most `maximum`; elementwise.
///
/// The bounds are constants of the operator, or inputs 1 and 2, scalars of the type of `x`. Where the minimum is
/// above the maximum, the maximum holds. A NaN stays a NaN.
///
/// Source: ONNX Clip 1, 6, 11, 12, 13; before 11 the bounds were attributes. Keras `ReLU(max_value)`.
public struct Clip: PreparedOperator {
    /// The lower bound, where it is a constant of the operator.
    public var minimum: Float?
    /// The upper bound, where it is a constant of the operator.
    public var maximum: Float?

    /// Creates the operator; without bounds of its own, those are inputs 1 and 2.
    public init(minimum: Float? = nil, maximum: Float? = nil) {
        self.minimum = minimum
        self.maximum = maximum
    }
}

public extension Clip {
    static let type = "Clip"

    /// The default bounds of version 6, the largest finite numbers, are read as no bounds.
    init(_ node: NodeReader) throws {
        guard node.opset < 11 else { return }
        let largest = Float.greatestFiniteMagnitude
        minimum = try node.float("min").flatMap { $0 == -largest ? nil : $0 }
        maximum = try node.float("max").flatMap { $0 == largest ? nil : $0 }
    }

    func spell(_ speller: inout Speller) throws {
        if speller.opset < 11 {
            var attributes: [Attribute] = []
            if let maximum = try attributeBound(maximum, 2, speller) {
                attributes.append(.float("max", maximum))
            }
            if let minimum = try attributeBound(minimum, 1, speller) {
                attributes.append(.float("min", minimum))
            }
            return speller.emit(
                Self.type, attributes, inputs: [speller.inputs[0]], outputs: speller.outputs)
        }
        let low = try inputBound(minimum, 1, speller)
        let high = try inputBound(maximum, 2, speller)
        speller.emit(
            Self.type, inputs: [speller.inputs[0], low, high], outputs: speller.outputs)
    }

    /// A bound as an attribute: always a `Float`.
    private func attributeBound(
        _ bound: Float?, _ index: Int, _ speller: Speller
    ) throws -> Float? {
        guard speller.hasInput(index) else { return bound }
        let tensor = try speller.constantInput(index, named: "Clip with a bound", needing: 11)
        guard let value = try tensor.doubles().first, Double(Float(value)) == value || value.isNaN
        else { throw speller.needs(11, "Clip with the bound \(try tensor.doubles())") }
        return Float(value)
    }

    /// The name of a bound as an input; empty when there is none.
    private func inputBound(_ bound: Float?, _ index: Int, _ speller: Speller) throws -> String {
        if speller.hasInput(index) { return speller.inputs[index] }
        return try bound.map { try speller.scalar(Double($0), like: 0) } ?? ""
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try context.requireScalars(1..<3)
        return context.same()
    }

    var inPlaceInputs: [Int] { [0] }

    var locality: Locality { .elementwise }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        let low = minimum.map { Double($0) } ?? context.uniformConstant(1)
        let high = maximum.map { Double($0) } ?? context.uniformConstant(2)
        var bounded = ElementNeeds.near([low, high].compactMap { $0 })
        if let need = outputs.first ?? nil {
            // What the bounds see to already isn't needed of the input.
            let range = need.range ?? -.infinity ... .infinity
            let isKept =
                range.lowerBound <= low ?? -.infinity && range.upperBound >= high ?? .infinity
            var rest = need.anywhere
            if isKept { rest.range = nil }
            bounded = bounded.merged(with: rest)
        }
        return [0: bounded, 1: .within(-1, -0.5), 2: .within(0.5, 1)]
    }

    /// Without bounds.
    func isIdentity(_ context: InferenceContext, _ outputs: [Inferred]) -> Bool {
        minimum == nil && maximum == nil && !context.has(1) && !context.has(2)
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        var visitor = Visitor(
            x: x, low: try bound(minimum, 1, x.dataType, context),
            high: try bound(maximum, 2, x.dataType, context))
        guard x.dataType != .bool, let kernel = try x.dataType.visit(&visitor) else {
            throw x.notSupported()
        }
        return kernel
    }

    private func bound(
        _ bound: Float?, _ index: Int, _ type: DataType, _ context: PreparationContext
    ) throws -> Bound {
        guard let tensor = try context.optionalInput(index) else {
            return .constant(try bound.map { try Tensor(filledWith: Double($0), type, shape: []) })
        }
        guard Extent.product(of: tensor.shape) == 1, tensor.dataType == type else {
            throw HingeError(
                .mismatch,
                "expected one \(type) as input \(index), found \(tensor.dataType)\(tensor.shape)")
        }
        return tensor.constant.map { .constant($0) } ?? .input(index)
    }

    /// Where a bound comes from.
    fileprivate enum Bound {
        /// One number; `nil` for no bound.
        case constant(Tensor?)
        case input(Int)
    }

    private struct Visitor: NumberVisitor {
        let x: KnownTensor
        let low: Bound
        let high: Bound

        func visit<T: NumberElement>(_ type: T.Type) throws -> Kernel {
            let (dataType, shape) = (x.dataType, x.shape)
            let (low, high) = (try low.number(T.self, .lowest), try high.number(T.self, .highest))
            return { context in
                let bounds = Bounds<T>(low: try low(context), high: try high(context))
                try bounds.code.run(context.output(0, dataType, shape), context.input(0))
            }
        }
    }

    private struct Bounds<T: NumberElement>: ElementFunction {
        let low: T.Computed
        let high: T.Computed
        @inline(__always)
        func callAsFunction(_ x: T) -> T {
            let x = x.computed
            let raised = x < low ? low : x
            return T(computed: raised > high ? high : raised)
        }
    }
}

extension Clip.Bound {
    /// The bound in a run; `standard` where there is none.
    fileprivate func number<T: NumberElement>(
        _ type: T.Type, _ standard: T.Computed
    ) throws -> @Sendable (EvaluationContext) throws -> T.Computed {
        switch self {
        case .constant(let tensor):
            let number = try tensor?.array(of: T.self).first?.computed ?? standard
            return { _ in number }
        case .input(let index):
            return { try $0.input(index).array(of: T.self).first?.computed ?? standard }
        }
    }
}

extension Clip: DifferentiableOperator {
    /// For `x`, g between the bounds, these included, and 0 beyond; for a bound, the sum of g where it holds.
    ///
    /// At a bound, the gradient is that of `x` alone.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        let x = try derivative.input(0)
        let low = try derivative.optionalInput(1) ?? bound(minimum, x, &derivative)
        let high = try derivative.optionalInput(2) ?? bound(maximum, x, &derivative)
        let isAbove = try high.map { try derivative.append(Greater(), x, $0) }
        var isBelow = try low.map { try derivative.append(Less(), x, $0) }
        if let bound = high, let least = low, let below = isBelow {
            // Where the bounds cross, the maximum holds.
            let isCrossed = try derivative.append(Greater(), least, bound)
            isBelow = try derivative.append(
                And(), below, derivative.append(Not(), isCrossed))
            if derivative.wants(0) || derivative.wants(2) {
                let top = try isAbove.map { try derivative.append(Or(), $0, isCrossed) }
                try give(g, isBelow, top, &derivative)
                return
            }
        }
        try give(g, isBelow, isAbove, &derivative)
    }

    private func bound(
        _ bound: Float?, _ x: Derivative.Operand, _ derivative: inout Derivative
    ) throws -> Derivative.Operand? {
        try bound.map { try derivative.scalar(Double($0), like: x) }
    }

    private func give(
        _ g: Derivative.Operand, _ isBelow: Derivative.Operand?, _ isAbove: Derivative.Operand?,
        _ derivative: inout Derivative
    ) throws {
        if derivative.wants(0) {
            let zero = try derivative.scalar(0, like: g)
            var gradient = g
            for beyond in [isBelow, isAbove] {
                if let beyond { gradient = try derivative.select(beyond, zero, gradient) }
            }
            derivative.give(gradient, for: 0)
        }
        for (index, beyond) in [(1, isBelow), (2, isAbove)] where derivative.wants(index) {
            guard let beyond else { continue }
            try derivative.giveSum(derivative.keep(g, where: beyond), for: index)
        }
    }
}
