import HingeGraph

/// The bitwise and of `a` and `b`, integers, elementwise, with broadcasting.
///
/// Source: ONNX BitwiseAnd 18.
public struct BitwiseAnd: PreparedOperator {
    /// Creates the operator.
    public init() {}
}

public extension BitwiseAnd {
    static let type = "BitwiseAnd"

    init(_ node: NodeReader) {}

    /// Before version 18, the bits are multiplied.
    func spell(_ speller: inout Speller) throws {
        if speller.opset >= 18 { return speller.emit(Self.type) }
        try speller.spellBitwise { $0.step("Mul", [$1, $2]) }
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
        func callAsFunction<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a & b }
    }
}

extension BitwiseAnd: UndifferentiatedOperator {
    /// It computes with integers.
    public static var derivativeAbsence: DerivativeAbsence { .zero("it computes with integers") }
}
