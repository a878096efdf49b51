import HingeGraph
import HingeOperators

/// Replaces calls of the model's functions by the functions' bodies.
///
/// Rules:
/// - A node whose domain, type and overload name one of the model's functions becomes the function's nodes.
/// - References to the function's attributes become the caller's values, else the function's defaults; an
///   attribute that neither gives is left out.
/// - Values inside get fresh names, subgraphs included; inputs and outputs take the caller's names. An
///   output that is an input of the function becomes an `Identity`. No two nodes have the same name.
/// - Nodes written in another version than the model's are spelled at the model's.
/// - Calls in functions and subgraphs are inlined as well; a function that calls itself is an error.
/// - The functions are removed, and the operator sets that only they needed are imported.
public struct InlineFunctions: Pass {
    /// The name of the pass.
    public static let name = "inline-functions"

    /// Creates the pass.
    public init() {}

    /// Inlines all calls.
    public func run(_ model: inout Model) throws -> Bool {
        guard !model.functions.isEmpty else { return false }
        try model.checkCalls()
        let inliner = FunctionInliner(model)
        model.graph.nodes = try inliner.inline(model.graph.nodes)
        model.graph.initializers += inliner.initializers
        model.opsetImports = inliner.opsetImports
        model.functions = []
        model.makeNodeNamesUnique()
        return true
    }
}

private final class FunctionInliner {
    private let model: Model
    private let names: NameSupply
    private(set) var opsetImports: [OpsetImport]
    /// Constants that nodes refer to when they are spelled in another version.
    private(set) var initializers: [NamedTensor] = []
    private var callers: [FunctionID] = []

    init(_ model: Model) {
        self.model = model
        names = NameSupply(model.graph)
        opsetImports = model.opsetImports
    }

    /// The nodes with all calls of functions replaced.
    func inline(_ nodes: [Node]) throws -> [Node] {
        try nodes.flatMap { node -> [Node] in
            var node = node
            guard let function = model.function(calledBy: node) else {
                try node.mapSubgraphs { graph in
                    var graph = graph
                    graph.nodes = try inline(graph.nodes)
                    return graph
                }
                return [node]
            }
            return try withContext(node.place) { try expand(function, node) }
        }
    }

    private func expand(_ function: Function, _ call: Node) throws -> [Node] {
        let id = FunctionID(function)
        guard !callers.contains(id) else {
            throw HingeError(.badData, "the function '\(function.name)' calls itself")
        }
        callers.append(id)
        defer { callers.removeLast() }

        var body = function.body(for: call)
        let prefix = call.name.isEmpty ? function.name : call.name
        var renamed: [String: String] = [:]
        for (index, name) in function.inputs.enumerated() {
            renamed[name] = index < call.inputs.count ? call.inputs[index] : ""
        }
        var passedOn: [Node] = []
        for (index, name) in function.outputs.enumerated() where index < call.outputs.count {
            let wanted = call.outputs[index]
            guard !wanted.isEmpty else { continue }
            if let source = renamed[name] {
                passedOn.append(Node("Identity", inputs: [source], outputs: [wanted]))
            } else {
                renamed[name] = wanted
            }
        }
        body.renameValues { [names] name in
            if let known = renamed[name] { return known }
            let fresh = names.fresh("\(prefix)/\(name)")
            renamed[name] = fresh
            return fresh
        }
        for index in body.nodes.indices where !body.nodes[index].name.isEmpty {
            body.nodes[index].name = "\(prefix)/\(body.nodes[index].name)"
        }
        return try inline(body.nodes.flatMap { try convert($0, from: function) }) + passedOn
    }

    /// A node of a function as the model's operator versions spell it.
    private func convert(_ node: Node, from function: Function) throws -> [Node] {
        guard model.function(calledBy: node) == nil else { return [node] }
        var node = node
        try node.mapSubgraphs { graph in
            var graph = graph
            graph.nodes = try graph.nodes.flatMap { try convert($0, from: function) }
            return graph
        }
        guard let version = try? function.opsetImports.version(of: node.domain) else {
            return [node]
        }
        guard let target = try? opsetImports.version(of: node.domain) else {
            opsetImports.append(OpsetImport(domain: node.domain, version: version))
            return [node]
        }
        guard version != target else { return [node] }
        let converted = try node.converted(from: version, to: target, names: names)
        initializers += converted.initializers
        return converted.nodes
    }
}
