import HingeGraph
import Testing

@testable import HingeOperators

@Suite struct EinsumTests {
    /// An equation, the shapes of the operands, and the shape and elements of the result.
    typealias Case = (equation: String, operands: [[Int]], shape: [Int], result: [Double])

    /// What NumPy's `einsum` gives; operand n, counted from 1, holds `n · (i mod 7 − 2)`.
    static let cases: [Case] = [
        ("ij,jk->ik", [[2, 3], [3, 4]], [2, 4], [4, -2, -8, 0, -2, 10, 22, 6]),
        ("ij->ji", [[2, 3]], [3, 2], [-2, 1, -1, 2, 0, 3]),
        ("ii->i", [[3, 3]], [3], [-2, 2, -1]),
        ("ii", [[3, 3]], [], [-1]),
        ("ij->", [[2, 3]], [], [3]),
        ("i,i", [[4], [4]], [], [12]),
        ("bij,bjk->bik", [[2, 2, 3], [2, 3, 2]], [2, 2, 2], [8, 2, 8, 20, 34, -20, 2, 8]),
        (
            "...ij,...jk->...ik", [[2, 1, 2, 3], [3, 3, 2]], [2, 3, 2, 2],
            [
                8, 2, 8, 20, -14, 8, 10, 8, -8, -14, -2, 10, -20, -18, 8, 14, 34, -20, 2, 8, 32, 34,
                -4, 2,
            ]
        ),
        ("...ii->...i", [[2, 3, 3]], [2, 3], [-2, 2, -1, 0, 4, 1]),
        ("ij,ij->i", [[2, 3], [2, 3]], [2], [10, 28]),
        ("i,j->ij", [[2], [3]], [2, 3], [8, 4, 0, 4, 2, 0]),
        (
            "ij,jk,kl->il", [[2, 3], [3, 2], [2, 4]], [2, 4], [-36, -6, 24, 12, 72, 156, 240, -96]
        ),
        ("ijk,k->ij", [[2, 2, 3], [3]], [2, 2], [10, -8, -12, -2]),
        ("ba,cb", [[2, 3], [2, 2]], [3, 2], [6, 2, 0, 4, -6, 6]),
        ("i,->i", [[3], []], [3], [8, 4, 0]),
        ("Ab,bA->A", [[2, 3], [3, 2]], [2], [8, 20]),
        (
            "bhwc,hkc->bhwk", [[1, 2, 2, 3], [2, 2, 3]], [1, 2, 2, 2],
            [10, -8, -8, 28, 42, -8, -8, 10]
        ),
        ("...a,a", [[2, 3], [3]], [2], [10, -8]),
    ]

    private static func operands(_ shapes: [[Int]]) -> [Tensor] {
        shapes.enumerated().map { number, shape in
            Tensor(
                (0..<shape.reduce(1, *)).map { Double(($0 % 7 - 2) * (number + 1)) }, shape: shape)
        }
    }

    @Test(arguments: cases.indices) func matchesNumPy(_ index: Int) throws {
        let (equation, shapes, shape, result) = EinsumTests.cases[index]
        for type in DataType.floats + [.int32, .int8] {
            let tensors = try EinsumTests.operands(shapes).map { try $0.converted(to: type) }
            let y = try OperatorHarness.evaluate(Einsum(equation: equation), tensors)[0]
            #expect(y?.shape == shape, "\(equation)")
            #expect(y?.dataType == type)
            let expected = try Tensor(result).converted(to: type).doubles()
            #expect(try y?.doubles() == expected, "\(equation) of \(type)")
        }
        let inferred = try OperatorHarness.infer(
            Einsum(equation: equation), shapes.map { .tensor(.float32, Shape($0)) })
        #expect(inferred[0].type?.shape == Shape(shape), "\(equation)")
    }

    @Test func symbolsStay() throws {
        let y = try OperatorHarness.infer(
            Einsum(equation: "...ij, ...jk -> ...ik"),
            [.tensor(.float32, ["N", 1, 4, "M"]), .tensor(.float32, ["H", "M", 5])])
        #expect(y[0].type == .tensor(.float32, ["N", "H", 4, 5]))
        let unknown = try OperatorHarness.infer(Einsum(equation: "i->i"), [.tensor(.int8, nil)])
        #expect(unknown[0].type == .tensor(.int8, nil))
    }

    @Test(arguments: [
        ("ij->ik", "the result has a letter that no operand has: 'ij->ik'"),
        ("ij->ii", "the result has a letter twice: 'ij->ii'"),
        ("i->j->k", "expected at most one arrow, found 'i->j->k'"),
        ("i.j", "expected letters, found 'i.j'"),
        ("......i", "expected at most one ellipsis in '......i'"),
    ])
    func refusesWhatIsNoEquation(_ equation: String, _ message: String) {
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.value(Einsum(equation: equation), .counting(2, 2))
        }
        #expect(error?.description == "attribute 'equation': \(message)")
    }

    @Test func refusesOperandsThatDoNotFit() {
        func message(_ equation: String, _ inputs: Tensor...) -> String? {
            #expect(throws: HingeError.self) {
                try OperatorHarness.evaluate(Einsum(equation: equation), inputs)
            }?.message
        }
        #expect(message("ij,jk", .counting(2, 2)) == "expected 2 operands, found 1")
        #expect(message("ij", .counting(2)) == "expected an operand with 2 dimensions, found 1")
        #expect(
            message("ij,jk", .counting(2, 2), .counting(3, 2))
                == "expected one extent for a letter, found 2 and 3")
    }
}
