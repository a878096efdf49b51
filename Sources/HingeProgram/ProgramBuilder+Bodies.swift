import HingeGraph
import HingeOperators

/// Makes the programs of a step's bodies, when they are first asked for: how they are read depends on what goes in.
protocol BodySource: SubgraphInferrer {
    /// Whether the step has none.
    var isEmpty: Bool { get }
    /// The bodies, those included that nobody asked for.
    func finish() throws -> [Program.Body]
}

/// Makes bodies of a node's subgraphs.
final class BodyBuilder: BodySource {
    private let builder: ProgramBuilder
    private let attributes: [(name: String, graph: Graph)]
    private var made: [String: BodyInferrer] = [:]

    init(_ builder: ProgramBuilder, _ node: Node) {
        self.builder = builder
        attributes = node.attributes.compactMap { attribute in
            if case .graph(let graph) = attribute.value { (attribute.name, graph) } else { nil }
        }
    }

    var isEmpty: Bool { attributes.isEmpty }

    func infer(_ body: String, _ inputs: [Inferred?]) throws -> [Inferred] {
        if let known = made[body] { return try known.infer(body, inputs) }
        guard let graph = attributes.first(where: { $0.name == body })?.graph else {
            throw HingeError(.badData, "expected a graph, found none", at: [.attribute(body)])
        }
        let program = try make(body, graph, inputs)
        return program.outputs.map { program.facts[$0] }
    }

    func finish() throws -> [Program.Body] {
        for (name, graph) in attributes where made[name] == nil {
            // A body that doesn't fit fails when it runs, if it runs.
            _ = try make(name, graph, [], isLenient: true)
        }
        return attributes.flatMap { made[$0.name]?.bodies ?? [] }
    }

    private func make(
        _ name: String, _ graph: Graph, _ inputs: [Inferred?], isLenient: Bool = false
    ) throws -> Program {
        let body = try withContext(.attribute(name)) {
            try builder.body(name, graph, inputs, isLenient: isLenient)
        }
        made[name] = BodyInferrer(builder.scope, [body]) { [builder] in builder.program.facts[$0] }
        return body.program
    }
}

/// Makes the body of a called function.
final class FunctionBuilder: BodySource {
    private let builder: ProgramBuilder
    private let function: Function
    private let node: Node
    private var body: Program.Body?

    init(_ builder: ProgramBuilder, _ function: Function, _ node: Node) {
        self.builder = builder
        self.function = function
        self.node = node
    }

    var isEmpty: Bool { false }

    func infer(_ name: String, _ inputs: [Inferred?]) throws -> [Inferred] {
        let inner = try builder.builder(for: function, calledBy: node)
        let program = try inner.build(function.body(calledBy: node), inputs)
        body = Program.Body(attribute: name, program: program, captured: [])
        return program.outputs.map { program.facts[$0] }
    }

    func finish() throws -> [Program.Body] {
        if body == nil { _ = try infer(FunctionCall.body, []) }
        return body.map { [$0] } ?? []
    }
}

extension ProgramBuilder {
    /// The program of a subgraph, and the values around it that it reads.
    fileprivate func body(
        _ name: String, _ graph: Graph, _ inputs: [Inferred?], isLenient: Bool
    ) throws -> Program.Body {
        var options = options
        options.inference.isLenient = options.inference.isLenient || isLenient
        let scope =
            isLenient ? InferenceScope(options.inference, symbols: scope.symbols) : scope
        let inner = ProgramBuilder(options, scope, functions, versions, parent: self)
        inner.hasFixedDefaults = hasFixedDefaults
        inner.callers = callers
        inner.salt = salt
        inner.prefix = prefix
        let program = try withContext(.graph(graph.name)) { try inner.build(graph, inputs) }
        return Program.Body(attribute: name, program: program, captured: inner.captured)
    }
}
