import HingeGraph

/// The remainder of `a / b`, elementwise, with broadcasting.
///
/// Source: ONNX Mod 10, 13, 28; floating-point numbers with the floored quotient since 28.
public struct Mod: PreparedOperator {
    /// Whether the quotient is cut off, so that the remainder has the sign of `a`; else it is rounded down, so
    /// that the remainder has the sign of `b`.
    public var isTruncated: Bool

    /// Creates the operator.
    public init(isTruncated: Bool = false) {
        self.isTruncated = isTruncated
    }
}

public extension Mod {
    static let type = "Mod"

    init(_ node: NodeReader) throws {
        isTruncated = try node.flag("fmod", default: false)
    }

    func spell(_ speller: inout Speller) throws {
        if !isTruncated, speller.opset < 28 {
            let type = try speller.elementType(0)
            if type.isFloatingPoint { return try spellFloored(&speller, type) }
        }
        speller.emit(Self.type, [.int("fmod", isTruncated ? 1 : 0)])
    }

    /// The remainder of the quotient that is cut off, and `b` more where its sign isn't that of `b`.
    private func spellFloored(_ speller: inout Speller, _ type: DataType) throws {
        let b = speller.inputs[1]
        func number(_ value: Double) throws -> String {
            speller.constant(try Tensor(filledWith: value, type, shape: []))
        }
        let zero = try number(0)
        let remainder = speller.step("Mod", speller.inputs, [.int("fmod", 1)])
        let isBelow = speller.step("Less", [b, zero])
        let hasOtherSign = speller.step("Xor", [speller.step("Less", [remainder, zero]), isBelow])
        let more = speller.step("Add", [remainder, b])
        let moved = speller.step("Where", [hasOtherSign, more, remainder])
        // A remainder of 0 has the sign of b, too.
        let signedZero = speller.step("Where", [isBelow, try number(-0.0), zero])
        let isZero = speller.step("Equal", [remainder, zero])
        speller.emit("Where", inputs: [isZero, signedZero, moved], outputs: speller.outputs)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        var outputs = try context.inferBroadcasting()
        let isTruncated = isTruncated
        outputs[0].elements = context.folding {
            guard let b = $1.extent, b != 0 else { return nil }
            guard let a = $0.extent else { return .remainder($0, $1) }
            return .known(isTruncated ? Truncated()(a, b) : Floored()(a, b))
        }
        return outputs
    }

    var inPlaceInputs: [Int] { [0, 1] }

    var locality: Locality { .broadcasting }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [1: .notZero]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        if isTruncated {
            try context.map(Truncated(), Truncated())
        } else {
            try context.map(Floored(), Floored())
        }
    }

    private struct Truncated: BinaryFunction, BinaryIntegerFunction {
        static var cost: Int { RealMath.cost }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ a: T, _ b: T) -> T { T.fmod(a, b) }
        @inline(__always)
        func callAsFunction<T: FixedWidthInteger>(_ a: T, _ b: T) -> T {
            b == 0 ? 0 : a.remainderReportingOverflow(dividingBy: b).partialValue
        }
    }

    private struct Floored: BinaryFunction, BinaryIntegerFunction {
        static var cost: Int { RealMath.cost }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ a: T, _ b: T) -> T {
            let remainder = T.fmod(a, b)
            if remainder == 0 { return b < 0 ? -0.0 : 0 }
            return (remainder < 0) == (b < 0) ? remainder : remainder + b
        }
        @inline(__always)
        func callAsFunction<T: FixedWidthInteger>(_ a: T, _ b: T) -> T {
            let remainder = Truncated()(a, b)
            return remainder == 0 || (remainder < 0) == (b < 0) ? remainder : remainder &+ b
        }
    }
}

extension Mod: DifferentiableOperator {
    /// `g` and `−g · q`, where q is the quotient as a whole number; each summed over what its input is repeated along.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        if derivative.wants(0) { try derivative.giveSum(g, for: 0) }
        if derivative.wants(1) {
            let whole = try derivative.subtract(derivative.input(0), derivative.output())
            let quotient = try derivative.append(
                Round(), derivative.divide(whole, derivative.input(1)))
            let product = try derivative.multiply(g, quotient)
            try derivative.giveSum(derivative.negate(product), for: 1)
        }
    }
}
