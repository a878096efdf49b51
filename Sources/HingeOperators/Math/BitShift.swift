import HingeGraph

/// `x`, integers, shifted by `y` bits to the left or right, elementwise, with broadcasting.
///
/// Bits that leave the type are lost. Signed integers keep their sign when shifted right. A shift by a negative
/// number of bits, or by more than there are, leaves 0, or −1 of a negative `x` shifted right.
///
/// Source: ONNX BitShift 11, 28; signed types since 28.
public struct BitShift: PreparedOperator {
    /// Where bits move.
    public enum Direction: String, Sendable, CaseIterable {
        /// To the higher bits.
        case left = "LEFT"
        /// To the lower bits.
        case right = "RIGHT"
    }

    /// Where bits move.
    public var direction: Direction

    /// Creates the operator.
    public init(direction: Direction) {
        self.direction = direction
    }
}

public extension BitShift {
    static let type = "BitShift"

    init(_ node: NodeReader) throws {
        _ = try node.required("direction", node.string("direction"))
        direction = try node.word("direction", default: .left)
    }

    func spell(_ speller: inout Speller) throws {
        if speller.opset < 28 {
            let type = try speller.elementType(0)
            if [.int8, .int16, .int32, .int64].contains(type) {
                return try spellSigned(&speller, type)
            }
        }
        speller.emit(Self.type, [.string("direction", direction.rawValue)])
    }

    /// As a shift of the same bits as `uint64`; before version 28 only unsigned integers are shifted.
    private func spellSigned(_ speller: inout Speller, _ type: DataType) throws {
        guard speller.opset >= 11 else { throw speller.needs(11, Self.type) }
        func number(_ value: Int64) -> String { speller.constant(Tensor(scalar: value)) }
        func wide(_ index: Int) -> String {
            type == .int64
                ? speller.inputs[index] : speller.cast(speller.inputs[index], to: .int64)
        }
        let (x, count, zero) = (wide(0), wide(1), number(0))
        let last = number(Int64(type.bitWidth - 1))
        let isOutside = speller.step(
            "Or", [speller.step("Less", [count, zero]), speller.step("Greater", [count, last])])
        // As far as that, a shift to the right leaves nothing but the sign.
        let held = speller.step("Where", [isOutside, last, count])
        func shifted(_ bits: String) -> String {
            let (bits, held) = (speller.cast(bits, to: .uint64), speller.cast(held, to: .uint64))
            let moved = speller.step(
                Self.type, [bits, held], [.string("direction", direction.rawValue)])
            return speller.cast(moved, to: .int64)
        }
        var y: String
        switch direction {
        case .left: y = speller.step("Where", [isOutside, zero, shifted(x)])
        case .right:
            // The bits of a negative number are shifted as those of its complement, −1 − x.
            let isNegative = speller.step("Less", [x, zero])
            let minusOne = number(-1)
            let complement = speller.step("Sub", [minusOne, x])
            y = shifted(speller.step("Where", [isNegative, complement, x]))
            y = speller.step("Where", [isNegative, speller.step("Sub", [minusOne, y]), y])
        }
        try speller.append(
            Cast(to: type), [y], outputs: speller.outputs, known: [.tensor(.int64, nil)])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try context.inferBroadcasting()
    }

    var inPlaceInputs: [Int] { [0, 1] }

    var locality: Locality { .broadcasting }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        // Few bits, so that something is left.
        [1: .within(0, 3)]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        switch direction {
        case .left: try context.mapIntegers(Left())
        case .right: try context.mapIntegers(Right())
        }
    }

    private struct Left: BinaryIntegerFunction {
        @inline(__always)
        func callAsFunction<T: FixedWidthInteger>(_ x: T, _ y: T) -> T {
            y < 0 || y >= T.bitWidth ? 0 : x &<< y
        }
    }

    private struct Right: BinaryIntegerFunction {
        @inline(__always)
        func callAsFunction<T: FixedWidthInteger>(_ x: T, _ y: T) -> T {
            x &>> (y < 0 || y >= T.bitWidth ? T(T.bitWidth - 1) : y) & isKept(x, y)
        }

        /// All bits where the result isn't 0 for want of a sign.
        @inline(__always)
        private func isKept<T: FixedWidthInteger>(_ x: T, _ y: T) -> T {
            (y < 0 || y >= T.bitWidth) && x >= 0 ? 0 : ~0
        }
    }
}

extension BitShift: UndifferentiatedOperator {
    /// It computes with integers.
    public static var derivativeAbsence: DerivativeAbsence { .zero("it computes with integers") }
}
