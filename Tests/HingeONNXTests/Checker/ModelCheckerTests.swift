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
    let change: @Sendable (inout Model) -> Void

    init(
        _ name: String, _ rule: CheckRule, _ findings: String...,
        as severity: Finding.Severity = .error,
        _ change: @escaping @Sendable (inout Model) -> Void
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
                NamedTensor(name: "v", Tensor(zeros: .float8e5m2, shape: [1])))
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

    static let graphs = [
        Fault(
            "a graph without a name", .missingName,
            "graph '': expected a name of the graph, found none"
        ) {
            $0.graph.name = ""
        },
        Fault(
            "two nodes of one name", .nodeName,
            "graph 'g' › node 'sum' (LeakyRelu): another node has the same name", as: .warning
        ) { $0.graph.nodes[1].name = "sum" },
        Fault(
            "an input without a type", .missingType,
            "graph 'g' › value 'x': expected the type of an input, found none"
        ) { $0.graph.inputs[0].type = nil },
        Fault(
            "an output without a shape", .missingType,
            "graph 'g' › value 'y': expected the shape of an output, found none"
        ) { $0.graph.outputs[0].type = .tensor(.float32, nil) },
        Fault(
            "a value defined twice", .duplicateValue,
            "graph 'g' › node 'act' (LeakyRelu): the output 's' is defined already; values never "
                + "change",
            "graph 'g' › value 'y': no node gives the output"
        ) { $0.graph.nodes[1].outputs = ["s"] },
        Fault(
            "two inputs of one name", .duplicateValue,
            "graph 'g' › value 'x': two inputs have the name"
        ) { $0.graph.inputs.append($0.graph.inputs[0]) },
        Fault(
            "two initializers of one name", .duplicateValue,
            "graph 'g' › tensor 'w': two initializers have the name"
        ) { $0.graph.initializers.append($0.graph.initializers[0]) },
        Fault(
            "a value of the outer graph defined again", .duplicateValue,
            "graph 'g' › node 'if' (If) › attribute 'then_branch' › graph 'b' › node (Relu): the "
                + "output 's' is defined already; values never change"
        ) { model in
            let branch = Graph(
                name: "b", nodes: [Node("Relu", inputs: ["x"], outputs: ["s"])],
                outputs: [ValueInfo(name: "s", type: nil)])
            let other = Graph(
                name: "c", nodes: [Node("Relu", inputs: ["x"], outputs: ["t"])],
                outputs: [ValueInfo(name: "t", type: nil)])
            model.graph.inputs.append(ValueInfo(name: "c", type: .tensor(.bool, [])))
            model.graph.nodes[1] = Node(
                "If", name: "if", inputs: ["c"], outputs: ["y"],
                attributes: [.graph("then_branch", branch), .graph("else_branch", other)])
        },
        Fault(
            "nodes in the wrong order", .nodeOrder,
            "graph 'g' › node 'act' (LeakyRelu): the input 's' is given by a later node"
        ) { $0.graph.nodes.swapAt(0, 1) },
        Fault(
            "a node that feeds itself", .nodeOrder,
            "graph 'g' › node 'act' (LeakyRelu): the input 'y' is given by a later node"
        ) { $0.graph.nodes[1].inputs = ["y"] },
        Fault(
            "an input that doesn't exist", .undefinedValue,
            "graph 'g' › node 'act' (LeakyRelu): the input 'z' is no value"
        ) { $0.graph.nodes[1].inputs = ["z"] },
        Fault(
            "an output that doesn't exist", .undefinedValue,
            "graph 'g' › value 'z': no node gives the output"
        ) { $0.graph.outputs[0].name = "z" },
        Fault(
            "a stated type of nothing", .undefinedValue,
            "graph 'g' › value 'z': the file states the type of a value that doesn't exist",
            as: .warning
        ) { $0.graph.valueInfos = [ValueInfo(name: "z", type: .tensor(.float32, []))] },
        Fault(
            "a weight that nothing uses", .unusedInitializer,
            "graph 'g' › tensor 'v': nothing uses the initializer", as: .warning
        ) { $0.graph.initializers.append(NamedTensor(name: "v", Tensor([1] as [Float]))) },
        Fault(
            "a default of the wrong type", .initializerType,
            "graph 'g' › tensor 'x': expected float32[N, 2] as the input says, found int64[1, 2]"
        ) {
            $0.graph.initializers.append(
                NamedTensor(name: "x", Tensor([1, 2] as [Int64], shape: [1, 2])))
        },
        Fault(
            "sparse indices in disorder", .sparseTensor,
            "graph 'g' › tensor 'w': expected ascending indices, found 0 after 1"
        ) {
            $0.graph.initializers = []
            $0.graph.sparseInitializers = [
                SparseTensor(
                    values: Tensor([1, 2] as [Float]), indices: Tensor([1, 0] as [Int64]),
                    shape: [2], name: "w")
            ]
        },
        Fault(
            "a sparse index outside", .sparseTensor,
            "graph 'g' › tensor 'w': the index 2 is outside of axis 0 of [2]"
        ) {
            $0.graph.initializers = []
            $0.graph.sparseInitializers = [
                SparseTensor(
                    values: Tensor([1] as [Float]), indices: Tensor([2] as [Int64], shape: [1, 1]),
                    shape: [2], name: "w")
            ]
        },
    ]

    static let nodes = [
        Fault(
            "a domain that is not imported", .unknownDomain,
            "graph 'g' › node 'act' (d.LeakyRelu): the operators of 'd' are not imported"
        ) { $0.graph.nodes[1].domain = "d" },
        Fault(
            "an operator that doesn't exist", .unknownOperator,
            "graph 'g' › node 'act' (Foo): the operators of 'ai.onnx' have no Foo"
        ) { $0.graph.nodes[1].type = "Foo" },
        Fault(
            "an operator to come", .unknownOperator,
            "graph 'g' › node 'act' (Gelu): Gelu exists from version 20 on, found 17"
        ) { $0.graph.nodes[1] = Node("Gelu", name: "act", inputs: ["s"], outputs: ["y"]) },
        Fault(
            "an operator that is withdrawn", .unknownOperator,
            "graph 'g' › node 'act' (Upsample): Upsample is withdrawn from version 10 on, found 17"
        ) { $0.graph.nodes[1] = Node("Upsample", name: "act", inputs: ["s"], outputs: ["y"]) },
        Fault(
            "an operator of another domain", .customOperator,
            "graph 'g' › node 'act' (d.LeakyRelu): the operators of 'd' are unknown and were not "
                + "checked", as: .warning
        ) {
            $0.graph.nodes[1].domain = "d"
            $0.opsetImports.append(OpsetImport(domain: "d", version: 1))
        },
        Fault(
            "an unknown attribute", .unknownAttribute,
            "graph 'g' › node 'sum' (Add) › attribute 'alpha': Add of version 14 has no such "
                + "attribute"
        ) { $0.graph.nodes[0].attributes = [.float("alpha", 1)] },
        Fault(
            "an attribute twice", .duplicateAttribute,
            "graph 'g' › node 'act' (LeakyRelu) › attribute 'alpha': the node has the attribute "
                + "twice"
        ) { $0.graph.nodes[1].attributes.append(.float("alpha", 1)) },
        Fault(
            "an attribute of the wrong type", .attributeType,
            "graph 'g' › node 'act' (LeakyRelu) › attribute 'alpha': expected float, found int"
        ) { $0.graph.nodes[1].attributes = [.int("alpha", 1)] },
        Fault(
            "an attribute that is missing", .missingAttribute,
            "graph 'g' › node 'act' (Cast) › attribute 'to': Cast requires the attribute"
        ) { $0.graph.nodes[1] = Node("Cast", name: "act", inputs: ["s"], outputs: ["y"]) },
        Fault(
            "a reference outside functions", .attributeReference,
            "graph 'g' › node 'act' (LeakyRelu) › attribute 'alpha': a reference to 'a' stands "
                + "outside functions"
        ) {
            $0.graph.nodes[1].attributes = [
                Attribute("alpha", .reference(name: "a", kind: "float"))
            ]
        },
        Fault(
            "too many inputs", .inputCount,
            "graph 'g' › node 'act' (LeakyRelu): expected 1 input, found 2"
        ) { $0.graph.nodes[1].inputs = ["s", "x"] },
        Fault(
            "too few inputs of any number", .inputCount,
            "graph 'g' › node 'act' (Max): expected at least 1 input, found 0"
        ) { $0.graph.nodes[1] = Node("Max", name: "act", inputs: [], outputs: ["y"]) },
        Fault(
            "a required input left out", .inputCount,
            "graph 'g' › node 'sum' (Add): the input 'B' is required",
            "graph 'g' › tensor 'w': nothing uses the initializer"
        ) { $0.graph.nodes[0].inputs = ["x", ""] },
        Fault(
            "too many outputs", .outputCount,
            "graph 'g' › node 'act' (LeakyRelu): expected 1 output, found 2"
        ) { $0.graph.nodes[1].outputs = ["y", "z"] },
    ]

    static let types = [
        Fault(
            "an operator that doesn't take the type", .inputType,
            "graph 'g' › node 'sum' (Add) › value 'x': 'A' of Add takes float32, float64, float16, "
                + "bfloat16, int8, int16, int32, int64, uint8, uint16, uint32, uint64, found bool"
        ) { $0.graph.inputs[0].type = .tensor(.bool, ["N", 2]) },
        Fault(
            "an operator that doesn't give the type", .outputType,
            "graph 'g' › node 'act' (LeakyRelu) › value 'y': 'Y' of LeakyRelu gives float32, "
                + "float64, float16, bfloat16, found bool"
        ) { $0.graph.outputs[0].type = .tensor(.bool, ["N", 2]) },
        Fault(
            "two types where there must be one", .typeConstraint,
            "graph 'g' › node 'sum' (Add) › value 'w': 'B' has the type of 'A', which is float64, "
                + "found float32"
        ) { $0.graph.inputs[0].type = .tensor(.float64, ["N", 2]) },
        Fault(
            "shapes that don't fit", .inference,
            "graph 'g' › node 'sum' (Add): shapes [N, 3] and [2] do not broadcast"
        ) { $0.graph.inputs[0].type = .tensor(.float32, ["N", 3]) },
        Fault(
            "another shape than follows", .typeDisagreement,
            "graph 'g' › value 'y': the file states float32[N, 5], the operators give float32[N, 2]"
        ) { $0.graph.outputs[0].type = .tensor(.float32, ["N", 5]) },
    ]

    static let functions = [
        Fault(
            "two functions of one name", .duplicateFunction,
            "graph 'F': another function has the same domain and name"
        ) {
            call(&$0)
            $0.functions.append($0.functions[0])
        },
        Fault(
            "a function that calls itself", .recursiveFunction,
            "graph 'F': the function calls itself, or one that does"
        ) {
            call(&$0) {
                $0.nodes[0] = Node("F", domain: "d", inputs: ["a"], outputs: ["b"])
                $0.opsetImports.append(OpsetImport(domain: "d", version: 1))
            }
        },
        Fault(
            "functions that explode", .functionExpansion,
            "with its functions expanded, the model has more than 1000000 nodes"
        ) { model in
            call(&model) { $0.opsetImports.append(OpsetImport(domain: "d", version: 1)) }
            for level in 0..<30 {
                let callee = level == 0 ? "F" : "F\(level - 1)"
                model.functions.append(
                    Function(
                        name: "F\(level)", domain: "d", inputs: ["a"], outputs: ["c"],
                        nodes: [
                            Node(callee, domain: "d", inputs: ["a"], outputs: ["b"]),
                            Node(callee, domain: "d", inputs: ["b"], outputs: ["c"]),
                        ], opsetImports: model.opsetImports))
            }
            model.graph.nodes[1].type = "F29"
        },
        Fault(
            "a reference to no attribute of the function", .attributeReference,
            "graph 'F' › node (LeakyRelu) › attribute 'alpha': the function has no attribute 'q'"
        ) {
            call(&$0) {
                $0.nodes[0] = Node(
                    "LeakyRelu", inputs: ["a"], outputs: ["b"],
                    attributes: [Attribute("alpha", .reference(name: "q", kind: "float"))])
            }
        },
        Fault(
            "a call with too many inputs", .inputCount,
            "graph 'g' › node 'act' (d.F): expected at most 1 input, found 2"
        ) {
            call(&$0)
            $0.graph.nodes[1].inputs = ["s", "x"]
        },
        Fault(
            "an attribute that the function requires", .missingAttribute,
            "graph 'g' › node 'act' (d.F) › attribute 'q': the function 'F' requires the attribute"
        ) { call(&$0) { $0.attributes = ["q"] } },
        Fault(
            "an output that the function doesn't give", .undefinedValue,
            "graph 'F' › value 'z': no node gives the output"
        ) { call(&$0) { $0.outputs = ["z"] } },
    ]

    static let all = models + graphs + nodes + types + functions
}

@Suite("The model checker")
struct ModelCheckerTests {
    @Test("finds each fault, and no other", arguments: Fault.all)
    func finds(_ fault: Fault) throws {
        var model = Fault.sound
        fault.change(&model)
        let findings = ModelChecker.check(model)
        let texts = findings.map { finding in
            String(finding.description.dropLast(finding.rule.rawValue.count + 3))
        }
        #expect(texts == fault.findings)
        let first = try #require(findings.first)
        #expect(first.rule == fault.rule)
        #expect(first.severity == fault.severity)
    }

    @Test("Every rule has a fault that breaks it")
    func coversAllRules() {
        #expect(Set(Fault.all.map(\.rule)) == Set(CheckRule.allCases))
    }

    @Test("A sound model has no findings")
    func sound() {
        #expect(ModelChecker.check(Fault.sound) == [])
    }

    @Test("Models of other tools have no errors", arguments: Fixtures.models)
    func fixtures(name: String) throws {
        let findings = ModelChecker.check(try ONNXFormat().read(Fixtures.file(name)))
        #expect(findings.filter { $0.severity == .error } == [])
    }
}
