import HingeGraph

/// `a` to the power `b`, elementwise, with broadcasting; the result has the type of `a`.
///
/// An integer to a negative integer power is cut off towards 0. Integers wrap around. Powers of another type than `a`, which
/// that type doesn't hold, count as they are: all is computed in `float64` then.
///
/// Source: ONNX Pow 1, 7, 12, 13, 15; before 7, broadcasting was asked for by attributes, and before 12 both
/// inputs had one type.
public struct Pow: BroadcastingOperator {
    /// How the second input is laid over the first, in versions before 7.
    public var legacy: LegacyBroadcast?

    /// Creates the operator.
    public init() {}
}

public extension Pow {
    static let type = "Pow"

    func spell(_ speller: inout Speller) throws {
        if speller.opset < 12, let base = speller.dataType(0), let power = speller.dataType(1),
            base != power
        {
            throw speller.needs(12, "Pow of \(base) to the power of \(power)")
        }
        try speller.emitBroadcasting(Self.type, legacy)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try context.inferBroadcasting(legacy, as: context.dataType(0))
    }

    var inPlaceInputs: [Int] { [0] }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        let isInteger = context.dataType(0)?.isInteger == true
        var needs: [Int: ElementNeeds] = [1: isInteger ? .within(0, 3) : .within(-2, 2)]
        if let power = context.uniformConstant(1), power == power.rounded() {
            needs[0] = power < 0 ? .notZero : nil
        } else {
            needs[0] = .positive
        }
        return needs
    }

    /// To the power of 1.
    func isIdentity(_ context: InferenceContext, _ outputs: [Inferred]) -> Bool {
        context.keepsShape(outputs) && context.uniformConstant(1) == 1
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let context = try context.aligned(legacy)
        let (base, power) = (try context.input(0), try context.input(1))
        let type = base.dataType
        let pairing = try Pairing(
            KnownTensor(type, base.shape), KnownTensor(type, power.shape))
        guard let own = Loops(type), let wide = Loops(.float64) else { throw base.notSupported() }
        let constant = try power.constant.map { try Self.powers($0, of: type) }
        let mayBeSquare = pairing.shape == base.shape && Extent.product(of: power.shape) == 1
        return { context in
            let power = try constant ?? Self.powers(context.input(1), of: type)
            let isOwn = power.dataType == type
            let base = try context.input(0).converted(to: power.dataType)
            var real = EvaluationContext(inputs: [])
            let y =
                isOwn
                ? try context.output(0, type, pairing.shape)
                : try real.output(0, .float64, pairing.shape)
            let loops = isOwn ? own : wide
            if try mayBeSquare && power.doubles() == [2] {
                try loops.square(y, base)
            } else {
                try loops.power(y, base, power, pairing.runs)
            }
            guard !isOwn else { return }
            context.inputs = [real.outputs[0]]
            try context.convert(to: type, ConversionRules())
        }
    }

    /// The powers in the type to compute in: that of the base if it holds them, and otherwise `float64`.
    private static func powers(_ powers: Tensor, of type: DataType) throws -> Tensor {
        if type.isInteger {
            return try powers.converted(to: powers.dataType.isFloatingPoint ? .float64 : type)
        }
        let own = try powers.converted(to: type)
        let isExact = try own.converted(to: powers.dataType) == powers
        return isExact ? own : try powers.converted(to: .float64)
    }

    private struct Loops: Sendable {
        let power: PairLoop
        let square: ElementLoop

        init?(_ type: DataType) {
            guard let power = type.loop(Function()) ?? type.integerLoop(Function()),
                let square = type.loop(Square()) ?? type.integerLoop(Square())
            else { return nil }
            (self.power, self.square) = (power, square)
        }
    }

    private struct Square: UnaryFunction, UnaryIntegerFunction {
        static var isRoundedOnce: Bool { true }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T { x * x }
        @inline(__always)
        func callAsFunction<T: FixedWidthInteger>(_ x: T) -> T { x &* x }
    }

    private struct Function: BinaryFunction, BinaryIntegerFunction {
        static var cost: Int { RealMath.cost }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ a: T, _ b: T) -> T { T.pow(a, b) }

        func callAsFunction<T: FixedWidthInteger>(_ a: T, _ b: T) -> T {
            if b < 0 {
                if a == 1 { return 1 }
                return a == 0 &- 1 ? (b & 1 == 0 ? 1 : a) : 0
            }
            var (result, factor, rest): (T, T, T) = (1, a, b)
            while rest != 0 {
                if rest & 1 == 1 { result = result &* factor }
                factor = factor &* factor
                rest >>= 1
            }
            return result
        }
    }
}

extension Pow: DifferentiableOperator {
    /// `g · b · a^(b − 1)`, 0 where b is 0, and `g · y · ln(a)`, 0 where y is 0 or a power of 0; each summed over what its input is
    /// repeated along.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        let (a, y) = (try derivative.input(0), try derivative.output())
        let b = try derivative.composition.cast(
            derivative.input(1), to: derivative.composition.dataType(a))
        if derivative.wants(0) {
            let slope = try derivative.multiply(
                b, derivative.append(Pow(), a, derivative.add(b, -1)))
            let isConstant = try derivative.append(Equal(), b, derivative.scalar(0, like: b))
            let isMoving = try derivative.append(Not(), isConstant)
            try derivative.giveSum(
                derivative.keep(derivative.multiply(g, slope), where: isMoving), for: 0)
        }
        if derivative.wants(1) {
            let isZero = try derivative.append(Equal(), a, derivative.scalar(0, like: a))
            let safe = try derivative.select(isZero, derivative.scalar(1, like: a), a)
            let slope = try derivative.multiply(y, derivative.append(Log(), safe))
            let gradient = try derivative.multiply(g, slope)
            let type = try derivative.composition.dataType(derivative.input(1))
            try derivative.giveSum(derivative.composition.cast(gradient, to: type), for: 1)
        }
    }
}
