import Testing

@testable import HingeGraph

@Suite("Names of nodes")
struct NodeNamesTests {
    private func node(_ type: String, _ name: String, _ body: Graph? = nil) -> Node {
        Node(
            type, name: name, inputs: [], outputs: [],
            attributes: body.map { [Attribute("body", .graph($0))] } ?? [])
    }

    private func model(_ nodes: [Node], _ functions: [Function] = []) -> Model {
        Model(
            graph: Graph(name: "g", nodes: nodes), functions: functions,
            opsetImports: [OpsetImport(version: 17)])
    }

    @Test("The first keeps its name, others are called after it and their operators")
    func rename() {
        var changed = model([
            node("Transpose", "conv/Transpose"), node("Conv", "conv"), node("Transpose", "conv"),
            node("Transpose", "conv"), node("Relu", ""), node("Relu", ""), node("Relu", "relu"),
        ])
        #expect(changed.hasRepeatedNodeNames)
        changed.makeNodeNamesUnique()
        #expect(
            changed.graph.nodes.map(\.name) == [
                "conv/Transpose", "conv", "conv/Transpose_1", "conv/Transpose_2", "", "", "relu",
            ])
        #expect(!changed.hasRepeatedNodeNames)
        let once = changed.graph
        changed.makeNodeNamesUnique()
        #expect(changed.graph == once)
    }

    @Test("Bodies and functions are looked at each by itself")
    func scopes() {
        let fine = Graph(name: "b", nodes: [node("Abs", "a"), node("Abs", "b")])
        let body = Graph(name: "b", nodes: [node("Abs", "a"), node("Neg", "a")])
        let function = Function(
            name: "F", domain: "d", nodes: [node("Abs", "a"), node("Neg", "a")])
        var same = model([node("Relu", "a"), node("If", "i", fine)])
        #expect(!same.hasRepeatedNodeNames)
        let before = same.graph
        same.makeNodeNamesUnique()
        #expect(same.graph == before)
        var changed = model([node("Relu", "a"), node("If", "i", body)], [function])
        #expect(changed.hasRepeatedNodeNames)
        changed.makeNodeNamesUnique()
        #expect(changed.graph.nodes.map(\.name) == ["a", "i"])
        #expect(changed.graph.nodes[1].subgraphs[0].nodes.map(\.name) == ["a", "a/Neg"])
        #expect(changed.functions[0].nodes.map(\.name) == ["a", "a/Neg_1"])
    }
}
