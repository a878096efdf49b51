import HingeGraph

/// The bitwise complement of `x`, integers, elementwise.
///
/// Source: ONNX BitwiseNot 18.
public struct BitwiseNot: ElementwiseOperator {
    /// Creates the operator.
    public init() {}
}

public extension BitwiseNot {
    static let type = "BitwiseNot"

    /// Before version 18 it is `−1 − x`, of which the type keeps the bits that it has.
    func spell(_ speller: inout Speller) throws {
        if speller.opset >= 18 { return speller.emit(Self.type) }
        guard speller.opset >= 7 else { throw speller.needs(7, Self.type) }
        let type = try speller.elementType(0)
        let x = speller.cast(speller.inputs[0], to: .int64)
        let minusOne = speller.constant(Tensor(scalar: -1 as Int64))
        let y = speller.step("Sub", [minusOne, x])
        try speller.append(
            Cast(to: type), [y], outputs: speller.outputs, known: [.tensor(.int64, nil)])
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        try context.mapIntegers(Function())
    }

    private struct Function: UnaryIntegerFunction {
        @inline(__always)
        func callAsFunction<T: FixedWidthInteger>(_ x: T) -> T { ~x }
    }
}

extension BitwiseNot: UndifferentiatedOperator {
    /// It computes with integers.
    public static var derivativeAbsence: DerivativeAbsence { .zero("it computes with integers") }
}
