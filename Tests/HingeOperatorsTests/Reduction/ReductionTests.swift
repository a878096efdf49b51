import HingeGraph
import Testing

@testable import HingeOperators

@Suite struct ReductionTests {
    static let names = [
        "ReduceSum", "ReduceProd", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2",
        "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp",
    ]

    static func make(
        _ name: String, axes: [Int]? = nil, keeps: Bool = true, identity: Bool = false
    ) throws -> any ReductionOperator {
        let id = OperatorID(domain: "", type: name)
        let type = try #require(
            OperatorRegistry.standard.operators[id] as? any ReductionOperator.Type)
        return type.init(axes: axes, keepsDimensions: keeps, isIdentityWithoutAxes: identity)
    }

    private static func numbers(_ name: String) -> [Double] {
        let plain = (0..<120).map { (index: Int) -> Double in Double(index * 37 % 61) / 8 + 0.125 }
        return name == "ReduceProd" ? plain.map { 1 + $0 / 64 } : plain
    }

    /// All ways in which reduced and kept dimensions alternate.
    @Test(arguments: ReductionValues.cases) func matchesNumPy(_ expected: ReductionValues.Case)
        throws
    {
        let x = Tensor(ReductionTests.numbers(expected.name), shape: [2, 3, 4, 5])
        let kept = try OperatorHarness.value(
            ReductionTests.make(expected.name, axes: expected.axes), x)
        #expect(
            kept.shape
                == [2, 3, 4, 5].enumerated().map {
                    expected.axes.contains($0.offset) ? 1 : $0.element
                })
        let pruned = try OperatorHarness.value(
            ReductionTests.make(expected.name, axes: expected.axes.map { $0 - 4 }, keeps: false), x)
        #expect(pruned.rank == 4 - expected.axes.count)
        let values = try kept.doubles()
        #expect(try pruned.doubles() == values)
        #expect(values.count == expected.count)
        let weighted = values.enumerated().reduce(0) { $0 + Double($1.offset + 1) * $1.element }
        // NumPy adds pairwise in Double; the orders differ by a few last places.
        for (value, goal) in [
            (values[0], expected.first), (values[values.count - 1], expected.last),
            (weighted, expected.weighted),
        ] {
            #expect((value - goal).magnitude <= 1e-13 * goal.magnitude)
        }
    }

    /// Rows of every length around the eight states that are kept at once.
    @Test(arguments: 1...40) func sumsRowsOfEveryLength(_ length: Int) throws {
        let x = Tensor((0..<3 * length).map { Float($0) }, shape: [3, length])
        let rows = try OperatorHarness.value(ReduceSum(axes: [1], keepsDimensions: false), x)
        let expected = (0..<3).map { row in
            Double(row * length * length + length * (length - 1) / 2)
        }
        #expect(try rows.doubles() == expected)
        let largest = try OperatorHarness.value(ReduceMax(axes: [1], keepsDimensions: false), x)
        #expect(try largest.doubles() == (1...3).map { Double($0 * length - 1) })
    }

    @Test(arguments: DataType.floats, names) func everyFloatingPointType(
        _ type: DataType, _ name: String
    ) throws {
        let x = try Tensor([1, 2, 3, 4], shape: [2, 2] as [Int]).converted(to: type)
        let y = try OperatorHarness.value(ReductionTests.make(name, axes: [1], keeps: false), x)
        #expect(y.dataType == type)
        // √5 and 5, ln 3 and ln 7, ln(e + e²) and ln(e³ + e⁴), by mpmath.
        let expected: [Double] =
            switch name {
            case "ReduceSum", "ReduceL1": [3, 7]
            case "ReduceProd": [2, 12]
            case "ReduceMean": [1.5, 3.5]
            case "ReduceMax": [2, 4]
            case "ReduceMin": [1, 3]
            case "ReduceL2": [2.23606797749979, 5]
            case "ReduceSumSquare": [5, 25]
            case "ReduceLogSum": [1.0986122886681098, 1.9459101490553132]
            default: [2.313261687518223, 4.313261687518223]
            }
        try expectClose(y, expected, units: 0.51 + (type == .float64 ? 1 : 0))
    }

    @Test(arguments: [DataType.int32, .int64, .uint32, .uint64]) func integers(_ type: DataType)
        throws
    {
        let x = try Tensor([1, 2, 3, 5], shape: [2, 2] as [Int]).converted(to: type)
        func value(_ name: String) throws -> [Int] {
            try OperatorHarness.value(ReductionTests.make(name, axes: [1]), x).integers()
        }
        #expect(try value("ReduceSum") == [3, 8])
        #expect(try value("ReduceProd") == [2, 15])
        #expect(try value("ReduceMean") == [1, 4])
        #expect(try value("ReduceMax") == [2, 5])
        #expect(try value("ReduceMin") == [1, 3])
        #expect(try value("ReduceL1") == [3, 8])
        #expect(try value("ReduceL2") == [2, 5])
        #expect(try value("ReduceSumSquare") == [5, 34])
        #expect(try value("ReduceLogSum") == [1, 2])
        #expect(try value("ReduceLogSumExp") == [2, 5])
    }

    @Test func integersWrapAroundAndAreCutOff() throws {
        let x = Tensor([Int32.max, 1])
        #expect(try OperatorHarness.value(ReduceSum(), x).integers() == [Int(Int32.min)])
        let negative = Tensor([Int32(-1), -2])
        #expect(try OperatorHarness.value(ReduceMean(), negative).integers() == [-1])
        #expect(try OperatorHarness.value(ReduceL1(), negative).integers() == [3])
    }

    @Test func narrowExtrema() throws {
        for type in [DataType.int8, .uint8] {
            let x = try Tensor([3.0, 1, 2]).converted(to: type)
            #expect(try OperatorHarness.value(ReduceMax(), x).doubles() == [3])
            #expect(try OperatorHarness.value(ReduceMin(), x).doubles() == [1])
        }
        var flags = Tensor([true, false, false, false], shape: [2, 2])
        try flags.withUnsafeMutableBytes { $0[0] = 9 }
        #expect(try OperatorHarness.value(ReduceMax(axes: [1]), flags).integers() == [1, 0])
        #expect(try OperatorHarness.value(ReduceMin(axes: [1]), flags).integers() == [0, 0])
    }

    /// What the standard says of no elements: the sum is 0, the product 1, the extrema the bounds of the type.
    @Test func noElements() throws {
        let x = Tensor([Float](), shape: [2, 0, 3])
        func value(_ name: String) throws -> Double {
            let y = try OperatorHarness.value(ReductionTests.make(name, axes: [1]), x)
            #expect(y.shape == [2, 1, 3])
            return try y.doubles()[5]
        }
        let inf = Double.infinity
        for (name, expected) in [
            ("ReduceSum", 0), ("ReduceProd", 1), ("ReduceMax", -inf), ("ReduceMin", inf),
            ("ReduceL1", 0), ("ReduceL2", 0), ("ReduceSumSquare", 0), ("ReduceLogSum", -inf),
            ("ReduceLogSumExp", -inf),
        ] {
            #expect(try value(name) == expected, "\(name)")
        }
        #expect(try value("ReduceMean").isNaN)
        let whole = Tensor([Int32](), shape: [0])
        #expect(try OperatorHarness.value(ReduceMax(), whole).integers() == [Int(Int32.min)])
        #expect(try OperatorHarness.value(ReduceMean(), whole).integers() == [0])
        let flags = Tensor([Bool](), shape: [0])
        #expect(try OperatorHarness.value(ReduceMax(), flags).integers() == [0])
        #expect(try OperatorHarness.value(ReduceMin(), flags).integers() == [1])
        // Kept dimensions without elements leave nothing to write.
        let none = try OperatorHarness.value(ReduceSum(axes: [2]), x)
        #expect(none.shape == [2, 0, 1] && none.count == 0)
    }

    @Test func withoutAxesAllOrNoneAreReduced() throws {
        let x = Tensor([Float(1), -2], shape: [1, 2])
        let none = Tensor([Int64](), shape: [0])
        #expect(try OperatorHarness.value(ReduceSum(), x, none).doubles() == [-1])
        #expect(try OperatorHarness.value(ReduceSum(isIdentityWithoutAxes: true), x, none) == x)
        let squares = ReduceSumSquare(isIdentityWithoutAxes: true)
        #expect(try OperatorHarness.value(squares, x).doubles() == [1, 4])
        let scalar = Tensor(scalar: Float(3))
        #expect(try OperatorHarness.value(ReduceL2(), scalar) == scalar)
    }

    @Test func extremaKeepNaN() throws {
        for index in 0..<20 {
            var numbers = [Float](repeating: 1, count: 20)
            numbers[index] = .nan
            for name in ["ReduceMax", "ReduceMin", "ReduceSum", "ReduceLogSumExp"] {
                let y = try OperatorHarness.value(ReductionTests.make(name), Tensor(numbers))
                #expect(try y.doubles()[0].isNaN, "\(name) at \(index)")
            }
        }
    }

    @Test func logSumExpDoesNotOverflow() throws {
        let x = Tensor([Float(1000), 1000, -1000], shape: [3])
        let y = try OperatorHarness.value(ReduceLogSumExp(), x).doubles()[0]
        // 1000 + ln 2.
        #expect((y - 1000.6931471805599).magnitude < 1e-4)
        let ends = Tensor([Float.infinity, 1, -.infinity, -.infinity], shape: [2, 2])
        let z = try OperatorHarness.value(ReduceLogSumExp(axes: [1]), ends).doubles()
        #expect(z == [.infinity, -.infinity])
    }

    /// A million numbers that `Float` can't add without losing the small ones.
    @Test(arguments: [0, 1]) func sumsAreExact(_ axis: Int) throws {
        let count = 1 << 20
        let shape = axis == 0 ? [count, 1] : [1, count]
        let x = Tensor([Float](repeating: 0.1, count: count), shape: shape)
        let y = try OperatorHarness.value(ReduceSum(axes: [axis]), x)
        #expect(try y.array(of: Float.self) == [Float(Double(Float(0.1)) * Double(count))])
        let columns = Tensor([Float](repeating: 0.1, count: count), shape: [count / 2, 2])
        let z = try OperatorHarness.value(ReduceMean(axes: [0]), columns)
        #expect(try z.array(of: Float.self) == [0.1, 0.1])
    }

    // MARK: - Inference and spelling

    @Test func infersShapes() throws {
        let x = Inferred.tensor(.float32, ["N", 3, 8, 8])
        func shape(_ function: any Operator, _ inputs: Inferred?...) throws -> Shape? {
            try OperatorHarness.infer(function, inputs)[0].type?.shape
        }
        #expect(try shape(ReduceMean(axes: [2, -1]), x) == ["N", 3, 1, 1])
        #expect(try shape(ReduceMean(axes: [2, -1], keepsDimensions: false), x) == ["N", 3])
        #expect(try shape(ReduceMean(keepsDimensions: false), x) == [])
        #expect(try shape(ReduceSum(isIdentityWithoutAxes: true), x) == ["N", 3, 8, 8])
        let axes = Inferred.tensor(.int64, [2])
        #expect(
            try shape(ReduceSum(), x, axes)
                == [.unknown, .unknown, .unknown, .unknown])
        // Both axes may be the same one.
        #expect(try shape(ReduceSum(keepsDimensions: false), x, axes) == nil)
        #expect(try shape(ReduceSum(keepsDimensions: false), x, .tensor(.int64, nil)) == nil)
        let error = #expect(throws: HingeError.self) { try shape(ReduceMax(axes: [4]), x) }
        #expect(error?.message == "expected an axis from -4 to 3, found 4")
    }

    @Test func axesMoveBetweenAttributeAndInput() throws {
        let node = Node(
            "ReduceSum", inputs: ["x"], outputs: ["y"], attributes: [.ints("axes", [1])])
        let new = try OperatorHarness.convert(node, from: 11, to: 13)
        #expect(new.nodes[0].inputs.count == 2)
        #expect(new.nodes[0].attributes == [.int("keepdims", 1)])
        #expect(new.initializers[0].tensor == .ints(1))
        let input = Node("ReduceMax", inputs: ["x", "a"], outputs: ["y"])
        let old = try OperatorHarness.convert(
            input, from: 18, to: 9,
            known: [.tensor(.float32, [2, 3]), Inferred(constant: .ints(-1))])
        #expect(old.nodes[0].attributes == [.ints("axes", [1]), .int("keepdims", 1)])
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.convert(
                input, from: 18, to: 13,
                known: [.tensor(.float32, [.unknown, 3]), .tensor(.int64, [1])])
        }
        #expect(error?.message == "a list of axes that is computed needs opset 18, not 13")
        let early = #expect(throws: HingeError.self) {
            try OperatorHarness.convert(
                input, from: 18, to: 9,
                known: [.tensor(.float32, [2, 3]), .tensor(.int64, [1])])
        }
        #expect(early?.message == "a list of axes that is computed needs opset 11, not 9")
    }
}
