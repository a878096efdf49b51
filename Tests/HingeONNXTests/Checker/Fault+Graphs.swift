import HingeGraph
import HingeOperators

@testable import HingeONNX

extension Fault {
    static let graphs = [
        Fault(
            "a graph without a name", .missingName,
            "graph '': expected a name of the graph, found none"
        ) {
            $0.graph.name = ""
        },
        Fault(
            "two nodes of one name", .nodeName,
            "graph 'g' › node 'sum' (LeakyRelu): another node has the same name"
        ) { $0.graph.nodes[1].name = "sum" },
        Fault(
            "an input without a type", .missingType,
            "graph 'g' › value 'x': expected the type of an input, found none"
        ) { $0.graph.inputs[0].type = nil },
        Fault(
            "an output without a shape", .missingType,
            "graph 'g' › value 'y': expected the shape of an output, found none", as: .warning
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
            "a branch that gives a value of the graph around", .undefinedValue,
            "graph 'g' › node 'if' (If) › attribute 'then_branch' › graph 'b' › value 's': the output is "
                + "a value of the graph around; expected one of the body's own, such as an Identity gives"
        ) { model in
            model.graph.inputs.append(ValueInfo(name: "c", type: .tensor(.bool, [])))
            model.graph.nodes[1] = branching(
                Graph(name: "b", outputs: [ValueInfo(name: "s", type: nil)]))
        },
        Fault(
            "two nodes of one name in a branch", .nodeName,
            "graph 'g' › node 'if' (If) › attribute 'then_branch' › graph 'b' › node 'n' (Abs): another "
                + "node has the same name"
        ) { model in
            model.graph.inputs.append(ValueInfo(name: "c", type: .tensor(.bool, [])))
            model.graph.nodes[1] = branching(
                Graph(
                    name: "b",
                    nodes: [
                        Node("Relu", name: "n", inputs: ["s"], outputs: ["u"]),
                        Node("Abs", name: "n", inputs: ["u"], outputs: ["v"]),
                    ], outputs: [ValueInfo(name: "v", type: nil)]))
        },
        Fault(
            "a branch with an input, and an output too many", .inputCount,
            "graph 'g' › node 'if' (If) › attribute 'then_branch': expected a body of 0 inputs, found 1",
            "graph 'g' › node 'if' (If) › attribute 'then_branch': expected a body of 1 output, found 2"
        ) { model in
            model.graph.inputs.append(ValueInfo(name: "c", type: .tensor(.bool, [])))
            model.graph.nodes[1] = branching(
                Graph(
                    name: "b", nodes: [Node("Relu", inputs: ["i"], outputs: ["u"])],
                    inputs: [ValueInfo(name: "i", type: nil)],
                    outputs: [ValueInfo(name: "u", type: nil), ValueInfo(name: "u", type: nil)]))
        },
        Fault(
            "a loop whose body gives too little", .outputCount,
            "graph 'g' › node 'loop' (Loop) › attribute 'body': expected a body of 2 outputs, found 1"
        ) { model in
            model.graph.inputs.append(ValueInfo(name: "n", type: .tensor(.int64, [])))
            let body = Graph(
                name: "b", nodes: [Node("Identity", inputs: ["go"], outputs: ["on"])],
                inputs: ["i", "go", "v"].map { ValueInfo(name: $0, type: nil) },
                outputs: [ValueInfo(name: "on", type: nil)])
            model.graph.nodes[1] = Node(
                "Loop", name: "loop", inputs: ["n", "", "s"], outputs: ["y"],
                attributes: [.graph("body", body)])
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
}

/// An `If` on `c` that gives `y`: what a graph gives, or the absolute of `s`.
private func branching(_ branch: Graph) -> Node {
    let other = Graph(
        name: "other", nodes: [Node("Abs", inputs: ["s"], outputs: ["o"])],
        outputs: [ValueInfo(name: "o", type: nil)])
    return Node(
        "If", name: "if", inputs: ["c"], outputs: ["y"],
        attributes: [.graph("then_branch", branch), .graph("else_branch", other)])
}
