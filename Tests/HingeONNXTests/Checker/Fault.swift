import HingeGraph
import HingeOperators
import Testing

@testable import HingeONNX

/// A model without fault, a change to it, and what the checker then finds.
struct Fault: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let rule: CheckRule
    let findings: [String]
    let severity: Finding.Severity
    let change: @Sendable (inout Model) throws -> Void

    init(
        _ name: String, _ rule: CheckRule, _ findings: String...,
        as severity: Finding.Severity = .error,
        _ change: @escaping @Sendable (inout Model) throws -> Void
    ) {
        testDescription = name
        self.rule = rule
        self.findings = findings
        self.severity = severity
        self.change = change
    }

    /// y = LeakyRelu(x + w), of shape [N, 2].
    static let sound = Model(
        graph: Graph(
            name: "g",
            nodes: [
                Node("Add", name: "sum", inputs: ["x", "w"], outputs: ["s"]),
                Node(
                    "LeakyRelu", name: "act", inputs: ["s"], outputs: ["y"],
                    attributes: [.float("alpha", 0.1)]),
            ],
            inputs: [ValueInfo(name: "x", type: .tensor(.float32, ["N", 2]))],
            outputs: [ValueInfo(name: "y", type: .tensor(.float32, ["N", 2]))],
            initializers: [NamedTensor(name: "w", Tensor([1, 2] as [Float]))]),
        opsetImports: [OpsetImport(version: 17)], irVersion: 8)

    /// A call of the function `d.F(a) → Relu(a)`.
    static func call(_ model: inout Model, _ change: (inout Function) -> Void = { _ in }) {
        var function = Function(
            name: "F", domain: "d", inputs: ["a"], outputs: ["b"],
            nodes: [Node("Relu", inputs: ["a"], outputs: ["b"])],
            opsetImports: [OpsetImport(version: 17)])
        change(&function)
        model.functions = [function]
        model.opsetImports.append(OpsetImport(domain: "d", version: 1))
        model.graph.nodes[1] = Node("F", domain: "d", name: "act", inputs: ["s"], outputs: ["y"])
    }

    static let models = [
        Fault(
            "no version of the format", .irVersion,
            "expected a version of the format from 1 on, found 0",
            "graph 'g' › tensor 'w': before version 4 of the format, an initializer must be an "
                + "input too"
        ) { $0.irVersion = 0 },
        Fault(
            "a version of the format to come", .irVersion,
            "expected a version of the format up to 14, found 99"
        ) { $0.irVersion = 99 },
        Fault(
            "functions in an old file", .irVersionFeature,
            "functions came with version 8 of the format, the model states 7", as: .warning
        ) {
            call(&$0)
            $0.irVersion = 7
        },
        Fault(
            "float8 in an old file", .irVersionFeature,
            "float8e5m2 came with version 9 of the format, the model states 8",
            "graph 'g' › tensor 'v': nothing uses the initializer", as: .warning
        ) {
            $0.graph.initializers.append(
                NamedTensor(name: "v", try Tensor(zeros: .float8e5m2, shape: [1])))
        },
        Fault(
            "nothing imported", .opsetImport, "expected an import of operators, found none",
            "graph 'g' › node 'sum' (Add): the operators of 'ai.onnx' are not imported",
            "graph 'g' › node 'act' (LeakyRelu): the operators of 'ai.onnx' are not imported"
        ) { $0.opsetImports = [] },
        Fault(
            "imported twice", .opsetImport, "the operators of 'ai.onnx' are imported twice"
        ) { $0.opsetImports.append(OpsetImport(domain: "ai.onnx", version: 16)) },
        Fault(
            "version 0", .opsetImport, "expected a version of 'd' from 1 on, found 0"
        ) { $0.opsetImports.append(OpsetImport(domain: "d", version: 0)) },
        Fault(
            "a version to come", .opsetImport,
            "expected a version of 'ai.onnx' up to 28, found 99"
        ) { $0.opsetImports[0].version = 99 },
        Fault(
            "imports before there were any", .opsetImport,
            "before version 3 of the format, operators are not imported",
            "graph 'g' › tensor 'w': before version 4 of the format, an initializer must be an "
                + "input too"
        ) { $0.irVersion = 2 },
        Fault("a key twice", .metadataKey, "the metadata has the key 'k' twice") {
            $0.metadata = ["k": "1", "k": "2"]
        },
    ]

    static let all = models + graphs + nodes + types + functions
}
