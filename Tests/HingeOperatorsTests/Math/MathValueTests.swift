import HingeGraph
import Testing

@testable import HingeOperators

@Suite struct MathValueTests {
    @Test(arguments: MathValues.all, DataType.floats)
    func evaluates(_ function: FunctionCase, _ type: DataType) throws {
        try function.check(type)
    }

    /// Outside of their domains functions give NaN, at its ends what IEEE 754 says.
    @Test func obeysTheDomains() throws {
        func value(_ operator: any Operator, _ x: Double) throws -> Double {
            try OperatorHarness.value(`operator`, Tensor(scalar: x)).doubles()[0]
        }
        for (function, x) in [
            (Log() as any Operator, -1.0), (Sqrt(), -1), (Asin(), 1.5), (Acos(), -1.5),
            (Acosh(), 0.5), (Atanh(), 2), (Sin(), .infinity), (Exp(), .nan), (Sign(), .nan),
        ] {
            #expect(try value(function, x).isNaN, "\(function)")
        }
        #expect(try value(Log(), 0) == -.infinity)
        #expect(try value(Reciprocal(), 0) == .infinity)
        #expect(try value(Reciprocal(), -0.0) == -.infinity)
        #expect(try value(Atanh(), 1) == .infinity)
        #expect(try value(Exp(), -.infinity) == 0)
        #expect(try value(Erf(), -.infinity) == -1)
        #expect(try value(Floor(), -.infinity) == -.infinity)
    }

    @Test(arguments: DataType.integers) func integers(_ type: DataType) throws {
        let x = try Tensor([Double](arrayLiteral: -100, -1, 0, 1, 100)).converted(to: type)
        func value(_ operator: any Operator) throws -> Tensor {
            try OperatorHarness.value(`operator`, x)
        }
        let isSigned = try x.doubles()[0] < 0
        if isSigned {
            #expect(try value(Abs()).doubles() == [100, 1, 0, 1, 100])
            #expect(try value(Neg()).doubles() == [100, 1, 0, -1, -100])
            #expect(try value(Sign()).doubles() == [-1, -1, 0, 1, 1])
            #expect(try value(Erf()).doubles() == [-1, 0, 0, 0, 1])
        } else {
            #expect(try value(Abs()) == x)
            #expect(try value(Sign()).doubles() == [1, 1, 0, 1, 1])
            #expect(try value(Erf()).doubles() == [1, 1, 0, 0, 1])
        }
        let complement = try value(BitwiseNot()).converted(to: .int8).integers()
        #expect(try complement == x.converted(to: .int8).integers().map { ~$0 })
    }

    @Test func theLeastIntegerStays() throws {
        let x = Tensor([Int8.min, -127])
        #expect(try OperatorHarness.value(Abs(), x).array(of: Int8.self) == [-128, 127])
        #expect(try OperatorHarness.value(Neg(), x).array(of: Int8.self) == [-128, 127])
    }

    @Test(arguments: DataType.floats + [.float8e5m2]) func tests(_ type: DataType) throws {
        let x = try Tensor([1, Double.nan, .infinity, -.infinity])
            .converted(to: type, ConversionRules(isSaturating: false))
        func value(_ operator: any Operator) throws -> [Int] {
            try OperatorHarness.value(`operator`, x).integers()
        }
        #expect(try value(IsNaN()) == [0, 1, 0, 0])
        #expect(try value(IsInf()) == [0, 0, 1, 1])
        #expect(try value(IsInf(detectsNegative: false)) == [0, 0, 1, 0])
        #expect(try value(IsInf(detectsPositive: false)) == [0, 0, 0, 1])
        #expect(try value(IsInf(detectsNegative: false, detectsPositive: false)) == [0, 0, 0, 0])
    }
}
