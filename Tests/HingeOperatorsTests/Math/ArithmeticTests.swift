import HingeGraph
import Testing

@testable import HingeOperators

@Suite struct ArithmeticTests {
    private static func value<T: TensorElement>(
        _ operator: any Operator, _ a: [T], _ b: [T]
    ) throws -> [T] {
        try OperatorHarness.value(`operator`, Tensor(a), Tensor(b)).array(of: T.self)
    }

    @Test(arguments: DataType.floats + DataType.integers) func everyType(_ type: DataType) throws {
        let a = try Tensor([Double](arrayLiteral: 7, 6, 100)).converted(to: type)
        let b = try Tensor([Double](arrayLiteral: 2, 3, 1)).converted(to: type)
        func value(_ operator: any Operator) throws -> [Double] {
            try OperatorHarness.value(`operator`, a, b).doubles()
        }
        #expect(try value(Add()) == [9, 9, 101])
        #expect(try value(Sub()) == [5, 3, 99])
        #expect(try value(Mul()) == [14, 18, 100])
        #expect(try value(Div()) == [type.isInteger ? 3 : 3.5, 2, 100])
        #expect(try value(Max()) == [7, 6, 100])
        #expect(try value(Min()) == [2, 3, 1])
        #expect(try value(Mod()) == [1, 0, 0])
        #expect(try value(Mod(isTruncated: true)) == [1, 0, 0])
        if type.isFloatingPoint {
            #expect(try value(Sum()) == [9, 9, 101])
            #expect(try value(Mean()) == [4.5, 4.5, 50.5])
        }
    }

    @Test func integersWrapAround() throws {
        #expect(try ArithmeticTests.value(Add(), [Int8(100)], [100]) == [-56])
        #expect(try ArithmeticTests.value(Sub(), [UInt8(1)], [2]) == [255])
        #expect(try ArithmeticTests.value(Mul(), [Int16(300)], [300]) == [24464])
        #expect(try ArithmeticTests.value(Pow(), [Int32(3)], [21]) == [1_870_418_611])
    }

    @Test func integerDivisionIsCutOffAndNeverTraps() throws {
        let quotients = try ArithmeticTests.value(
            Div(), [Int32(-7), 7, 7, .min, 0], [2, -2, 0, -1, 0])
        #expect(quotients == [-3, -3, 0, .min, 0])
        let rests = try ArithmeticTests.value(Mod(), [Int32(1), .min], [0, -1])
        #expect(rests == [0, 0])
    }

