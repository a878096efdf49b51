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

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type)
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
