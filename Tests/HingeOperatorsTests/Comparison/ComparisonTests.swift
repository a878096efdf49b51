import HingeGraph
import Testing

@testable import HingeOperators

@Suite struct ComparisonTests {
    private static let operators: [(any Operator, less: Int, equal: Int, greater: Int)] = [
        (Less(), 1, 0, 0), (LessOrEqual(), 1, 1, 0), (Equal(), 0, 1, 0),
        (GreaterOrEqual(), 0, 1, 1), (Greater(), 0, 0, 1),
    ]

    @Test(arguments: DataType.floats + DataType.integers) func everyType(_ type: DataType) throws {
        let a = try Tensor([Double](arrayLiteral: 1, 2, 3)).converted(to: type)
        let b = try Tensor([Double](arrayLiteral: 2, 2, 2)).converted(to: type)
        for (function, less, equal, greater) in ComparisonTests.operators {
            let y = try OperatorHarness.value(function, a, b)
            #expect(y.dataType == .bool)
            #expect(try y.integers() == [less, equal, greater], "\(function)")
        }
    }

    @Test(arguments: DataType.floats) func nothingComparesToNaN(_ type: DataType) throws {
        let nan = try Tensor([Double.nan]).converted(to: type)
        for (function, _, _, _) in ComparisonTests.operators {
            #expect(try OperatorHarness.value(function, nan, nan).integers() == [0])
        }
    }

    @Test func bigIntegersKeepTheirLastBit() throws {
        let a = Tensor([UInt64.max, .max - 1])
        let b = Tensor([UInt64.max - 1, .max])
        #expect(try OperatorHarness.value(Greater(), a, b).integers() == [1, 0])
        let c = Tensor([Int64.min, .max])
        let d = Tensor([Int64.min + 1, .max])
        #expect(try OperatorHarness.value(Equal(), c, d).integers() == [0, 1])
    }

    @Test func booleansAndStringsAreEqualOrNot() throws {
        // Every byte but 0 is true.
        var flags = Tensor([true, false, true], shape: [3])
        try flags.withUnsafeMutableBytes { $0[0] = 7 }
        let y = try OperatorHarness.value(Equal(), flags, Tensor([true], shape: [1]))
        #expect(try y.integers() == [1, 0, 1])
        let words = try Tensor(strings: ["a", "b", "", "a"], shape: [2, 2])
        let row = try Tensor(strings: ["a", "a"], shape: [2])
        #expect(try OperatorHarness.value(Equal(), words, row).integers() == [1, 0, 0, 1])
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.value(Less(), words, row)
        }
        #expect(error?.message == "input 0 of type string is not one the operator computes with")
    }

    @Test func spellsOlderVersionsWithEqual() throws {
        let node = Node("GreaterOrEqual", inputs: ["a", "b"], outputs: ["y"])
        let known: [Inferred?] = [.tensor(.float32, ["N"]), .tensor(.float32, ["N"])]
        let nodes = try OperatorHarness.convert(node, from: 16, to: 11, known: known).nodes
        #expect(nodes.map(\.type) == ["Greater", "Equal", "Or"])
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.convert(node, from: 16, to: 9, known: known)
        }
        #expect(error?.message == "Equal of float32 needs opset 11, not 9")
    }
}
