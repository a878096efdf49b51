import HingeGraph
import Testing

@testable import HingeOperators

/// The operators that find elements: ArgMax, ArgMin, TopK.
@Suite struct SelectionTests {
    @Test(arguments: DataType.floats + DataType.integers) func everyType(_ type: DataType) throws {
        let x = try Tensor([3, 1, 2, 0, 5, 5], shape: [2, 3] as [Int]).converted(to: type)
        func value(_ operator: any Operator) throws -> [Int] {
            let y = try OperatorHarness.value(`operator`, x)
            #expect(y.dataType == .int64)
            return try y.integers()
        }
        #expect(try value(ArgMax(axis: 1)) == [0, 1])
        #expect(try value(ArgMax(axis: 1, selectsLast: true)) == [0, 2])
        #expect(try value(ArgMin(axis: -1)) == [1, 0])
        #expect(try value(ArgMax()) == [0, 1, 1])
        #expect(try value(ArgMin(axis: 0, selectsLast: true)) == [1, 0, 0])
        let top = try OperatorHarness.evaluate(TopK(k: 2), [x], outputs: 2)
        #expect(top[0]?.dataType == type)
        #expect(try top[0]?.doubles() == [3, 2, 5, 5])
        #expect(try top[1]?.integers() == [0, 2, 1, 2])
        let bottom = try OperatorHarness.evaluate(
            TopK(k: 1, axis: 0, isLargest: false), [x], outputs: 2)
        #expect(try bottom[0]?.doubles() == [0, 1, 2])
        #expect(try bottom[1]?.integers() == [1, 0, 0])
    }

    @Test func shapes() throws {
        let x = Tensor.counting(2, 3, 4)
        #expect(try OperatorHarness.value(ArgMax(axis: 1), x).shape == [2, 1, 4])
        #expect(
            try OperatorHarness.value(ArgMax(axis: 1, keepsDimensions: false), x).shape == [2, 4])
        #expect(try OperatorHarness.value(TopK(k: 0, axis: 1), x).shape == [2, 0, 4])
        let known = Inferred.tensor(.float32, ["N", 3, 4])
        #expect(
            try OperatorHarness.infer(ArgMin(axis: 0, keepsDimensions: false), [known])[0].type
                == .tensor(.int64, [3, 4]))
        let top = try OperatorHarness.infer(TopK(k: 2), [known], outputs: 2)
        #expect(
            top.map(\.type) == [.tensor(.float32, ["N", 3, 2]), .tensor(.int64, ["N", 3, 2])])
        let computed = try OperatorHarness.infer(TopK(), [known, .tensor(.int64, [1])])
        #expect(computed[0].type?.shape == ["N", 3, .unknown])
    }

    /// As NumPy has it: the first NaN is the largest and the smallest element.
    @Test func aNaNCounts() throws {
        let x = Tensor([1, Float.nan, 3, .nan])
        #expect(try OperatorHarness.value(ArgMax(), x).integers() == [1])
        #expect(try OperatorHarness.value(ArgMin(), x).integers() == [1])
        let columns = try x.reshaped(to: [4, 1])
        let wide = try OperatorHarness.value(Add(), columns, Tensor([Float(0), 0]))
        #expect(try OperatorHarness.value(ArgMax(), wide).integers() == [1, 1])
        let top = try OperatorHarness.evaluate(TopK(k: 3), [x], outputs: 2)
        #expect(try top[1]?.integers() == [1, 3, 2])
        let bottom = try OperatorHarness.evaluate(TopK(k: 3, isLargest: false), [x], outputs: 2)
        #expect(try bottom[1]?.integers() == [0, 2, 1])
    }

    @Test func bothZerosAreEqual() throws {
        let x = Tensor([-0.0, Float(0), -0.0])
        let top = try OperatorHarness.evaluate(TopK(k: 3), [x], outputs: 2)
        #expect(try top[1]?.integers() == [0, 1, 2])
        #expect(try OperatorHarness.value(ArgMax(), x).integers() == [0])
    }

    /// The best of a thousand, against sorting them all.
    @Test(arguments: [1, 7, 100, 999, 1000]) func findsTheBest(_ k: Int) throws {
        var generator = SeededGenerator(seed: 7)
        let numbers = (0..<1000).map { _ in Int32(generator.uniform() * 500) - 250 }
        let order = numbers.indices.sorted {
            numbers[$0] == numbers[$1] ? $0 < $1 : numbers[$0] > numbers[$1]
        }
        let top = try OperatorHarness.evaluate(TopK(k: k), [Tensor(numbers)], outputs: 2)
        #expect(try top[1]?.integers() == Array(order.prefix(k)))
        #expect(try top[0]?.integers() == order.prefix(k).map { Int(numbers[$0]) })
    }

    @Test func refusesTooMany() {
        func message(_ body: () throws -> Void) -> String? {
            #expect(throws: HingeError.self) { try body() }?.message
        }
        let x = Tensor.counting(3)
        #expect(
            message { _ = try OperatorHarness.value(TopK(k: 4), x) }
                == "expected at most 3 elements, found k = [4]")
        #expect(
            message {
                _ = try OperatorHarness.infer(TopK(k: -1), [.tensor(.float32, [3])], outputs: 2)
            } == "expected at most 3 elements, found k = -1")
        #expect(
            message { _ = try OperatorHarness.value(ArgMax(), Tensor([Float](), shape: [0])) }
                == "expected elements along axis 0, found the shape [0]")
    }

    /// An output that the node doesn't name is written all the same.
    @Test func theSecondOutputMayBeLeftOut() throws {
        let y = try OperatorHarness.value(TopK(k: 500), Tensor.counting(1000))
        #expect(try y.doubles()[499] == 500)
    }
}
