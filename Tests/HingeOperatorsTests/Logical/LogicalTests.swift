import HingeGraph
import Testing

@testable import HingeOperators

@Suite struct LogicalTests {
    private static let a = Tensor([false, false, true, true], shape: [2, 2])

    @Test func truthTables() throws {
        let b = Tensor([false, true], shape: [2])
        func value(_ operator: any Operator) throws -> [Int] {
            try OperatorHarness.value(`operator`, LogicalTests.a, b).integers()
        }
        #expect(try value(And()) == [0, 0, 0, 1])
        #expect(try value(Or()) == [0, 1, 1, 1])
        #expect(try value(Xor()) == [0, 1, 1, 0])
        #expect(try OperatorHarness.value(Not(), LogicalTests.a).integers() == [1, 1, 0, 0])
    }

    @Test func everyByteButZeroIsTrue() throws {
        var x = LogicalTests.a
        try x.withUnsafeMutableBytes { $0[2] = 8 }
        let one = Tensor([true], shape: [1])
        #expect(try OperatorHarness.value(And(), x, one).integers() == [0, 0, 1, 1])
        #expect(try OperatorHarness.value(Xor(), x, one).integers() == [1, 1, 0, 0])
        #expect(try OperatorHarness.value(Not(), x).integers() == [1, 1, 0, 0])
    }

    @Test func refusesNumbers() {
        for function: any Operator in [And(), Not()] {
            let error = #expect(throws: HingeError.self) {
                try OperatorHarness.value(function, Tensor([UInt8(1)]), Tensor([UInt8(1)]))
            }
            #expect(
                error?.message == "input 0 of type uint8 is not one the operator computes with")
        }
    }

    @Test(arguments: DataType.floats + DataType.integers + [.bool, .float8e5m2])
    func whereSelects(_ type: DataType) throws {
        let x = try Tensor([Double](arrayLiteral: 1, 0, 1, 1)).converted(to: type)
        let y = try Tensor([Double](arrayLiteral: 0, 1, 0, 0)).converted(to: type)
        let condition = Tensor([true, false, false, true], shape: [4])
        let z = try OperatorHarness.value(Where(), condition, x, y)
        #expect(z.dataType == type)
        #expect(try z.doubles() == [1, 1, 0, 1])
    }

    @Test func whereMovesComplexNumbersAndStrings() throws {
        let condition = Tensor([true, false], shape: [2])
        let words = try OperatorHarness.value(
            Where(), condition, Tensor(strings: ["a", "b"], shape: [2]),
            Tensor(strings: ["c"], shape: [1]))
        #expect(words.strings == ["a", "c"])
        for type in [DataType.complex64, .complex128] {
            let size = type.bitWidth / 8
            var x = try Tensor(zeros: type, shape: [2])
            try x.withUnsafeMutableBytes { bytes in
                for index in bytes.indices { bytes[index] = UInt8(index) }
            }
            let z = try OperatorHarness.value(
                Where(), condition, x, try Tensor(zeros: type, shape: [1]))
            let bytes = z.withUnsafeBytes { Array($0) }
            let expected = (0..<2 * size).map { UInt8($0 < size ? $0 : 0) }
            #expect(bytes == expected)
        }
    }

    @Test(arguments: [
        ([2, 1], [3], [1]), ([], [2, 3], [3]), ([2, 3], [], []), ([3], [2, 1], [2, 3]),
        ([2, 1, 1], [3, 1], [4]),
    ])
    func whereBroadcasts(_ condition: [Int], _ x: [Int], _ y: [Int]) throws {
        func numbers(_ shape: [Int], _ start: Int32) -> Tensor {
            let count = Int32(shape.reduce(1, *))
            return Tensor(Array(start..<start + count), shape: shape)
        }
        let count = condition.reduce(1, *)
        let flags = Tensor(
            (0..<count).map { (index: Int) -> Bool in index % 2 == 0 }, shape: condition)
        let (a, b) = (numbers(x, 10), numbers(y, 50))
        // Where is a sum of products, which broadcast by themselves.
        let weight = try flags.converted(to: .int32)
        let other = try OperatorHarness.value(Not(), flags).converted(to: .int32)
        let expected = try OperatorHarness.value(
            Add(), OperatorHarness.value(Mul(), weight, a),
            OperatorHarness.value(Mul(), other, b))
        #expect(try OperatorHarness.value(Where(), flags, a, b) == expected)
    }

    @Test func whereRefusesOtherTypes() {
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.value(
                Where(), Tensor([true], shape: [1]), Tensor([Float(1)]), Tensor([Int32(1)]))
        }
        #expect(error?.message == "expected inputs of one type, found float32 and int32")
    }
}
