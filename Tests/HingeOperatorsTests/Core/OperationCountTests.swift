import HingeGraph
import Testing

@testable import HingeOperators

/// The products that operators add up, counted by hand.
@Suite struct OperationCountTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var operation: any Operator
        var inputs: [Shape]
        var count: Int

        init(_ name: String, _ operation: any Operator, _ inputs: [Shape], _ count: Int) {
            testDescription = name
            self.operation = operation
            self.inputs = inputs
            self.count = count
        }
    }

    static let cases = [
        Case("Conv", Conv(), [[1, 3, 8, 8], [4, 3, 3, 3]], 4 * 36 * 27),
        Case("Conv in groups", Conv(group: 3), [[1, 3, 8, 8], [6, 1, 3, 3]], 6 * 36 * 9),
        Case("Conv of a batch", Conv(), [["N", 3, 8, 8], [4, 3, 3, 3]], 4 * 36 * 27),
        Case(
            "Conv, channels last", ChannelsLast(Conv()), [[1, 8, 8, 3], [4, 3, 3, 3]],
            4 * 36 * 27),
        Case("ConvInteger", ConvInteger(), [[1, 3, 8, 8], [4, 3, 3, 3]], 4 * 36 * 27),
        Case(
            "QLinearConv", QLinearConv(),
            [[1, 3, 8, 8], [], [], [4, 3, 3, 3], [], [], [], []], 4 * 36 * 27),
        Case("ConvTranspose", ConvTranspose(), [[1, 2, 3, 3], [2, 4, 2, 2]], 18 * 16),
        Case("MatMul", MatMul(), [[5, 2, 3], [3, 4]], 5 * 24),
        Case("MatMulInteger", MatMulInteger(), [[2, 3], [3, 4]], 24),
        Case("QLinearMatMul", QLinearMatMul(), [[2, 3], [], [], [3, 4], [], [], [], []], 24),
        Case("Gemm", Gemm(), [[2, 3], [3, 4]], 24),
        Case("Gemm, transposed", Gemm(transposesA: true), [[3, 2], [3, 4]], 24),
        Case("Einsum", Einsum(equation: "bij,bjk->bik"), [[5, 2, 3], [5, 3, 4]], 5 * 24),
        Case("Einsum of one", Einsum(equation: "ij->ji"), [[2, 3]], 0),
        Case(
            "LSTM", LSTM(), [[5, 2, 3], [1, 16, 3], [1, 16, 4]], 5 * 2 * 16 * (3 + 4)),
        Case(
            "Attention", Attention(), [[1, 2, 3, 4], [1, 2, 5, 4], [1, 2, 5, 6]],
            2 * 3 * 5 * (4 + 6)),
        Case("Add", Add(), [[2, 3], [2, 3]], 0),
    ]

    @Test(arguments: cases) func counts(_ example: Case) throws {
        let inputs = example.inputs.map { Inferred.tensor(.float32, $0) }
        let context = InferenceContext(inputs: inputs)
        let outputs = try example.operation.infer(context)
        #expect(example.operation.multiplyAccumulates(context, outputs) == example.count)
    }
}
