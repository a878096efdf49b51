import HingeGraph
import HingeOperators
import HingeRuntime
import Testing

@testable import HingeParity

/// Made-up inputs suit the operators that they reach.
@Suite("Made-up inputs")
struct InputGeneratorTests {
    private typealias Operand = GraphBuilder.Operand

    private func floats(_ count: Int) -> [Float] { (0..<count).map { Float($0) / 7 - 1 } }

    /// Inputs for a graph, which then runs with finite outputs.
    @discardableResult
    private func inputs(
        seed: UInt64 = 0, _ body: (inout GraphBuilder) throws -> Operand
    ) throws -> [String: Tensor] {
        var graph = GraphBuilder()
        let y = try body(&graph)
        graph.output(y, "y")
        let model = graph.model()
        let values = try InputGenerator(seed: seed).inputs(for: model)
        let outputs = try Session(model, options: .init(engine: .reference)).run(values)
        let result = try #require(outputs["y"]?.tensor)
        #expect(result.count > 0)
        if result.dataType.isFloatingPoint {
            #expect(try result.doubles().allSatisfy(\.isFinite))
        }
        return try values.mapValues { try #require($0.tensor) }
    }

    /// A graph over one input and what its elements must be.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let type: DataType
        let shape: Shape
        let range: ClosedRange<Double>
        let body:
            @Sendable (inout GraphBuilder, GraphBuilder.Operand) throws -> GraphBuilder.Operand
        var testDescription: String { name }
    }

    private static func table(_ shape: [Int]) -> Tensor {
        Tensor((0..<shape.reduce(1, *)).map { Float($0 % 13) - 6 }, shape: shape)
    }

    static let cases = [
        Case(name: "Gather", type: .int64, shape: ["N", 5], range: 0...6) { graph, x in
            try graph.append(Gather(), graph.constant(table([7, 3])), x)
        },
        Case(name: "Gather along an axis", type: .int32, shape: [50], range: 0...2) { graph, x in
            try graph.append(Gather(axis: -1), graph.constant(table([7, 3])), x)
        },
        Case(name: "Gather of what is computed", type: .int64, shape: [50], range: 0...4) {
            graph, x in
            let data = graph.input("data", .float32, [5, 3])
            return try graph.append(Gather(), graph.append(Elu(), data), x)
        },
        Case(name: "Gather through Cast and Reshape", type: .float32, shape: [60], range: 0...6) {
            graph, x in
            let whole = try graph.append(Cast(to: .int64), x)
            let shaped = try graph.append(Reshape(shape: [6, 10]), whole)
            let turned = try graph.append(Transpose(), shaped)
            return try graph.append(Gather(), graph.constant(table([7, 3])), turned)
        },
        Case(name: "Gather of an index plus one", type: .int64, shape: [60], range: -1...5) {
            graph, x in
            let one = graph.constant(Tensor(scalar: Int64(1)))
            return try graph.append(
                Gather(), graph.constant(table([7, 3])), graph.append(Add(), x, one))
        },
        Case(name: "the smaller of two tables", type: .int64, shape: [60], range: 0...2) {
            graph, x in
            let first = try graph.append(Gather(), graph.constant(table([7, 3])), x)
            let second = try graph.append(Gather(), graph.constant(table([3, 3])), x)
            return try graph.append(Add(), first, second)
        },
        Case(name: "GatherElements", type: .int64, shape: [4, 9], range: 0...3) { graph, x in
            try graph.append(GatherElements(axis: 0), graph.constant(table([4, 9])), x)
        },
        Case(name: "ScatterElements", type: .int64, shape: [2, 9], range: 0...3) { graph, x in
            try graph.append(
                ScatterElements(), graph.constant(table([4, 9])), x, graph.constant(table([2, 9])))
        },
        Case(name: "ReverseSequence", type: .int64, shape: [9], range: 1...4) { graph, x in
            try graph.append(ReverseSequence(), graph.constant(table([4, 9])), x)
        },
        Case(name: "TopK", type: .int64, shape: [1], range: 1...9) { graph, x in
            try graph.append(
                TopK(), [graph.constant(table([4, 9])), x], outputCount: 2)[0]
        },
        Case(name: "OneHot", type: .int64, shape: [40], range: 0...4) { graph, x in
            try graph.append(
                OneHot(), x, graph.constant(Tensor(scalar: Int64(5))),
                graph.constant(Tensor([0, 1] as [Float])))
        },
        Case(name: "ConstantOfShape", type: .int64, shape: [3], range: 1...3) { graph, x in
            try graph.append(ConstantOfShape(), x)
        },
        Case(name: "Tile", type: .int64, shape: [2], range: 1...2) { graph, x in
            try graph.append(Tile(), graph.constant(table([4, 9])), x)
        },
        Case(name: "Pad", type: .int64, shape: [4], range: 0...1) { graph, x in
            try graph.append(Pad(), graph.constant(table([4, 9])), x)
        },
        Case(name: "Trilu", type: .int64, shape: [], range: -1...1) { graph, x in
            try graph.append(Trilu(), graph.constant(table([4, 9])), x)
        },
        Case(name: "integer division", type: .int64, shape: [40], range: 1...9) { graph, x in
            try graph.append(Div(), graph.constant(Tensor([40] as [Int64])), x)
        },
        Case(name: "Log", type: .float32, shape: [40], range: 0.05...10) { graph, x in
            try graph.append(Log(), x)
        },
        Case(name: "Log of the negative", type: .float32, shape: [40], range: -10 ... -0.05) {
            graph, x in
            try graph.append(Log(), graph.append(Neg(), x))
        },
        Case(name: "Sqrt", type: .float64, shape: [40], range: 0.05...10) { graph, x in
            try graph.append(Sqrt(), x)
        },
        Case(name: "Acosh", type: .float32, shape: [40], range: 1...10) { graph, x in
            try graph.append(Acosh(), x)
        },
        Case(name: "Asin", type: .float32, shape: [40], range: -1...1) { graph, x in
            try graph.append(Asin(), x)
        },
        Case(name: "Pow with a fraction", type: .float32, shape: [40], range: 0.05...10) {
            graph, x in
            try graph.append(Pow(), x, graph.constant(Tensor(scalar: Float(0.5))))
        },
    ]