    /// The expected numbers are those of NumPy's `mod` and `fmod`.
    @Test func remainders() throws {
        let (a, b) = ([Int32(-4), 7, 5, 4, -7, 8], [Int32(2), -3, 8, -2, 3, 5])
        #expect(try ArithmeticTests.value(Mod(), a, b) == [0, -2, 5, 0, 2, 3])
        #expect(
            try ArithmeticTests.value(Mod(isTruncated: true), a, b) == [0, 1, 5, 0, -1, 3])
        let (x, y) = ([-4.3, 7.2, 5, 4.3, -7.2, 8], [2.1, -3.4, 8, -2.1, 3.4, 5])
        let floored = try OperatorHarness.value(Mod(), Tensor(x), Tensor(y))
        try expectClose(
            floored,
            [2, -2.9999999999999996, 5, -2, 2.9999999999999996, 3], units: 1)
        let truncated = try OperatorHarness.value(Mod(isTruncated: true), Tensor(x), Tensor(y))
        try expectClose(
            truncated,
            [
                -0.09999999999999964, 0.40000000000000036, 5, 0.09999999999999964,
                -0.40000000000000036, 3,
            ],
            units: 1)
    }

    /// The special cases that Mod 28 lists.
    @Test func remaindersOfSpecialNumbers() throws {
        let inf = Double.infinity
        let floored = try ArithmeticTests.value(
            Mod(), [0, 0, inf, 1, 3, -3, 3, .nan], [2, -2, 1, 0, inf, inf, -inf, 1])
        #expect(floored[0] == 0 && floored[0].sign == .plus)
        #expect(floored[1] == 0 && floored[1].sign == .minus)
        #expect(floored[2].isNaN && floored[3].isNaN && floored[7].isNaN)
        #expect(Array(floored[4..<7]) == [3, inf, -inf])
        let truncated = try ArithmeticTests.value(
            Mod(isTruncated: true), [inf, 1, -3], [1, 0, inf])
        #expect(truncated[0].isNaN && truncated[1].isNaN && truncated[2] == -3)
    }

    /// The expected numbers are those of NumPy's `power`; to a negative power NumPy refuses integers, and the standard
    /// says nothing.
    @Test func powers() throws {
        #expect(
            try ArithmeticTests.value(Pow(), [Int64(2), -3, 0, 7], [10, 3, 0, 1])
                == [1024, -27, 1, 7])
        #expect(
            try ArithmeticTests.value(Pow(), [Int64(1), -1, -1, 2], [-2, -3, -2, -1])
                == [1, -1, 1, 0])
        func value(_ a: Tensor, _ b: Tensor) throws -> Tensor {
            try OperatorHarness.value(Pow(), a, b)
        }
        #expect(try value(Tensor([Float(-2), 3]), Tensor([Int64(3), 2])).doubles() == [-8, 9])
        #expect(try value(Tensor([Float(1.5)]), Tensor(scalar: UInt8(2))).doubles() == [2.25])
        #expect(try value(Tensor([Int32(9), 2]), Tensor([Float(0.5), 1.5])).doubles() == [3, 2])
        #expect(try value(Tensor([Int64(3)]), Tensor([Int32(4)])).array(of: Int64.self) == [81])
        #expect(try value(Tensor([Double(-8)]), Tensor([0.5])).doubles()[0].isNaN)
        #expect(try value(Tensor([Float16(3)]), Tensor([Float16(-1)])).dataType == .float16)
        // Powers that the type of the base doesn't hold: 1.4375 to the power of 10.05, and −1 to that of 257.
        let base = Tensor([BFloat16(1.4375)])
        #expect(try value(base, Tensor([Float(10.05)])).doubles() == [38.25])
        #expect(try value(Tensor([BFloat16(-1)]), Tensor([Int32(257)])).doubles() == [-1])
        // A square of higher rank than its base.
        #expect(try value(Tensor([Float(3)]), Tensor([Float(2)], shape: [1, 1])).shape == [1, 1])
    }

    @Test func extremaKeepNaN() throws {
        let nan = Float.nan
        for function: any Operator in [Max(), Min()] {
            let result = try OperatorHarness.value(
                function, Tensor([nan, 1, 1]), Tensor([Float(1), nan, 2]),
                Tensor([Float(1), 1, nan]))
            #expect(try result.array(of: Float.self).filter(\.isNaN).count == 3)
        }
    }

    @Test func anyNumberOfInputsBroadcasts() throws {
        let inputs: [Tensor] = [
            Tensor([Float(1), 2], shape: [2, 1]), Tensor([Float(10), 20, 30]),
            Tensor(scalar: Float(100)), Tensor([Float(0.5), 0.25], shape: [2, 1, 1]),
        ]
        func value(_ operator: any Operator) throws -> Tensor {
            try #require(try OperatorHarness.evaluate(`operator`, inputs)[0])
        }
        let sum = try value(Sum())
        #expect(sum.shape == [2, 2, 3])
        let first: [Float] = [111.5, 121.5, 131.5, 112.5, 122.5, 132.5]
        #expect(try sum.array(of: Float.self) == first + first.map { $0 - 0.25 })
        #expect(try value(Mean()).array(of: Float.self)[0] == 111.5 / 4)
        #expect(try value(Max()).array(of: Float.self) == [Float](repeating: 100, count: 12))
        #expect(
            try value(Min()).array(of: Float.self)
                == [Float](repeating: 0.5, count: 6) + [Float](repeating: 0.25, count: 6))
        let error = #expect(throws: HingeError.self) { try OperatorHarness.evaluate(Sum(), []) }
        #expect(error?.message == "expected input 0, found none")
    }

    /// The expected numbers are those of the standard's text on BitShift 28.
    @Test func shifts() throws {
        let right = BitShift(direction: .right)
        let left = BitShift(direction: .left)
        #expect(try ArithmeticTests.value(right, [UInt8(16), 4, 1], [1, 2, 3]) == [8, 1, 0])
        #expect(try ArithmeticTests.value(left, [UInt8(16), 200, 1], [1, 1, 8]) == [32, 144, 0])
        #expect(
            try ArithmeticTests.value(right, [Int8(-16), -1, 64, -5, 5, -5], [2, 7, 9, 8, -1, -1])
                == [-4, -1, 0, -1, 0, -1])
        #expect(
            try ArithmeticTests.value(left, [Int8(-16), 1, 1, 64], [2, 8, -1, 1])
                == [-64, 0, 0, -128])
        let node = Node(
            "BitShift", inputs: ["x", "y"], outputs: ["z"],
            attributes: [.string("direction", "UP")])
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.read(node, opset: 11)
        }
        #expect(
            error?.description
                == "node (BitShift) › attribute 'direction': expected one of 'LEFT', 'RIGHT', found 'UP'"
        )
    }

    @Test(arguments: DataType.integers) func bits(_ type: DataType) throws {
        let a = try Tensor([Double](arrayLiteral: 12, 10)).converted(to: type)
        let b = try Tensor([Double](arrayLiteral: 10, 3)).converted(to: type)
        #expect(try OperatorHarness.value(BitwiseAnd(), a, b).doubles() == [8, 2])
        #expect(try OperatorHarness.value(BitwiseOr(), a, b).doubles() == [14, 11])
        #expect(try OperatorHarness.value(BitwiseXor(), a, b).doubles() == [6, 9])
    }

    /// Shapes that broadcast, and a formula for the expected sum.
    @Test(arguments: [
        ([2, 3, 4], [4]), ([4], [2, 3, 4]), ([2, 1, 4], [3, 1]), ([2, 3, 4], [3, 1]), ([], [3]),
        ([1, 1], [1]), ([2, 3, 4, 5], [3, 1, 5]), ([5, 1, 3, 1], [4, 1, 6]), ([0, 3], [1, 3]),
    ])
    func broadcasts(_ left: [Int], _ right: [Int]) throws {
        let a = Tensor((0..<left.reduce(1, *)).map { Float($0) }, shape: left)
        let b = Tensor((0..<right.reduce(1, *)).map { Float($0) * 1000 }, shape: right)
        let y = try OperatorHarness.value(Add(), a, b)
        let shape = try #require(
            try Shape.broadcast(Shape(left), Shape(right)).extents)
        #expect(y.shape == shape)
        // Each element's index is taken apart and put together again for each input.
        func offset(_ index: Int, _ own: [Int]) -> Int {
            var rest = index
            var offset = 0
            var step = 1
            for (place, extent) in shape.enumerated().reversed() {
                let coordinate = rest % extent
                rest /= extent
                let axis = place - (shape.count - own.count)
                guard axis >= 0 else { continue }
                offset += own[axis] == 1 ? 0 : coordinate * step
                step *= own[axis]
            }
            return offset
        }
        let expected = (0..<y.count).map {
            Float(offset($0, left)) + Float(offset($0, right)) * 1000
        }
        #expect(try y.array(of: Float.self) == expected)
    }

    @Test func refusesWhatDoesNotBroadcast() {
        func message(_ a: Tensor, _ b: Tensor) -> String? {
            #expect(throws: HingeError.self) { try OperatorHarness.value(Add(), a, b) }?.message
        }
        #expect(
            message(Tensor([Float(1), 2]), Tensor([Float(1), 2, 3]))
                == "shapes [2] and [3] do not broadcast")
        #expect(
            message(Tensor([Float(1)]), Tensor([Double(1)]))
                == "expected inputs of one type, found float32 and float64")
        #expect(
            message(Tensor([true], shape: [1]), Tensor([true], shape: [1]))
                == "input 0 of type bool is not one the operator computes with")
    }

    /// Either input's memory may be the output's.
    @Test(arguments: [0, 1]) func writesInPlace(_ position: Int) throws {
        let a = (0..<5000).map { Float($0) }
        let small = Tensor([Float(1), 2, 3, 4, 5], shape: [5, 1])
        let big = Tensor(a, shape: [5, 1000])
        let inputs = position == 0 ? [big, small] : [small, big]
        let expected = try OperatorHarness.value(Sub(), inputs[0], inputs[1])
        var context = EvaluationContext(
            inputs: inputs.map { .tensor($0) }, planned: [.tensor(inputs[position])])
        try Sub().evaluate(&context)
        #expect(context.outputs[0]?.tensor == expected)
    }

    /// Version 6 lays the second input over the first from an axis on.
    @Test func laysTheSecondInputOverTheFirst() throws {
        let node = Node(
            "Mul", inputs: ["a", "b"], outputs: ["y"],
            attributes: [.int("broadcast", 1), .int("axis", 1)])
        let mul = try OperatorHarness.read(node, opset: 6)
        let a = Tensor([Float](repeating: 1, count: 12), shape: [2, 3, 2])
        let y = try OperatorHarness.value(mul, a, Tensor([Float(1), 2, 3]))
        #expect(try y.array(of: Float.self) == [1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3])
        let nodes = try OperatorHarness.convert(
            node, from: 6, to: 7, known: [.tensor(.float32, [2, 3, 2]), .tensor(.float32, [3])]
        ).nodes
        #expect(nodes.map(\.type) == ["Unsqueeze", "Mul"])
    }

    /// Version 6 takes what has the extents of neighbouring dimensions, and no others of extent 1.
    @Test func dropsDimensionsForVersion6() throws {
        let node = Node("Mul", inputs: ["a", "b"], outputs: ["y"])
        let a = Inferred.tensor(.float32, [2, 3, 4, 5])
        let column = Tensor([1, 2, 3] as [Float], shape: [3, 1, 1])
        let (nodes, constants) = try OperatorHarness.convert(
            node, from: 7, to: 6, known: [a, Inferred(constant: column)])
        #expect(nodes.map(\.type) == ["Mul"])
        #expect(nodes[0].attributes == [.int("broadcast", 1), .int("axis", 1)])
        #expect(constants.map(\.tensor) == [Tensor([1, 2, 3] as [Float])])
        let computed = try OperatorHarness.convert(
            node, from: 7, to: 6, known: [a, .tensor(.float32, [1, 3, 4, 1])])
        #expect(computed.nodes.map(\.type) == ["Squeeze", "Mul"])
        #expect(computed.nodes[0].attributes == [.ints("axes", [0, 3])])
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.convert(
                node, from: 7, to: 6, known: [a, .tensor(.float32, [3, 1, 5])])
        }
        #expect(
            error?.message
                == "Mul whose second input broadcasts between its dimensions needs opset 7, not 6")
    }
}
