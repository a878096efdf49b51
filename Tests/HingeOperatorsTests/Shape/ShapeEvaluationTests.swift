import HingeGraph
import Testing

@testable import HingeOperators

/// What operators that rearrange do where it isn't plain movement.
@Suite("Evaluation of shape operators")
struct ShapeEvaluationTests {
    @Test("views share the memory of their input")
    func views() throws {
        let x = Tensor.counting(2, 1, 3)
        let operators: [any Operator] = [
            Identity(), Flatten(), Squeeze(), Unsqueeze(axes: [0]), Reshape(shape: [3, 2]),
            Dropout(),
        ]
        for each in operators {
            let y = try OperatorHarness.value(each, x)
            #expect(y.region === x.region, "\(each.id)")
            #expect(each.aliasedInput == 0, "\(each.id)")
        }
    }

    @Test("Shape and Size")
    func shape() throws {
        let x = Tensor.counting(2, 0, 3)
        #expect(try OperatorHarness.value(ShapeOf(), x) == .ints(2, 0, 3))
        #expect(try OperatorHarness.value(ShapeOf(start: -5, end: -1), x) == .ints(2, 0))
        #expect(try OperatorHarness.value(ShapeOf(start: 2, end: 1), x) == .ints())
        #expect(try OperatorHarness.value(SizeOf(), x) == Tensor(scalar: Int64(0)))
    }

    /// The example of the standard's documentation, with each reduction applied by NumPy.
    @Test(
        "ScatterElements reduces",
        arguments: [
            (ScatterReduction.none, [1, 1.1, 3, 2.1, 5]), (.add, [1, 5.2, 3, 4, 5]),
            (.mul, [1, 4.62, 3, 4, 5]), (.max, [1, 2.1, 3, 4, 5]), (.min, [1, 1.1, 3, 4, 5]),
        ] as [(ScatterReduction, [Float])])
    func scatter(reduction: ScatterReduction, expected: [Float]) throws {
        let data = Tensor([Float](arrayLiteral: 1, 2, 3, 4, 5), shape: [1, 5])
        let isPlain = reduction == .none
        let indices = Tensor([Int64](arrayLiteral: 1, isPlain ? 3 : -4), shape: [1, 2])
        let updates = Tensor([Float](arrayLiteral: 1.1, 2.1), shape: [1, 2])
        let y = try OperatorHarness.value(
            ScatterElements(axis: 1, reduction: reduction), data, indices, updates)
        for (found, wanted) in try zip(y.array(of: Float.self), expected) {
            #expect(abs(found - wanted) < 1e-5)
        }
    }

    @Test(
        "ScatterND reduces booleans",
        arguments: [
            (ScatterReduction.add, [true, true, true, false]),
            (.max, [true, true, true, false]),
            (.mul, [true, false, false, false]), (.min, [true, false, false, false]),
        ])
    func scatterFlags(reduction: ScatterReduction, expected: [Bool]) throws {
        let y = try OperatorHarness.value(
            ScatterND(reduction: reduction), Tensor([true, true, false, false], shape: [4]),
            Tensor([Int64](arrayLiteral: 0, 1, 2, 3), shape: [4, 1]),
            Tensor([true, false, true, false], shape: [4]))
        #expect(y == Tensor(expected, shape: [4]))
    }

