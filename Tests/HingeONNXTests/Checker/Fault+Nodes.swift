import HingeGraph
import HingeOperators

@testable import HingeONNX

extension Fault {
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
            "a call without an input that the function needs", .inputCount,
            "graph 'g' › node 'act' (d.F): the function 'F' requires the input 'a'"
        ) {
            call(&$0)
            $0.graph.nodes[1].inputs = [""]
        },
        Fault(
            "a function that gives its own input", .duplicateValue,
            "graph 'F' › value 'a': an input of the function has the name of the output; expected a "
                + "value of its own, such as an Identity gives"
        ) { call(&$0) { $0.outputs = ["a"] } },
        Fault(
            "two nodes of one name in a function", .nodeName,
            "graph 'F' › node 'n' (Abs): another node has the same name"
        ) {
            call(&$0) {
                $0.nodes = [
                    Node("Relu", name: "n", inputs: ["a"], outputs: ["t"]),
                    Node("Abs", name: "n", inputs: ["t"], outputs: ["b"]),
                ]
            }
        },
        Fault(
            "a function that adds to the standard's operators", .unknownOperator,
            "graph 'g' › node 'act' (F): the operators of 'ai.onnx' have no F, and a function can't "
                + "add one"
        ) {
            call(&$0) { $0.domain = "" }
            $0.graph.nodes[1].domain = ""
        },
        Fault(
            "an output that the function doesn't give", .undefinedValue,
            "graph 'F' › value 'z': no node gives the output"
        ) { call(&$0) { $0.outputs = ["z"] } },
    ]
}
