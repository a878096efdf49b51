import HingeGraph
import HingeOperators
import Testing

@testable import HingeRuntime

@Suite("Graphs, functions and initializers")
struct ProgramTests {
    private static func tensor(_ elements: [Float]) -> Value { .tensor(Tensor(elements)) }

    private static func model(
        _ nodes: [Node], functions: [Function] = [], initializers: [NamedTensor] = [],
        sparse: [SparseTensor] = [], outputs: [String] = ["y"]
    ) -> Model {
        let graph = Graph(
            nodes: nodes,
            inputs: [ValueInfo(name: "x", type: .tensor(.float32, ["N"]))],
            outputs: outputs.map { ValueInfo(name: $0, type: nil) },
            initializers: initializers, sparseInitializers: sparse)
        return Model(
            graph: graph, functions: functions,
            opsetImports: [OpsetImport(version: 21), OpsetImport(domain: "own", version: 1)])
    }

    @Test("A function runs with the attributes of its caller or its defaults", arguments: engines)
    func functions(engine: Session.Options.Engine) throws {
        let function = Function(
            name: "Bent", domain: "own", inputs: ["a", "b"], outputs: ["c"], attributes: ["slope"],
            defaultAttributes: [.float("other", 0.25)],
            nodes: [
                Node(
                    "LeakyRelu", inputs: ["a"], outputs: ["t"],
                    attributes: [Attribute("alpha", .reference(name: "slope", kind: "float"))]),
                Node(
                    "LeakyRelu", inputs: ["b"], outputs: ["u"],
                    attributes: [Attribute("alpha", .reference(name: "other", kind: "float"))]),
                Node("Add", inputs: ["t", "u"], outputs: ["c"]),
            ], opsetImports: [OpsetImport(version: 16)])
        let model = Self.model(
            [
                Node(
                    "Bent", domain: "own", inputs: ["x", "x"], outputs: ["t"],
                    attributes: [.float("slope", 0.5)]),
                Node("Relu", inputs: ["t"], outputs: ["u"]),
                Node(
                    "Bent", domain: "own", inputs: ["x", "u"], outputs: ["y"],
                    attributes: [.float("slope", 2), .float("other", 3)]),
            ], functions: [function], outputs: ["t", "y"])
        let outputs = try Session(model, options: .init(engine: engine))
            .run(["x": Self.tensor([-4, 2])])
        #expect(outputs["t"] == Self.tensor([-3, 4]))
        #expect(outputs["y"] == Self.tensor([-8, 6]))
    }

