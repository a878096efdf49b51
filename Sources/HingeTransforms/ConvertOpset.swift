import HingeGraph
import HingeOperators

/// Writes a model's nodes at another version of the standard operators, newer or older.
///
/// Rules:
/// 1. A node whose operator has the same form at both versions stays as it is, to the last attribute.
/// 2. Any other node is read at the model's version and spelled at the new one: one node, or a few older
///    operators where the version doesn't have its operator. What it can't express is an error
///    that names the version needed.
/// 3. Functions are inlined first, since their bodies are written in versions of their own.
/// 4. Subgraphs are converted like the graph. Operators of other domains stay as they are.
/// 5. The version of the file format is raised to the first that has the operators' version, and lowered
///    with it.
public struct ConvertOpset: Pass {
    /// The name of the pass.
    public static let name = "convert-opset"

    /// The version to write.
    public var version: Int

    /// Creates the pass.
    public init(to version: Int) {
        self.version = version
    }

    /// Runs the pass.
    ///
    /// - Throws: ``HingeError`` with the node as its context, and the code `unsupported`, when the version can't
    ///   express an operator.
    public func run(_ model: inout Model) throws -> Bool {
        guard version >= 1, version <= OperatorSchema.latestOpset() ?? 0 else {
            throw HingeError(
                .usage,
                "expected an opset from 1 to \(OperatorSchema.latestOpset() ?? 0), found \(version)"
            )
        }
        let current = try model.operatorVersion(of: "")
        guard current != version else { return false }
        if !model.functions.isEmpty { _ = try InlineFunctions().run(&model) }
        let inferred = try InferTypes().infer(model)
        let conversion = Conversion(from: current, to: version, names: NameSupply(model.graph))
        model.graph = try conversion.convert(model.graph, inferred)
        for index in model.opsetImports.indices
        where ["", "ai.onnx"].contains(model.opsetImports[index].domain) {
            model.opsetImports[index].version = version
        }
        model.irVersion = ConvertOpset.irVersion(for: version)
        return true
    }

    /// The version of the ONNX file format that came with a version of the operators, at least 4.
    ///
    /// Source: the ONNX documentation's table of versions. Before version 4 every initializer had to be an
    /// input as well.
    static func irVersion(for opset: Int) -> Int {
        let firstOpsets = [
            (14, 28), (13, 25), (12, 24), (11, 23), (10, 21), (9, 19), (8, 15), (7, 12), (6, 11),
            (5, 10),
        ]
        return firstOpsets.first { opset >= $0.1 }?.0 ?? 4
    }
}

/// The conversion of graphs from one version to another.
private struct Conversion {
    let from: Int
    let to: Int
    let names: NameSupply

    init(from: Int, to: Int, names: NameSupply) {
        self.from = from
        self.to = to
        self.names = names
    }

    func convert(_ graph: Graph, _ inferred: InferredGraph) throws -> Graph {
        var result = graph
        result.nodes = []
        for (index, node) in graph.nodes.enumerated() {
            let node = try convertSubgraphs(of: node, inferred.bodies[index] ?? [:])
            let spelled = try withContext(node.place) {
                try convert(node, inferred.operators[index], inferred)
            }
            for constant in spelled.initializers { names.take(constant.name) }
            for name in spelled.nodes.flatMap(\.outputs) { names.take(name) }
            result.nodes += spelled.nodes
            result.initializers += spelled.initializers
        }
        return result
    }

    private func convertSubgraphs(
        of node: Node, _ bodies: [String: InferredGraph]
    ) throws -> Node {
        var node = node
        for index in node.attributes.indices {
            let attribute = node.attributes[index]
            guard case .graph(let graph) = attribute.value else { continue }
            guard let known = bodies[attribute.name] else {
                throw HingeError(
                    .unsupported, "the types in the subgraph are not known",
                    at: [.attribute(attribute.name)])
            }
            node.attributes[index].value = .graph(try convert(graph, known))
        }
        return node
    }

    private func convert(
        _ node: Node, _ known: (any Operator)?, _ inferred: InferredGraph
    ) throws -> (nodes: [Node], initializers: [NamedTensor]) {
        guard ["", "ai.onnx"].contains(node.domain) else { return ([node], []) }
        let old = OperatorSchema.find(name: node.type, opset: from)
        let new = OperatorSchema.find(name: node.type, opset: to)
        if let old, let new, old.sinceVersion == new.sinceVersion { return ([node], []) }
        let facts = inferred.inputs(of: node)
        let reader = NodeReader(
            node, opset: from, inputTypes: facts.map { $0?.type },
            constants: facts.map { $0?.constant })
        let typed = try known ?? OperatorRegistry.read(reader)
        var spelled = try Speller.spell(
            typed, opset: to, inputs: node.inputs, outputs: node.outputs, name: node.name,
            known: facts, isTaken: names.isTaken)
        if let index = spelled.nodes.lastIndex(where: { $0.type == node.type }) {
            spelled.nodes[index].documentation = node.documentation
            spelled.nodes[index].metadata = node.metadata
        }
        return spelled
    }
}
