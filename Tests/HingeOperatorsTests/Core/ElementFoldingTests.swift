import HingeGraph
import Testing

@testable import HingeOperators

/// What stays known of small vectors of integers, which exporters compute shapes with.
@Suite struct ElementFoldingTests {
    private static func vector(_ elements: Shape.Dimension...) -> Inferred {
        Inferred(type: .tensor(.int64, [.known(elements.count)]), elements: elements)
    }

    private static func elements(_ operator: any Operator, _ inputs: Inferred...) throws
        -> [Shape.Dimension]?
    {
        try OperatorHarness.infer(`operator`, inputs)[0].elements
    }

    @Test func arithmetic() throws {
        let x = Self.vector("N", 3, 8)
        #expect(try Self.elements(Add(), x, Self.vector(0, 1, -2)) == ["N", 4, 6])
        #expect(try Self.elements(Sub(), x, Self.vector("N", 0, 8)) == [0, 3, 0])
        #expect(try Self.elements(Mul(), x, Self.vector(1, 2, 0)) == ["N", 6, 0])
        #expect(try Self.elements(Mul(), x, Self.vector(2)) == [.product([2, "N"]), 6, 16])
        #expect(try Self.elements(Div(), x, Self.vector(1, 2, 0)) == ["N", 1, .unknown])
        #expect(
            try Self.elements(Mod(), x, Self.vector(2, -2, 3))?.map(\.description)
                == ["N - 2*floor(N/2)", "-1", "2"])
        #expect(try Self.elements(Min(), x, Self.vector("N", 2, 9)) == ["N", 2, 8])
        #expect(
            try Self.elements(Max(), x, Self.vector(1, 2, 9))?.map(\.description)
                == ["max(0, N - 1) + 1", "3", "9"])
        #expect(try Self.elements(Neg(), x)?.map(\.description) == ["-N", "-3", "-8"])
        #expect(try Self.elements(Abs(), Self.vector("N", -3)) == ["N", 3])
        #expect(try Self.elements(Sign(), Self.vector(-3, 0)) == [-1, 0])
    }

    @Test func whatDoesNotFitIsUnknown() throws {
        let most = Self.vector(.known(.max), .known(.min))
        #expect(try Self.elements(Add(), most, Self.vector(1)) == [.unknown, .known(.min + 1)])
        #expect(try Self.elements(Neg(), most) == [.known(-.max), .known(.min)])
        #expect(try Self.elements(Abs(), most) == [.known(.max), .known(.min)])
        let small = Inferred(
            type: .tensor(.int32, [1]), elements: [.known(Int(Int32.max))])
        #expect(try Self.elements(Add(), small, small) == [.unknown])
        #expect(
            try OperatorHarness.infer(
                Div(),
                [
                    Inferred(type: .tensor(.float32, [1]), elements: [3]),
                    Inferred(type: .tensor(.float32, [1]), elements: [2]),
                ])[0].elements == nil)
    }

    /// How exporters expand to a shape in which −1 keeps the extent.
    @Test func comparisonAndSelection() throws {
        let target = Self.vector(-1, 4, "M")
        let condition = try OperatorHarness.infer(Equal(), [target, Self.vector(-1)])[0]
        #expect(condition.type == .tensor(.bool, [3]))
        #expect(condition.elements == [1, 0, 0])
        #expect(
            try Self.elements(Where(), condition, Self.vector(7), target) == [7, 4, "M"])
        #expect(
            try Self.elements(Equal(), Self.vector("N", "N"), Self.vector("N", "M")) == [
                1, .unknown,
            ])
        #expect(try Self.elements(Less(), Self.vector(1, "N"), Self.vector(2)) == [1, .unknown])
        #expect(try Self.elements(GreaterOrEqual(), Self.vector(1, 2), Self.vector(2)) == [0, 1])
        let inverse = try OperatorHarness.infer(Not(), [condition])[0]
        #expect(inverse.elements == [0, 1, 1])
        #expect(try Self.elements(And(), condition, inverse) == [0, 0, 0])
        #expect(try Self.elements(Or(), condition, inverse) == [1, 1, 1])
        let unsure = Inferred(type: .tensor(.bool, [1]), elements: [.unknown])
        #expect(
            try Self.elements(Where(), unsure, Self.vector("N", 1), Self.vector("N", 2))
                == ["N", .unknown])
    }

    @Test func casts() throws {
        let x = Self.vector("N", 3, 0, .known(1 << 40))
        let narrow = try OperatorHarness.infer(Cast(to: .int32), [x])[0]
        #expect(narrow.type == .tensor(.int32, [4]))
        #expect(narrow.elements == ["N", 3, 0, .unknown])
        #expect(try Self.elements(Cast(to: .bool), x) == [.unknown, 1, 0, 1])
        #expect(try Self.elements(Cast(to: .float32), x) == nil)
    }

    @Test func reductions() throws {
        let x = Self.vector("N", 1, 1)
        let keep = ReduceProd(keepsDimensions: false)
        #expect(try Self.elements(keep, x) == ["N"])
        #expect(try Self.elements(keep, Self.vector(2, 3, 4)) == [24])
        #expect(try Self.elements(keep, Self.vector("N", 3)) == [.product([3, "N"])])
        #expect(try Self.elements(keep, Self.vector("N", 0)) == [0])
        #expect(try Self.elements(ReduceSum(axes: [0]), Self.vector(2, 3)) == [5])
        #expect(try Self.elements(ReduceMax(), Self.vector(2, 3)) == [3])
        #expect(
            try Self.elements(ReduceMin(), Self.vector("N", 3))?.map(\.description)
                == ["N - max(0, N - 3)"])
        let output = try OperatorHarness.infer(keep, [x])[0]
        #expect(output.type == .tensor(.int64, []))
    }

    @Test func constantsCount() throws {
        let constant = Inferred(constant: Tensor([Int64(2), 3]))
        #expect(
            try Self.elements(Mul(), constant, Self.vector("N", 2)) == [.product([2, "N"]), 6])
        #expect(try Self.elements(Max(), constant) == [2, 3])
    }
}
