import HingeGraph

@testable import HingeOperators

extension Specimens {
    static let comparisons: [Specimen] = [
        Specimen("Less", Less(), [x, slopes(4)], lowest: 1),
        Specimen("Less of int32", Less(), [whole, whole], lowest: 9),
        Specimen("Less along axis 1", Specimens.along(Less(), 1), [x, slopes(3)], lowest: 1),
        Specimen("Greater", Greater(), [x, slopes(4)], lowest: 1),
        Specimen("Greater of int32", Greater(), [whole, whole], lowest: 9),
        Specimen("Greater along axis 1", Specimens.along(Greater(), 1), [x, slopes(3)], lowest: 1),
        Specimen("Equal", Equal(), [whole, whole], lowest: 1),
        Specimen("Equal of float32", Equal(), [x, slopes(4)], lowest: 11),
        Specimen("Equal of strings", Equal(), [words, words], lowest: 19),
        Specimen("LessOrEqual", LessOrEqual(), [x, slopes(4)], lowest: 11),
        Specimen("LessOrEqual of int32", LessOrEqual(), [whole, whole], lowest: 9),
        Specimen("GreaterOrEqual", GreaterOrEqual(), [x, slopes(4)], lowest: 11),
        Specimen("GreaterOrEqual of int32", GreaterOrEqual(), [whole, whole], lowest: 9),
        Specimen("And", And(), [flags, flags], lowest: 1),
        Specimen(
            "And along axis 1", Specimens.along(And(), 1),
            [flags, Tensor([true, false, true], shape: [3])], lowest: 1),
        Specimen("Or", Or(), [flags, flags], lowest: 1),
        Specimen(
            "Or along axis 1", Specimens.along(Or(), 1),
            [flags, Tensor([true, false, true], shape: [3])], lowest: 1),
        Specimen("Xor", Xor(), [flags, flags], lowest: 1),
        Specimen(
            "Xor along axis 1", Specimens.along(Xor(), 1),
            [flags, Tensor([true, false, true], shape: [3])], lowest: 1),
        Specimen("Not", Not(), [flags], lowest: 1),
        Specimen("Where", Where(), [flags, x, slopes(4)], lowest: 9),
        Specimen("Where of bfloat16", Where(), [flags, narrow, narrow], lowest: 16),
    ]
}
