import HingeGraph

/// The bitwise exclusive or of `a` and `b`, integers, elementwise, with broadcasting.
///
/// Source: ONNX BitwiseXor 18.
public struct BitwiseXor: PreparedOperator {
    /// Creates the operator.
    public init() {}
}

public extension BitwiseXor {
    static let type = "BitwiseXor"

    init(_ node: NodeReader) {}

    /// Before version 18, a bit is the square of the bits' difference.
    func spell(_ speller: inout Speller) throws {
        if speller.opset >= 18 { return speller.emit(Self.type) }
        try speller.spellBitwise { speller, a, b in
            let difference = speller.step("Sub", [a, b])
            return speller.step("Mul", [difference, difference])
        }
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try context.inferBroadcasting()
    }

    var inPlaceInputs: [Int] { [0, 1] }

    var locality: Locality { .broadcasting }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.mapIntegers(Function())
    }

    private struct Function: BinaryIntegerFunction {
        @inline(__always)
        func callAsFunction<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a ^ b }
    }
}

extension BitwiseXor: UndifferentiatedOperator {
    /// It computes with integers.
    public static var derivativeAbsence: DerivativeAbsence { .zero("it computes with integers") }
}
