import HingeGraph
import Testing

@testable import HingeOperators

@Suite("Generators")
struct GeneratorTests {
    /// The expected numbers are those of NumPy's `arange`.
    @Test("Range")
    func range() throws {
        func numbers<T: TensorElement>(_ start: T, _ limit: T, _ delta: T) throws -> [T] {
            try OperatorHarness.value(
                NumberRange(), Tensor(scalar: start), Tensor(scalar: limit),
                Tensor(scalar: delta)
            ).array(of: T.self)
        }
        #expect(try numbers(Int64(10), 4, -2) == [10, 8, 6])
        #expect(try numbers(Int16(-3), 3, 2) == [-3, -1, 1])
        #expect(try numbers(Int32(3), 3, 1) == [])
        #expect(try numbers(Int64(3), 0, 1) == [])
        #expect(try numbers(Float(1), 2.5, 0.5) == [1, 1.5, 2])
        #expect(try numbers(Double(0), 1, 0.4) == [0, 0.4, 0.8])
        #expect(try numbers(Float16(0), 1, 0.25) == [0, 0.25, 0.5, 0.75])
        let narrow = try numbers(BFloat16(256), BFloat16(260), BFloat16(1))
        #expect(narrow.map { Float($0) } == [256, 256, 258, 260])
    }

    @Test("OneHot counts negative indices from the end and leaves out what is beyond")
    func oneHot() throws {
        let indices = Tensor([Int64](arrayLiteral: 1, -1, 5), shape: [3])
        let y = try OperatorHarness.value(
            OneHot(), indices, .ints(3), Tensor([Int32](arrayLiteral: 7, 9)))
        #expect(y == Tensor([Int32](arrayLiteral: 7, 9, 7, 7, 7, 9, 7, 7, 7), shape: [3, 3]))
        let first = try OperatorHarness.value(
            OneHot(axis: 0), Tensor([Float(0), 1]), Tensor(scalar: Float(2)),
            try Tensor(strings: ["off", "on"], shape: [2]))
        #expect(first.strings == ["on", "off", "off", "on"])
    }

    @Test("EyeLike takes the type of the input unless it has one")
    func eye() throws {
        let x = Tensor.counting(2, 3)
        #expect(
            try OperatorHarness.value(EyeLike(diagonal: 1), x)
                == Tensor([Float](arrayLiteral: 0, 1, 0, 0, 0, 1), shape: [2, 3]))
        #expect(
            try OperatorHarness.value(EyeLike(dataType: .bool, diagonal: -1), x)
                == Tensor([false, false, false, true, false, false], shape: [2, 3]))
    }

    @Test("Constant in all its spellings")
    func constant() throws {
        let spellings: [(Attribute, Tensor)] = [
            (.tensor("value", .ints(1, 2)), .ints(1, 2)),
            (.float("value_float", 2), Tensor(scalar: Float(2))),
            (.floats("value_floats", [1, 2]), Tensor([Float(1), 2])),
            (.int("value_int", 2), Tensor(scalar: Int64(2))),
            (.ints("value_ints", [1, 2]), .ints(1, 2)),
            (.string("value_string", "a"), try Tensor(strings: ["a"], shape: [])),
            (.strings("value_strings", ["a"]), try Tensor(strings: ["a"], shape: [1])),
        ]
        for (attribute, expected) in spellings {
            let node = Node("Constant", inputs: [], outputs: ["y"], attributes: [attribute])
            let constant = try OperatorHarness.read(node, opset: 13)
            #expect(try OperatorHarness.value(constant) == expected)
            #expect(try OperatorHarness.infer(constant, [])[0].constant == expected)
        }
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.read(Node("Constant", inputs: [], outputs: ["y"]), opset: 13)
        }
        #expect(
            error?.description
                == "node (Constant): expected one attribute that is the value, found 0")
    }

    @Test("a sparse Constant becomes dense", arguments: [[2], [2, 2]])
    func sparse(indexShape: [Int]) throws {
        let indices = indexShape.count == 1 ? Tensor.ints(1, 5) : .ints(0, 1, 1, 2)
        let sparse = SparseTensor(
            values: Tensor([Float(7), 8]), indices: try indices.reshaped(to: indexShape),
            shape: [2, 3])
        let node = Node(
            "Constant", inputs: [], outputs: ["y"],
            attributes: [Attribute("sparse_value", .sparseTensor(sparse))])
        let constant = try OperatorHarness.read(node, opset: 11)
        #expect(
            try OperatorHarness.value(constant)
                == Tensor([Float](arrayLiteral: 0, 7, 0, 0, 0, 8), shape: [2, 3]))
        let older = try OperatorHarness.convert(node, from: 11, to: 9)
        #expect(older.nodes[0][attribute: "value"]?.kind == "tensor")
    }

    @Test("ConstantOfShape fills with any type", arguments: DataType.allCases)
    func constantOfShape(type: DataType) throws {
        let value = try MovementTests.tensor([4], type, [1])
        let y = try OperatorHarness.value(ConstantOfShape(value), .ints(3))
        #expect(y == (try MovementTests.tensor([4, 4, 4], type, [3])))
        #expect(try OperatorHarness.value(ConstantOfShape(value), .ints()).shape == [])
    }
}
