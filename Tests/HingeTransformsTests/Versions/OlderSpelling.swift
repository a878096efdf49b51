import HingeGraph
import HingeOperators
import HingeRuntime
import HingeTransforms
import Testing

/// An operator of a newer version, of inputs that are computed, and the oldest version that it can be converted to.
struct OlderSpelling: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var operation: any Operator
    var inputs: [Tensor?]
    /// The inputs that are constants of the graph.
    var constants: Set<Int>
    var outputCount: Int
    var lowest: Int
    /// How far elements may be off, relative to their size and 1: what the rounding of a few more steps comes to.
    var tolerance: Double

    init(
        _ name: String, _ operation: any Operator, _ inputs: [Tensor?], constants: Set<Int> = [],
        outputs: Int = 1, lowest: Int, tolerance: Double = 0
    ) {
        testDescription = name
        self.operation = operation
        self.inputs = inputs
        self.constants = constants
        outputCount = outputs
        self.lowest = lowest
        self.tolerance = tolerance
    }

    /// The operator alone, in a model of the newest version.
    func model() throws -> Model {
        var graph = GraphBuilder(opset: ConvertOpset.newest)
        let operands = inputs.enumerated().map { index, tensor -> GraphBuilder.Operand in
            guard let tensor else { return .absent }
            if constants.contains(index) { return graph.constant(tensor, name: "c\(index)") }
            return graph.input("x\(index)", tensor.dataType, Shape(tensor.shape))
        }
        let outputs = try graph.append(
            operation, operands, outputCount: outputCount, name: "node")
        for (index, output) in outputs.enumerated() { graph.output(output, "y\(index)") }
        return graph.model()
    }

    /// What the model gives.
    func run(_ model: Model, _ engine: Session.Options.Engine) throws -> [Tensor] {
        var values: [String: Value] = [:]
        for (index, tensor) in inputs.enumerated() where !constants.contains(index) {
            if let tensor { values["x\(index)"] = .tensor(tensor) }
        }
        let outputs = try Session(model, options: Session.Options(engine: engine)).run(values)
        return try (0..<outputCount).map { try #require(outputs["y\($0)"]?.tensor) }
    }

    /// Compares element by element; NaN and infinity have to be in the same places.
    func compare(_ found: Tensor, _ expected: Tensor, _ place: String) throws {
        #expect(found.dataType == expected.dataType, "\(place)")
        try #require(found.shape == expected.shape, "\(place)")
        if tolerance == 0 {
            #expect(found == expected, "\(place)")
            return
        }
        for (index, (value, goal)) in try zip(found.doubles(), expected.doubles()).enumerated() {
            let isClose =
                value == goal || value.isNaN && goal.isNaN
                || (value - goal).magnitude <= tolerance * max(1, goal.magnitude)
            #expect(isClose, "\(place), element \(index): expected \(goal), found \(value)")
        }
    }
}

/// Operators that older versions don't have, or not so, are converted to what those have and compute the same.
@Suite("Older spellings") struct OlderSpellingTests {
    @Test(arguments: OlderSpelling.all) func computesTheSame(_ spelling: OlderSpelling) throws {
        let model = try spelling.model()
        let expected = try spelling.run(model, .reference)
        var last: (graph: Graph, versions: [Int])?
        for opset in spelling.lowest..<ConvertOpset.newest {
            var converted = model
            _ = try ConvertOpset(to: opset).run(&converted)
            #expect(converted.opset(of: "") == opset)
            // The same nodes of the same forms of their operators compute the same.
            let versions = OlderSpellingTests.versions(converted.graph, opset)
            if let last, last == (converted.graph, versions) { continue }
            last = (converted.graph, versions)
            for engine in Session.Options.Engine.allCases {
                let found = try spelling.run(converted, engine)
                for (index, (value, goal)) in zip(found, expected).enumerated() {
                    try spelling.compare(value, goal, "opset \(opset), \(engine), output \(index)")
                }
            }
        }
    }

    /// The version of the form that each node's operator has, bodies included.
    private static func versions(_ graph: Graph, _ opset: Int) -> [Int] {
        graph.nodes.flatMap { node -> [Int] in
            let forms = OperatorSchema.versions(domain: node.domain, name: node.type)
            let form = forms.last { $0.sinceVersion <= opset }
            return [form?.sinceVersion ?? opset]
                + node.subgraphs.flatMap { versions($0, opset) }
        }
    }

    /// The error names the node and a version above the one asked for.
    @Test(arguments: OlderSpelling.all) func isRefusedBelow(_ spelling: OlderSpelling) throws {
        guard spelling.lowest > 7 else { return }
        var model = try spelling.model()
        let error = #expect(throws: HingeError.self) {
            try ConvertOpset(to: spelling.lowest - 1).run(&model)
        }
        #expect(error?.code == .unsupported)
        let text = error?.description ?? ""
        #expect(text.hasPrefix("node 'node"), "\(text)")
        let version = text.firstMatch(of: /needs opset (\d+), not/).flatMap { Int($0.1) }
        #expect(version.map { $0 >= spelling.lowest } ?? text.contains("must be known"), "\(text)")
    }

    /// Without casts, a version that has the operator for other types only is refused.
    @Test func castsAreLeftOutWhereTheyAreNotWanted() throws {
        let x = Tensor([1, -2] as [Float]).converted16
        let spelling = OlderSpelling("Elu", Elu(), [x], lowest: 13)
        var model = try spelling.model()
        let error = #expect(throws: HingeError.self) {
            try ConvertOpset(to: 21, castsElements: false).run(&model)
        }
        #expect(
            error?.description == "node 'node' (Elu): Elu of bfloat16 needs opset 22, not 21")
        _ = try ConvertOpset(to: 21).run(&model)
        #expect(model.graph.nodes.map(\.type) == ["Cast", "Elu", "Cast"])
    }
}
