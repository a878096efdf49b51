import HingeGraph
import HingeOperators

/// Writes a model's nodes in another version of the standard operators.
///
/// Rules:
/// 1. A node whose operator the standard left as it was between the two versions stays as it is.
/// 2. Any other node is read at the model's version and spelled at the target: as one node, or as
///    a few older ones. What can't be expressed is an error that names the node and the version needed.
/// 3. Constants that become inputs are initializers of the graph that the node is in; initializers that become
///    attributes go.
/// 4. Subgraphs first, then the nodes that hold them.
/// 5. Functions likewise; if one needs types or attributes that only its callers know, all functions are inlined
///    before.
/// 6. The file format's version becomes the one that the target came with, at least 4, and at least the one that
///    has functions or metadata where there are any. From version 4 on, initializers are no inputs any more.
/// 7. No two nodes of a graph have the same name, whatever they had before.
public struct ConvertOpset: Pass {
    /// The name of the pass.
    public static let name = "convert-opset"

    /// The version to write.
    public var target: Int

    /// Creates the pass.
    public init(to target: Int) {
        self.target = target
    }

    /// The newest version of the standard operators that Hinge knows.
    public static var newest: Int { OperatorSchema.latestOpset() ?? GraphBuilder.defaultOpset }

    /// Runs the pass.
    ///
    /// - Throws: ``HingeError`` with the code `unsupported` and the node as its context when the target can't
    ///   express it.
    public func run(_ model: inout Model) throws -> Bool {
        guard (1...ConvertOpset.newest).contains(target) else {
            throw HingeError(
                .usage, "expected an opset from 1 to \(ConvertOpset.newest), found \(target)")
        }
        guard let version = model.opset(of: ""), version != target else { return false }
        guard model.trainingInfos.isEmpty else {
            throw HingeError(.unsupported, "a model with training information keeps its opset")
        }
        var result = model
        if !result.functions.isEmpty {
            do {
                try convertFunctions(&result)
            } catch let error as HingeError where error.code == .unsupported {
                result = model
                _ = try InlineFunctions().run(&result)
            }
        }
        let inferred = try InferTypes().infer(result)
        var converter = NodeConverter(
            source: version, target: target, names: NameSupply(result.graph))
        result.graph = try converter.convert(result.graph, inferred)
        result.setVersion(target)
        result.makeNodeNamesUnique()
        model = result
        return true
    }

    /// Converts the nodes of functions, each from the version that it imports.
    private func convertFunctions(_ model: inout Model) throws {
        for index in model.functions.indices {
            var function = model.functions[index]
            guard let source = try? function.opsetImports.version(of: ""), source != target else {
                continue
            }
            try withContext(.graph(function.name)) {
                var graph = Graph(name: function.name, nodes: function.nodes)
                graph.inputs = function.inputs.map { ValueInfo(name: $0, type: nil) }
                var converter = NodeConverter(
                    source: source, target: target, names: NameSupply(graph))
                let converted = try converter.convert(graph, nil)
                // A function has no initializers: its constants are nodes.
                function.nodes =
                    converted.initializers.map { constant in
                        Node(
                            "Constant", inputs: [], outputs: [constant.name],
                            attributes: [.tensor("value", constant.tensor)])
                    } + converted.nodes
            }
            function.opsetImports = function.opsetImports.replacing(target)
            model.functions[index] = function
        }
    }
}

/// Converts the nodes of graphs.
private struct NodeConverter {
    let source: Int
    let target: Int
    let names: NameSupply

    mutating func convert(_ graph: Graph, _ inferred: InferredGraph?) throws -> Graph {
        let before = graph.usedNames
        var graph = graph
        var nodes: [Node] = []
        for (index, var node) in graph.nodes.enumerated() {
            try convertBodies(&node, inferred?.bodies[index])
            guard try needsConversion(node) else {
                nodes.append(node)
                continue
            }
            if let attribute = node.attributes.first(where: \.isReference) {
                throw HingeError(
                    .unsupported, "the value is known only where the function is called",
                    at: [node.place, .attribute(attribute.name)])
            }
            let known = inferred?.inputs(of: node) ?? []
            let converted = try node.converted(
                from: source, to: target, known: known, names: names)
            nodes += converted.nodes
            graph.initializers += converted.initializers
        }
        graph.nodes = nodes
        let after = graph.usedNames
        let inputs = Set(graph.inputs.map(\.name))
        graph.initializers.removeAll { constant in
            before.contains(constant.name) && !after.contains(constant.name)
                && !inputs.contains(constant.name)
        }
        return graph
    }

    private mutating func convertBodies(
        _ node: inout Node, _ inferred: [String: InferredGraph]?
    ) throws {
        for index in node.attributes.indices {
            let attribute = node.attributes[index]
            guard case .graph(let graph) = attribute.value else { continue }
            let converted = try withContext(node.place) {
                try withContext(.attribute(attribute.name)) {
                    try convert(graph, inferred?[attribute.name])
                }
            }
            node.attributes[index].value = .graph(converted)
        }
    }

    /// Whether a node is spelled in another way at the target.
    private func needsConversion(_ node: Node) throws -> Bool {
        let domain = node.domain == "ai.onnx" ? "" : node.domain
        guard domain.isEmpty || domain == ChannelsLast.domain else { return false }
        guard let from = OperatorSchema.find(name: node.type, opset: source),
            let to = OperatorSchema.find(name: node.type, opset: target)
        else { return true }
        return from.sinceVersion != to.sinceVersion
    }
}

extension Model {
    /// States another version of the standard operators, and of the file format.
    fileprivate mutating func setVersion(_ version: Int) {
        opsetImports = opsetImports.replacing(version)
        if irVersion < 4 {
            let constants = Set(graph.initializers.map(\.name))
            graph.inputs.removeAll { constants.contains($0.name) }
        }
        irVersion = max(4, IRVersion.fitting(opset: version), featureVersion)
    }

    /// The first version of the file format that has everything that the model holds besides operators.
    private var featureVersion: Int {
        let hasMetadata =
            graph.hasMetadata
            || functions.contains {
                !$0.metadata.isEmpty || $0.nodes.contains(where: \.hasMetadata)
            }
        if hasMetadata || functions.contains(where: { !$0.overload.isEmpty }) { return 10 }
        return functions.isEmpty ? 4 : 8
    }
}

extension Attribute {
    fileprivate var isReference: Bool {
        if case .reference = value { true } else { false }
    }
}

extension Graph {
    /// The names of the values that nodes use, subgraphs included, and of the outputs.
    fileprivate var usedNames: Set<String> {
        nodes.reduce(into: Set(outputs.map(\.name))) { $0.formUnion($1.usedNames) }
    }

    fileprivate var hasMetadata: Bool {
        !metadata.isEmpty || nodes.contains(where: \.hasMetadata)
            || (inputs + outputs + valueInfos).contains { !$0.metadata.isEmpty }
            || initializers.contains { !$0.metadata.isEmpty }
    }
}

extension Node {
    fileprivate var hasMetadata: Bool {
        !metadata.isEmpty || subgraphs.contains(where: \.hasMetadata)
    }
}

extension [OpsetImport] {
    /// The imports with another version of the standard operators.
    fileprivate func replacing(_ version: Int) -> [OpsetImport] {
        map { entry in
            var entry = entry
            if entry.domain.isEmpty || entry.domain == "ai.onnx" { entry.version = version }
            return entry
        }
    }
}