    @Test("ScatterElements reduces complex numbers, but not to the larger; strings not at all")
    func scatterComplex() throws {
        func numbers(_ parts: [Double], _ type: DataType) throws -> Tensor {
            let flat = try Tensor(parts, shape: [parts.count])
                .converted(to: type == .complex64 ? .float32 : .float64)
            return try Tensor(
                dataType: type, shape: [parts.count / 2], region: #require(flat.region))
        }
        let place = Tensor([Int64](arrayLiteral: 1), shape: [1])
        for type in [DataType.complex64, .complex128] {
            let (x, updates) = (try numbers([1, 2, 3, 4], type), try numbers([5, -6], type))
            func scatter(_ reduction: ScatterReduction) throws -> Tensor {
                try OperatorHarness.value(
                    ScatterElements(reduction: reduction), x, place, updates)
            }
            #expect(try scatter(.add) == numbers([1, 2, 8, -2], type))
            #expect(try scatter(.mul) == numbers([1, 2, 39, 2], type))
            #expect(
                message { _ = try scatter(.max) }
                    == "\(type) has no 'max': its numbers have no order")
        }
        #expect(
            message {
                _ = try OperatorHarness.value(
                    ScatterElements(reduction: .add), Specimens.words, place,
                    Tensor(strings: ["c"], shape: [1]))
            } == "strings are replaced only, they have no 'add'")
    }

    @Test("ScatterND writes blocks, in every integer type")
    func scatterND() throws {
        let data = Tensor([Int8](arrayLiteral: 1, 2, 3, 4, 5, 6), shape: [3, 2])
        let indices = Tensor([Int64](arrayLiteral: -1, 0), shape: [2, 1])
        let updates = Tensor([Int8](arrayLiteral: 100, 50, 3, -7), shape: [2, 2])
        #expect(
            try OperatorHarness.value(ScatterND(), data, indices, updates)
                == Tensor([Int8](arrayLiteral: 3, -7, 3, 4, 100, 50), shape: [3, 2]))
        // Integers wrap around.
        #expect(
            try OperatorHarness.value(ScatterND(reduction: .add), data, indices, updates)
                == Tensor([Int8](arrayLiteral: 4, -5, 3, 4, 105, 56), shape: [3, 2]))
        #expect(
            try OperatorHarness.value(ScatterND(reduction: .min), data, indices, updates)
                == Tensor([Int8](arrayLiteral: 1, -7, 3, 4, 5, 6), shape: [3, 2]))
        let outside = #expect(throws: HingeError.self) {
            try OperatorHarness.value(
                ScatterND(), data, Tensor([Int64](arrayLiteral: 3), shape: [1, 1]),
                Tensor([Int8](arrayLiteral: 1, 2), shape: [1, 2]))
        }
        #expect(outside?.message == "expected indices from -3 to 2, found 3")
    }

    @Test("NonZero takes −0 for zero and NaN for something")
    func nonZero() throws {
        let x = Tensor([Float](arrayLiteral: 0, 1, -0.0, .nan), shape: [2, 2])
        #expect(
            try OperatorHarness.value(NonZero(), x)
                == Tensor([Int64](arrayLiteral: 0, 1, 1, 1), shape: [2, 2]))
        let strings = try Tensor(strings: ["", "a"], shape: [2])
        #expect(
            try OperatorHarness.value(NonZero(), strings)
                == Tensor([Int64](arrayLiteral: 1), shape: [1, 1]))
        // NumPy refuses scalars; the standard gives no rows.
        #expect(
            try OperatorHarness.value(NonZero(), Tensor(scalar: Float(2))).shape == [0, 1])
    }

    @Test("Unique: the standard's third example, and NaNs and signed zeros")
    func unique() throws {
        let x = Tensor([Float](arrayLiteral: 1, 0, 0, 1, 0, 0, 2, 3, 4), shape: [3, 3])
        let rows = try OperatorHarness.evaluate(Unique(axis: 0), [x], outputs: 4)
        #expect(rows[0] == Tensor([Float](arrayLiteral: 1, 0, 0, 2, 3, 4), shape: [2, 3]))
        #expect(rows[1] == .ints(0, 2))
        #expect(rows[2] == .ints(0, 0, 1))
        #expect(rows[3] == .ints(2, 1))
        let odd = Tensor([Float](arrayLiteral: .nan, 2, -0.0, .nan, 0))
        let sorted = try OperatorHarness.evaluate(Unique(), [odd], outputs: 4)
        #expect(sorted[1] == .ints(2, 1, 0))
        #expect(sorted[3] == .ints(2, 1, 2))
        let unsorted = try OperatorHarness.evaluate(Unique(isSorted: false), [odd], outputs: 3)
        #expect(unsorted[2] == .ints(0, 1, 2, 0, 2))
    }

    @Test("Dropout that trains sets elements to zero and scales the rest")
    func dropout() throws {
        let x = try Tensor(filledWith: 3, .float32, shape: [1000])
        var dropout = Dropout(ratio: 0.25)
        dropout.training = .always
        dropout.seed = 5
        let outputs = try OperatorHarness.evaluate(dropout, [x], outputs: 2)
        let y = try #require(outputs[0]).array(of: Float.self)
        let mask = try #require(outputs[1]).array(of: UInt8.self)
        #expect(zip(y, mask).allSatisfy { $0 == ($1 == 0 ? 0 : 4) })
        // Four standard deviations of a binomial distribution.
        #expect(abs(y.count { $0 == 0 } - 250) < 55)
        #expect(!dropout.isDeterministic && dropout.aliasedInput == nil)
    }

    @Test("Dropout's mask is of the type of the data before version 10")
    func oldMask() throws {
        let node = Node("Dropout", inputs: ["x"], outputs: ["y", "m"])
        let old = try OperatorHarness.read(node, opset: 7)
        let x = Tensor([Float16(1), Float16(2)])
        #expect(
            try OperatorHarness.evaluate(old, [x], outputs: 2)[1]
                == Tensor([Float16(1), Float16(1)]))
        let new = try OperatorHarness.read(node, opset: 10)
        #expect(
            try OperatorHarness.evaluate(new, [x], outputs: 2)[1]
                == Tensor([true, true], shape: [2]))
    }

    /// What doesn't fit, and what is said about it.
    struct Refusal: Sendable, CustomTestStringConvertible {
        var operation: any Operator
        var inputs: [Tensor?]
        var message: String
        var testDescription: String { message }
    }

    static let refusals = [
        Refusal(
            operation: Concat(axis: 1), inputs: [.counting(2, 3), .counting(3, 3)],
            message: "shapes [2, 3] and [3, 3] don't join in dimension 1"),
        Refusal(
            operation: Concat(axis: 0), inputs: [.counting(2), .ints(1)],
            message: "expected inputs of one type, found float32 and int64"),
        Refusal(
            operation: Split(sizes: [1, 2]), inputs: [.counting(4)],
            message: "expected 1 sizes that add up to 4, found [1, 2]"),
        Refusal(
            operation: SliceOf(starts: [0], ends: [1], steps: [0]), inputs: [.counting(4)],
            message: "a step of 0 goes nowhere"),
        Refusal(
            operation: Gather(), inputs: [.counting(2), .ints(2)],
            message: "expected indices from -2 to 1, found 2"),
        Refusal(
            operation: Expand(shape: [3]), inputs: [.counting(2)],
            message: "shapes [2] and [3] do not broadcast"),
        Refusal(
            operation: Expand(shape: [-1]), inputs: [.counting(1)],
            message: "shape [-1] has a negative dimension"),
        Refusal(
            operation: Tile(repeats: [Int.max]), inputs: [.counting(2)],
            message: "shape [9223372036854775807] has more elements than fit in memory"),
        Refusal(
            operation: Pad(pads: [Int.max, 0]), inputs: [.counting(2)],
            message: "pads [9223372036854775807, 0] are too large"),
        Refusal(
            operation: Pad(pads: [-3, 0]), inputs: [.counting(2)],
            message: "cannot remove more than the 2 elements there are"),
        Refusal(
            operation: Pad(.reflect, pads: [1, 0]), inputs: [.counting(0)],
            message: "there is nothing to reflect in an empty dimension"),
        Refusal(
            operation: ConstantOfShape(), inputs: [.ints(1 << 40, 1 << 40)],
            message: "shape [1099511627776, 1099511627776] has more elements than fit in memory"),
        Refusal(
            operation: ConstantOfShape(), inputs: [.ints(1 << 40)],
            message: "an output of float32[1099511627776] is too large"),
        Refusal(
            operation: NumberRange(),
            inputs: [0, 1, 0].map { Tensor(scalar: Float($0)) },
            message: "a range from 0.0 to 1.0 by 0.0 has no end"),
        Refusal(
            operation: OneHot(), inputs: [.ints(0), .ints(-1), .counting(2)],
            message: "expected a depth, found int64[1]"),
        Refusal(
            operation: DepthToSpace(blockSize: 2), inputs: [.counting(1, 2, 1, 1)],
            message: "expected 4 dimensions and a multiple of 4 channels, found [1, 2, 1, 1]"),
        Refusal(
            operation: ReverseSequence(), inputs: [.counting(2, 2), .ints(1, 3)],
            message: "sequences of lengths [1, 3] don't fit [2, 2]"),
        Refusal(
            operation: Unsqueeze(axes: [0, 0]), inputs: [.counting(2)],
            message: "expected axes that differ, found [0, 0]"),
    ]

    @Test("says what doesn't fit", arguments: refusals)
    func refuse(_ refusal: Refusal) throws {
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.evaluate(refusal.operation, refusal.inputs)
        }
        #expect(error?.message == refusal.message)
    }
}