    @Test("A function that calls itself is an error", arguments: engines)
    func recursion(engine: Session.Options.Engine) throws {
        let call = Node("F", domain: "own", name: "call", inputs: ["x"], outputs: ["y"])
        let function = Function(
            name: "F", domain: "own", inputs: ["x"], outputs: ["y"], nodes: [call],
            opsetImports: [OpsetImport(domain: "own", version: 1)])
        let error = try #require(throws: HingeError.self) {
            try Session(
                Self.model([call], functions: [function]), options: .init(engine: engine))
        }
        #expect(
            error.description
                == "node 'call' (own.F) › node 'call' (own.F): the function 'F' calls itself")
    }

    @Test("A sparse initializer is read as dense", arguments: engines)
    func sparse(engine: Session.Options.Engine) throws {
        let sparse = SparseTensor(
            values: Tensor([5, 7] as [Float]), indices: Tensor([1, 3] as [Int64]), shape: [4],
            name: "s")
        let model = Self.model(
            [Node("Add", inputs: ["x", "s"], outputs: ["y"])], sparse: [sparse])
        let outputs = try Session(model, options: .init(engine: engine))
            .run(["x": Self.tensor([1, 1, 1, 1])])
        #expect(outputs["y"] == Self.tensor([1, 6, 1, 8]))
    }

    @Test("A sparse initializer with an index out of range is an error")
    func sparseOutOfRange() throws {
        let sparse = SparseTensor(
            values: Tensor([5] as [Float]), indices: Tensor([1, 2] as [Int64], shape: [1, 2]),
            shape: [2, 2], name: "s")
        let model = Self.model(
            [Node("Add", inputs: ["x", "s"], outputs: ["y"])], sparse: [sparse])
        let error = try #require(throws: HingeError.self) { try Session(model) }
        #expect(error.description == "tensor 's': expected indices from -2 to 1, found 2")
    }

    /// A tensor whose elements stand at an odd address.
    private static func odd(_ tensor: Tensor) throws -> Tensor {
        let bytes = try #require(tensor.region).bytes
        let region = try MemoryRegion(allocating: bytes.count + 1)
        UnsafeMutableRawBufferPointer(start: region.base + 1, count: bytes.count)
            .copyMemory(from: bytes)
        return try Tensor(
            dataType: tensor.dataType, shape: tensor.shape,
            region: MemoryRegion(region, 1..<bytes.count + 1))
    }

    @Test("Weights at an odd address are aligned")
    func alignment() throws {
        let odd = try Self.odd(Tensor([1, 2, 3, 4] as [Float]))
        let model = Self.model(
            [Node("Add", inputs: ["x", "w"], outputs: ["y"])],
            initializers: [NamedTensor(name: "w", odd)])
        for engine in engines {
            let outputs = try Session(model, options: .init(engine: engine))
                .run(["x": Self.tensor([1, 1, 1, 1])])
            #expect(outputs["y"] == Self.tensor([2, 3, 4, 5]))
        }
    }

    @Test("Matrices at odd addresses, small and large by turns, are multiplied", arguments: engines)
    func oddMatrices(engine: Session.Options.Engine) throws {
        let extents = [32, 16, 64, 48]
        var nodes: [Node] = []
        var weights: [NamedTensor] = []
        var expected = [Float](repeating: 1, count: 32)
        for (index, (rows, columns)) in zip(extents, extents.dropFirst()).enumerated() {
            let elements = (0..<rows * columns).map { Float(($0 * 7 + index) % 5 - 2) }
            weights.append(
                NamedTensor(
                    name: "w\(index)", try Self.odd(Tensor(elements, shape: [rows, columns]))))
            nodes.append(
                Node(
                    "MatMul", inputs: [index == 0 ? "rows" : "v\(index)", "w\(index)"],
                    outputs: ["v\(index + 1)"]))
            expected = (0..<columns).map { column in
                (0..<rows).reduce(0) { $0 + expected[$1] * elements[$1 * columns + column] }
            }
        }
        weights.append(NamedTensor(name: "shape", Tensor([1, 32] as [Int64])))
        let model = Self.model(
            [Node("Reshape", inputs: ["x", "shape"], outputs: ["rows"])] + nodes,
            initializers: weights, outputs: ["v3"])
        let outputs = try Session(model, options: .init(engine: engine))
            .run(["x": Self.tensor([Float](repeating: 1, count: 32))])
        #expect(outputs["v3"] == .tensor(Tensor(expected, shape: [1, 48])))
    }

    static let tables = [
        Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [3, 2]),
        Tensor([1, 2, 3, 4, 5, 6] as [Double], shape: [3, 2]),
        Tensor([1, 2, 3, 4, 5, 6] as [Float16], shape: [3, 2]),
        Tensor([1, 2, 3, 4, 5, 6] as [UInt8], shape: [3, 2]),
        Tensor([1, 2, 3] as [Int64], shape: [3]),
    ]

    @Test("Rows of a table at an odd address are found", arguments: tables, engines)
    func oddTable(table: Tensor, engine: Session.Options.Engine) throws {
        for axis in table.shape.indices {
            let model = Self.model(
                [
                    Node("Cast", inputs: ["x"], outputs: ["i"], attributes: [.int("to", 7)]),
                    Node(
                        "Gather", inputs: ["w", "i"], outputs: ["y"],
                        attributes: [.int("axis", axis)]),
                ], initializers: [NamedTensor(name: "w", try Self.odd(table))])
            let outputs = try Session(model, options: .init(engine: engine))
                .run(["x": Self.tensor([1, -1, 0, 1])])
            let picks = [1, table.shape[axis] - 1, 0, 1]
            let rows = try table.converted(to: .float32).array(of: Float.self)
            let width = table.rank == 2 ? 2 : 1
            let expected =
                axis == 0
                ? picks.flatMap { rows[$0 * width..<($0 + 1) * width] }
                : (0..<3).flatMap { row in picks.map { rows[row * 2 + $0] } }
            let y = try #require(outputs["y"]?.tensor)
            #expect(y.dataType == table.dataType)
            #expect(try y.converted(to: .float32).array(of: Float.self) == expected)
        }
    }

    @Test("An input can be an output, and an output a view of an input", arguments: engines)
    func passedOn(engine: Session.Options.Engine) throws {
        let model = Self.model(
            [
                Node("Reshape", inputs: ["x", "shape"], outputs: ["view"]),
                Node("Relu", inputs: ["x"], outputs: ["y"]),
            ], initializers: [NamedTensor(name: "shape", Tensor([2, 1] as [Int64]))],
            outputs: ["x", "view", "y"])
        let outputs = try Session(model, options: .init(engine: engine))
            .run(["x": Self.tensor([-1, 2])])
        #expect(outputs["x"] == Self.tensor([-1, 2]))
        #expect(outputs["view"] == .tensor(Tensor([-1, 2] as [Float], shape: [2, 1])))
        #expect(outputs["y"] == Self.tensor([0, 2]))
    }

    struct Broken: CustomTestStringConvertible, Sendable {
        let name: String
        let node: Node
        let message: String
        var testDescription: String { name }
    }

    static let broken = [
        Broken(
            name: "unknown operator", node: Node("Nonsense", name: "n", inputs: [], outputs: ["y"]),
            message: "node 'n' (Nonsense): the operator Nonsense is not supported"),
        Broken(
            name: "unknown value",
            node: Node("Relu", name: "n", inputs: ["z"], outputs: ["y"]),
            message:
                "node 'n' (Relu): the value 'z' is not an input, an initializer or the output of "
                + "an earlier node"),
        Broken(
            name: "domain that isn't imported",
            node: Node("Relu", domain: "far", name: "n", inputs: ["x"], outputs: ["y"]),
            message: "node 'n' (far.Relu): the model does not import the operators of 'far'"),
        Broken(
            name: "bad attribute",
            node: Node(
                "Elu", name: "n", inputs: ["x"], outputs: ["y"], attributes: [.int("alpha", 1)]),
            message: "node 'n' (Elu) › attribute 'alpha': expected a number, found int"),
    ]

    @Test("A node that can't be compiled is named", arguments: broken)
    func compileErrors(_ broken: Broken) throws {
        let error = try #require(throws: HingeError.self) {
            try Session(Self.model([broken.node]))
        }
        #expect(error.description == broken.message)
    }

    @Test("A node that fails is named", arguments: engines)
    func runErrors(engine: Session.Options.Engine) throws {
        let model = Self.model(
            [Node("Add", name: "sum", inputs: ["x", "w"], outputs: ["y"])],
            initializers: [NamedTensor(name: "w", Tensor([1, 2, 3] as [Float]))])
        let session = try Session(model, options: .init(engine: engine))
        let error = try #require(throws: HingeError.self) {
            try session.run(["x": Self.tensor([1, 2])])
        }
        #expect(
            error.description == "node 'sum' (Add): shapes [2] and [3] do not broadcast")
    }
}
