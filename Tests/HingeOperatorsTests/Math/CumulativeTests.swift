import HingeGraph
import Testing

@testable import HingeOperators

@Suite struct CumulativeTests {
    /// The numbers of the standard's examples.
    @Test(arguments: DataType.floats + [.int32, .int64, .uint32, .uint64])
    func everyTypeAndDirection(_ type: DataType) throws {
        let x = try Tensor([1.0, 2, 3]).converted(to: type)
        func value(_ operator: any Operator) throws -> [Double] {
            try OperatorHarness.value(`operator`, x).doubles()
        }
        #expect(try value(CumSum(axis: 0)) == [1, 3, 6])
        #expect(try value(CumSum(axis: 0, isExclusive: true)) == [0, 1, 3])
        #expect(try value(CumSum(axis: 0, isReversed: true)) == [6, 5, 3])
        #expect(try value(CumSum(axis: 0, isExclusive: true, isReversed: true)) == [5, 3, 0])
        #expect(try value(CumProd(axis: 0)) == [1, 2, 6])
        #expect(try value(CumProd(axis: -1, isExclusive: true)) == [1, 1, 2])
        #expect(try value(CumProd(axis: 0, isReversed: true)) == [6, 6, 3])
        #expect(try value(CumProd(axis: 0, isExclusive: true, isReversed: true)) == [6, 3, 1])
    }

    @Test func goesAlongAnyAxis() throws {
        let x = Tensor.counting(2, 3)
        let axis = Tensor(scalar: Int32(0))
        #expect(try OperatorHarness.value(CumSum(), x, axis).doubles() == [0, 1, 2, 3, 5, 7])
        #expect(try OperatorHarness.value(CumSum(axis: -1), x).doubles() == [0, 1, 3, 3, 7, 12])
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.value(CumSum(axis: 2), x)
        }
        #expect(error?.message == "expected an axis from -2 to 1, found 2")
    }

    @Test func roundsEachSumOnce() throws {
        let x = Tensor([Float16](repeating: 0.1, count: 4096))
        let last = try OperatorHarness.value(CumSum(axis: 0), x).array(of: Float16.self)[4095]
        #expect(last == Float16(Double(Float16(0.1)) * 4096))
    }
}
