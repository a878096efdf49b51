import HingeGraph
import HingeOperators
import HingeRuntime
import Testing

/// The nodes `(outputs) = type(inputs)`, and graphs of them, written briefly.
func node(
    _ type: String, _ inputs: [String], _ outputs: [String], _ attributes: [Attribute] = []
) -> Node {
    Node(type, inputs: inputs, outputs: outputs, attributes: attributes)
}

/// A constant as a node.
func constant(_ name: String, _ tensor: Tensor) -> Node {
    node("Constant", [], [name], [.tensor("value", tensor)])
}

/// A body: nothing is stated of its inputs and outputs.
func body(_ inputs: [String], _ outputs: [String], _ nodes: [Node]) -> Graph {
    Graph(
        name: "body", nodes: nodes, inputs: inputs.map { ValueInfo(name: $0, type: nil) },
        outputs: outputs.map { ValueInfo(name: $0, type: nil) })
}

/// A model, its inputs and what it must give, in both engines.
struct ControlCase: Sendable, CustomTestStringConvertible {
    var name: String
    var nodes: [Node]
    var inputs: [String: Value]
    var outputs: [String: Value]
    var opset = 18
    var testDescription: String { name }

    var model: Model {
        var graph = Graph(name: "main", nodes: nodes)
        graph.inputs = inputs.keys.sorted().map { ValueInfo(name: $0, type: nil) }
        graph.outputs = outputs.keys.sorted().map { ValueInfo(name: $0, type: nil) }
        return Model(graph: graph, opsetImports: [OpsetImport(version: opset)])
    }

    func expectOutputs(sourceLocation: SourceLocation = #_sourceLocation) throws {
        for engine in engines {
            let session = try Session(model, options: .init(engine: engine))
            // Twice, since a session keeps memory for the next run.
            for _ in 0..<2 {
                let found = try session.run(inputs)
                #expect(found == outputs, "\(engine)", sourceLocation: sourceLocation)
            }
        }
    }

    /// The error of a model that doesn't run, the same in both engines.
    func error() throws -> HingeError {
        let errors = engines.map { engine in
            #expect(throws: HingeError.self) {
                try Session(model, options: .init(engine: engine)).run(inputs)
            }
        }
        let first = try #require(errors.first ?? nil)
        for error in errors { #expect(error?.description == first.description) }
        return first
    }
}

func floats(_ elements: [Float], _ shape: [Int]? = nil) -> Value {
    .tensor(Tensor(elements, shape: shape ?? [elements.count]))
}

func ints(_ elements: [Int64], _ shape: [Int]? = nil) -> Value {
    .tensor(Tensor(elements, shape: shape ?? [elements.count]))
}

func scalar(_ element: Int64) -> Value { .tensor(Tensor(scalar: element)) }

func truth(_ element: Bool, _ shape: [Int] = []) -> Value {
    .tensor(Tensor([element], shape: shape))
}

func strings(_ elements: [ByteString], _ shape: [Int]) -> Value {
    guard let tensor = try? Tensor(strings: elements, shape: shape) else {
        preconditionFailure("shape \(shape) of \(elements.count)")
    }
    return .tensor(tensor)
}
