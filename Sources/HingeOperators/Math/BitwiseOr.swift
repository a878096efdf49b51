import HingeGraph

/// The bitwise or of `a` and `b`, integers, elementwise, with broadcasting.
///
/// Source: ONNX BitwiseOr 18.
public struct BitwiseOr: PreparedOperator {
    /// Creates the operator.
    public init() {}
}

public extension BitwiseOr {
    static let type = "BitwiseOr"

    init(_ node: NodeReader) {}

    /// Before version 18, a bit is what the bits have more together than in common.
    func spell(_ speller: inout Speller) throws {
        if speller.opset >= 18 { return speller.emit(Self.type) }
        try speller.spellBitwise { speller, a, b in
            speller.step("Sub", [speller.step("Add", [a, b]), speller.step("Mul", [a, b])])
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
        func callAsFunction<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a | b }
    }
}

extension BitwiseOr: UndifferentiatedOperator {
    /// It computes with integers.
    public static var derivativeAbsence: DerivativeAbsence { .zero("it computes with integers") }
}
