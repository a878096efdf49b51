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

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type, [.string("direction", direction.rawValue)])
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