    @Test("Elements lie where the operator needs them", arguments: cases)
    func ranges(_ test: Case) throws {
        for seed in 0..<3 {
            let values = try inputs(seed: UInt64(seed)) { graph in
                let x = graph.input("x", test.type, test.shape)
                return try test.body(&graph, x)
            }
            let elements = try #require(values["x"]).doubles()
            #expect(elements.allSatisfy { test.range.contains($0) }, "\(elements)")
            // A need that leaves nothing to choose would hide what the range is for.
            if elements.count > 8 { #expect(Set(elements).count > 2) }
        }
    }

    @Test("Index vectors lie within each dimension")
    func indexVectors() throws {
        let values = try inputs { graph in
            let x = graph.input("x", .int64, [30, 2])
            return try graph.append(GatherND(), graph.constant(Self.table([2, 9])), x)
        }
        let indices = try #require(values["x"]).integers()
        #expect(indices.indices.allSatisfy { (0..<($0 % 2 == 0 ? 2 : 9)).contains(indices[$0]) })
        #expect(Set(indices).isSuperset(of: [0, 1, 5]))
    }

    @Test("Sequence lengths lie within the sequence")
    func sequenceLengths() throws {
        let values = try inputs { graph in
            let x = graph.input("x", .float32, [5, "N", 3])
            let lengths = graph.input("lengths", .int32, ["N"])
            let w = graph.constant(Tensor(floats(18), shape: [1, 6, 3]))
            let r = graph.constant(Tensor(floats(12), shape: [1, 6, 2]))
            return try graph.append(
                GRU(hiddenSize: 2), [x, w, r, .absent, lengths], outputCount: 2)[0]
        }
        let lengths = try #require(values["lengths"]).integers()
        #expect(lengths.allSatisfy { (1...5).contains($0) })
    }

    @Test("Elements lie on both sides of a bound", arguments: [3, 6, 20, -40] as [Float])
    func bounds(_ bound: Float) throws {
        let values = try inputs { graph in
            let x = graph.input("x", .float32, [2, 3, 4, 4])
            let clipped = try graph.append(
                bound > 0 ? Clip(maximum: bound) : Clip(minimum: bound), x)
            return clipped
        }
        let elements = try #require(values["x"]).floats()
        #expect(elements.filter { $0 > bound }.count > 8)
        #expect(elements.filter { $0 < bound }.count > 8)
    }

    /// As in a network with bounded Relus: a bound that is lost makes a difference.
    @Test("Features inside the model lie on both sides of a bound")
    func innerBounds() throws {
        func model(_ bound: Float) throws -> Model {
            var graph = GraphBuilder()
            let x = graph.input("x", .float32, ["N", 16])
            let weights = try Self.table([16, 16]).array(of: Float.self).map { $0 / 100 }
            let product = try graph.append(
                MatMul(), x, graph.constant(Tensor(weights, shape: [16, 16])))
            graph.output(try graph.append(Clip(minimum: 0, maximum: bound), product), "y")
            return graph.model()
        }
        let (right, wrong) = (try model(6), try model(1000))
        let inputs = try InputGenerator().inputs(for: right)
        let report = try ModelComparison().compare(wrong, with: right, inputs: inputs)
        #expect(report.verdict == .different)
    }

    @Test("Elements are equal to what they are compared with, and aren't")
    func comparisons() throws {
        let numbers = try inputs { graph in
            let x = graph.input("x", .int64, [60])
            return try graph.append(Equal(), x, graph.constant(Tensor([500] as [Int64])))
        }
        let elements = try #require(numbers["x"]).integers()
        #expect(elements.contains(500) && elements.contains { $0 != 500 })
        let words = try inputs { graph in
            let x = graph.input("x", .string, [60])
            return try graph.append(
                Equal(), x, graph.constant(try Tensor(strings: ["word"], shape: [1])))
        }
        let strings = try #require(words["x"]?.strings)
        #expect(strings.contains("word") && strings.contains { $0 != "word" })
    }

    @Test("Shapes, ranges and parts fit each other")
    func shapeLikeInputs() throws {
        try inputs { graph in
            let shape = graph.input("shape", .int64, [2])
            return try graph.append(Reshape(), graph.constant(Self.table([4, 9])), shape)
        }
        try inputs { graph in
            let rows = graph.input("rows", .int64, [1])
            let rest = graph.constant(Tensor([9] as [Int64]))
            let shape = try graph.append(
                Concat(axis: 0), [rows, rest], outputCount: 1)[0]
            return try graph.append(Reshape(), graph.constant(Self.table([4, 9])), shape)
        }
        try inputs { graph in
            let shape = graph.input("shape", .int64, [3])
            return try graph.append(Expand(), graph.constant(Self.table([4, 1])), shape)
        }
        try inputs { graph in
            let (start, limit) = (graph.input("a", .int64, []), graph.input("b", .int64, []))
            return try graph.append(NumberRange(), start, limit, graph.input("c", .int64, []))
        }
        try inputs { graph in
            let (starts, ends) = (graph.input("a", .int64, [2]), graph.input("b", .int64, [2]))
            let (axes, steps) = (graph.input("c", .int64, [2]), graph.input("d", .int64, [2]))
            let data = graph.constant(Self.table([4, 9]))
            return try graph.append(SliceOf(), [data, starts, ends, axes, steps], outputCount: 1)[0]
        }
        try inputs { graph in
            let sizes = graph.input("sizes", .int64, [2])
            let data = graph.constant(Self.table([4, 9]))
            return try graph.append(Split(axis: 1), [data, sizes], outputCount: 2)[0]
        }
        try inputs { graph in
            let axes = graph.input("axes", .int64, [1])
            return try graph.append(ReduceSum(), graph.constant(Self.table([4, 9])), axes)
        }
        try inputs { graph in
            let scales = graph.input("scales", .float32, [4])
            return try graph.append(
                Resize(), graph.constant(Self.table([1, 2, 3, 3])), .absent, scales)
        }
        try inputs { graph in
            let x = graph.input("x", .float32, [2, 3])
            let scale = graph.input("scale", .float32, [])
            return try graph.append(
                DequantizeLinear(), graph.append(QuantizeLinear(), x, scale), scale)
        }
        try inputs { graph in
            let x = graph.input("x", .float32, ["N", 3, 4])
            let channels = ["s", "b", "m", "v"].map { graph.input($0, .float32, [3]) }
            return try graph.append(BatchNormalization(), [x] + channels, outputCount: 1)[0]
        }
    }

    // MARK: - Extents

    private func shapes(
        _ body: (inout GraphBuilder) throws -> Operand
    ) throws -> [String: [Int]] {
        try inputs(body).mapValues(\.shape)
    }

    @Test("Dimensions of one name have one extent, wherever they stand")
    func equalNames() throws {
        let found = try shapes { graph in
            let a = graph.input("a", .float32, ["n", "k"])
            return try graph.append(MatMul(), a, graph.input("b", .float32, ["k", "m"]))
        }
        #expect(found == ["a": [2, 8], "b": [8, 8]])
    }

    @Test("Dimensions named '?', or not at all, may differ")
    func unknownDimensions() throws {
        var graph = GraphBuilder()
        let x = graph.input("x", .float32, ["?", 3, "", "?"])
        graph.output(try graph.append(Elu(), x), "y")
        let model = graph.model()
        #expect(model.graph.inputs[0].type == .tensor(.float32, [.unknown, 3, .unknown, .unknown]))
        let tensor = Tensor([Float](repeating: 1, count: 120), shape: [2, 3, 4, 5])
        #expect(try Session(model).run(["x": .tensor(tensor)])["y"]?.tensor?.shape == tensor.shape)
    }

    @Test("Unknown extents are such that the model runs")
    func extentsThatRun() throws {
        // 3·5·5 numbers, as the dense layer's weights say.
        let dense = try shapes { graph in
            let x = graph.input("x", .float32, ["N", 3, .unknown, .unknown])
            let flat = try graph.append(Flatten(), x)
            return try graph.append(MatMul(), flat, graph.constant(Self.table([75, 4])))
        }
        #expect(dense["x"].map { $0[2] * $0[3] } == 25)
        let sums = try shapes { graph in
            let a = graph.input("a", .float32, ["N", .unknown])
            return try graph.append(Add(), a, graph.input("b", .float32, [.unknown, 30]))
        }
        #expect(sums["a"]?[1] == 30 || sums["a"]?[1] == 1)
        let kernel = try shapes { graph in
            let x = graph.input("x", .float32, ["N", 1, "h", "w"])
            return try graph.append(Conv(), x, graph.constant(Self.table([1, 1, 11, 13])))
        }
        #expect(kernel["x"].map { $0[2] >= 11 && $0[3] >= 13 } == true)
    }

    @Test("A chosen shape holds everywhere, and must fit")
    func chosenShapes() throws {
        var graph = GraphBuilder()
        let a = graph.input("a", .float32, ["N", 4])
        graph.output(try graph.append(Add(), a, graph.input("b", .float32, ["N", 4])), "y")
        let model = graph.model()
        func error(_ shapes: [String: [Int]]) throws -> String {
            let error = try #require(throws: HingeError.self) {
                try InputGenerator(shapes: shapes).inputs(for: model)
            }
            return error.description
        }
        let inputs = try InputGenerator(shapes: ["b": [5, 4]]).inputs(for: model)
        #expect(inputs.mapValues { $0.tensor?.shape } == ["a": [5, 4], "b": [5, 4]])
        #expect(
            try error(["c": [5, 4]]) == "the model has no input 'c'; it has 'a', 'b'")
        #expect(
            try error(["a": [5, 3]])
                == "value 'a': expected a shape that fits [N, 4], found [5, 3]")
        #expect(
            try error(["a": [5, 4], "b": [6, 4]])
                == "value 'b': expected a shape that fits [N, 4], where N is 5, found [6, 4]")
    }

    @Test("Given inputs are kept, and decide the extents that they name")
    func givenInputs() throws {
        var graph = GraphBuilder()
        let a = graph.input("a", .float32, ["N", 4])
        graph.output(try graph.append(Add(), a, graph.input("b", .float32, ["N", 4])), "y")
        let value = Value.tensor(Tensor(floats(12), shape: [3, 4]))
        let inputs = try InputGenerator().inputs(for: graph.model(), given: ["a": value])
        #expect(inputs["a"] == value)
        #expect(inputs["b"]?.tensor?.shape == [3, 4])
    }

    // MARK: - Other types

    @Test("Every element type can be made up", arguments: DataType.allCases)
    func types(_ type: DataType) throws {
        var graph = GraphBuilder(opset: 28)
        let x = graph.input("x", type, [3, 5])
        // Of these, nothing but conversions computes.
        let isRare = [.float6e2m3, .float6e3m2].contains(type)
        let operation: any Operator = isRare ? Cast(to: .float32) : Identity()
        graph.output(try graph.append(operation, x), "y")
        let values = try InputGenerator().inputs(for: graph.model())
        let tensor = try #require(values["x"]?.tensor)
        #expect(tensor.dataType == type && tensor.shape == [3, 5])
        if let numbers = try? tensor.doubles() { #expect(Set(numbers).count > 1) }
    }

    @Test("Sequences, optionals and maps can be made up")
    func otherValues() throws {
        func value(_ type: ValueType) throws -> Value {
            let info = ValueInfo(name: "x", type: type)
            let model = Model(
                graph: Graph(inputs: [info], outputs: [info]),
                opsetImports: [OpsetImport(version: 21)])
            return try #require(try InputGenerator().inputs(for: model)["x"])
        }
        let tensor = ValueType.tensor(.float32, ["N", 3])
        guard case .sequence(let elements) = try value(.sequence(tensor)) else {
            Issue.record("no sequence")
            return
        }
        #expect(elements.map { $0.tensor?.shape } == [[2, 3], [2, 3]])
        #expect(try value(.optional(tensor)) != .optional(nil))
        guard case .map(let keys, let values) = try value(.map(key: .string, value: tensor)) else {
            Issue.record("no map")
            return
        }
        #expect(keys.strings?.count == values.count)
        let error = try #require(throws: HingeError.self) {
            try value(.opaque(domain: "", name: "Thing"))
        }
        #expect(error.description == "value 'x': cannot make up a value of type Thing; give it")
    }
}
