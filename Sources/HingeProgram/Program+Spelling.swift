import HingeGraph
import HingeOperators

extension Program {
    /// The program as a graph.
    ///
    /// A step that nothing touched is written back as its node was, where the version wanted spells its operator in the
    /// same way; others are spelled anew. What isn't a node stays as it is, but for constants: those that nothing uses
    /// any more go, and those that are new are initializers.
    ///
    /// - Parameter versions: The versions to write; `nil` for those that the nodes were written in.
    /// - Throws: ``HingeError`` with the node as its context when a version can't express an operator.
    package func graph(in versions: OperatorVersions? = nil) throws -> Graph {
        let names = NameSupply()
        take(names)
        return try ProgramSpeller(versions ?? self.versions, names).spell(self, captured: [])
    }

    /// Why versions can't express the program: an error for each step that stands in the way, in order.
    package func obstacles(in versions: OperatorVersions) -> [HingeError] {
        let names = NameSupply()
        take(names)
        let obstacles = Obstacles()
        do {
            _ = try ProgramSpeller(versions, names, obstacles).spell(self, captured: [])
        } catch {
            obstacles.found.append(
                (error as? HingeError)
                    ?? HingeError(.internalError, "\(error)", underlying: error))
        }
        return obstacles.found
    }

    /// Takes the names that the file has for values.
    private func take(_ names: NameSupply) {
        for slot in slots { if let name = slot.name { names.take(name) } }
        for info in frame.outputs { names.take(info.name) }
        for step in steps {
            for body in step.bodies where step.hasBodies { body.program.take(names) }
            if let source = step.source { source.node.outputs.forEach(names.take) }
        }
    }
}

extension Model {
    /// Changes the model's graph as a program.
    ///
    /// When anything changed, no two nodes of a graph have the same name. Calls of functions stay unless the options
    /// say otherwise.
    ///
    /// - Parameters:
    ///   - options: How the program is made.
    ///   - versions: The versions to write it in; `nil` for those that it is written in.
    ///   - body: Changes the program, and says whether it did.
    /// - Returns: Whether anything changed.
    /// - Throws: ``HingeError`` when the model can't be understood or written, or what `body` throws.
    @discardableResult
    package mutating func edit(
        _ options: ProgramOptions = ProgramOptions(), in versions: OperatorVersions? = nil,
        _ body: (inout Program) throws -> Bool
    ) throws -> Bool {
        var program = try Program(self, options)
        guard try body(&program) else { return false }
        var result = self
        try result.take(program, in: versions)
        guard result.graph.differs(from: graph) || functions.count != result.functions.count else {
            return false
        }
        self = result
        return true
    }

    /// Takes a program that was made from this model in place of its graph.
    ///
    /// - Throws: ``HingeError`` with the node as its context when a version can't express an operator.
    package mutating func take(
        _ program: Program, in versions: OperatorVersions? = nil
    ) throws {
        graph = try program.graph(in: versions)
        if !program.hasCalls { functions = [] }
        addImports(program)
        makeNodeNamesUnique()
    }

    /// Imports the operators that only functions imported, as far as nodes of the graph use them now.
    private mutating func addImports(_ program: Program) {
        for (domain, version) in program.sourceVersions.sorted(by: { $0.key.name < $1.key.name })
        where opset(of: domain.name) == nil && domain != Domain(ChannelsLast.domain) {
            opsetImports.append(OpsetImport(domain: domain.name, version: version))
        }
    }
}

extension Program {
    /// The versions of the domains that nodes of the program were written in.
    fileprivate var sourceVersions: [Domain: Int] {
        var result: [Domain: Int] = [:]
        for step in steps {
            if let source = step.source, source.version > 0 {
                result[Domain(source.node.domain)] = source.version
            }
            for body in step.bodies where step.hasBodies {
                result.merge(body.program.sourceVersions) { first, _ in first }
            }
        }
        return result
    }
}

/// The steps that could not be spelled.
private final class Obstacles {
    var found: [HingeError] = []
}

/// Writes programs as graphs.
private struct ProgramSpeller {
    private let versions: OperatorVersions
    private let names: NameSupply
    /// Where steps that a version can't express are noted; `nil` when the first is an error.
    private let obstacles: Obstacles?

    init(_ versions: OperatorVersions, _ names: NameSupply, _ obstacles: Obstacles? = nil) {
        self.versions = versions
        self.names = names
        self.obstacles = obstacles
    }

    /// - Parameter captured: The names of the values that the program takes from the one around it.
    func spell(_ program: Program, captured: [String]) throws -> Graph {
        var writing = Writing(program, names)
        for (slot, name) in zip(program.captures, captured) { writing.values[slot] = name }
        writing.nameInputs()
        writing.nameOutputs()
        let isNeeded = needs(program)
        for (step, isNeeded) in zip(program.steps, isNeeded) where isNeeded {
            do {
                try spell(step, &writing)
            } catch let error as HingeError where error.code == .unsupported {
                guard let obstacles else { throw error }
                obstacles.found.append(error)
            }
        }
        return writing.finish()
    }

    /// Whether each step is written: not one that a pass made for a step that is written as it was before.
    private func needs(_ program: Program) -> [Bool] {
        var result = [Bool](repeating: true, count: program.steps.count)
        var used = Set(program.outputs)
        for (index, step) in program.steps.enumerated().reversed() {
            let isMade = step.source == nil && step.replaced.isEmpty
            let isUsed = step.outputs.contains { $0.map { used.contains($0) } ?? false }
            result[index] = isUsed || !isMade
            guard result[index] else { continue }
            if isWrittenAsBefore(step) {
                used.formUnion(step.replaced.flatMap(\.usedInAnyForm))
            } else {
                used.formUnion(step.used)
            }
        }
        return result
    }

    /// Whether the steps that a step took the place of are written for it.
    private func isWrittenAsBefore(_ step: Program.Step) -> Bool {
        !step.replaced.isEmpty && !isKept(step) && !hasOperator(step.operation)
    }

    private func spell(_ step: Program.Step, _ writing: inout Writing) throws {
        if isWrittenAsBefore(step) {
            for old in step.replaced { try spell(old, &writing) }
            return
        }
        let inputs = step.inputs.map { $0.map { writing.name($0) } ?? "" }
        let outputs = step.outputs.map { $0.map { writing.name($0) } ?? "" }
        let bodies = try withPlaces(step.places) { try spell(step.bodies, of: step, &writing) }
        if var node = step.source?.node, isKept(step) {
            node.inputs = Array(inputs.prefix(node.inputs.count))
            node.outputs = outputs
            for index in node.attributes.indices {
                guard case .graph = node.attributes[index].value,
                    let body = bodies.first(where: { $0.name == node.attributes[index].name })
                else { continue }
                node.attributes[index].value = body.value
            }
            writing.nodes.append(node)
            return
        }
        var spelled = try withPlaces(step.places) {
            try Speller.spell(
                step.operation, opset: try version(of: step.operation), versions: versions,
                inputs: inputs, outputs: outputs, name: step.name,
                known: step.inputs.map { $0.map { writing.program.facts[$0] } }, bodies: bodies,
                isTaken: names.isTaken)
        }
        for node in spelled.nodes { node.outputs.forEach(names.take) }
        for constant in spelled.initializers { names.take(constant.name) }
        if let source = step.source?.node, let last = spelled.nodes.indices.last {
            spelled.nodes[last].documentation = source.documentation
            spelled.nodes[last].metadata = source.metadata
        }
        writing.nodes += spelled.nodes
        writing.constants += spelled.initializers
    }

    private func spell(
        _ bodies: [Program.Body], of step: Program.Step, _ writing: inout Writing
    ) throws -> [Attribute] {
        guard step.hasBodies else { return [] }
        return try bodies.map { body in
            // A constant that nothing else reads has no name yet.
            let captured = body.captured.map { writing.name($0) }
            let graph = try withContext(.attribute(body.attribute)) {
                try spell(body.program, captured: captured)
            }
            return .graph(body.attribute, graph)
        }
    }

    /// Whether a step is written back as its node was.
    private func isKept(_ step: Program.Step) -> Bool {
        guard let source = step.source else { return false }
        if step.operation is FunctionCall { return true }
        let isOurs = source.node.domain == ChannelsLast.domain
        let domain = isOurs ? .onnx : Domain(source.node.domain)
        guard let target = versions[domain], target != source.version else { return true }
        guard let from = schema(source.node, domain, source.version),
            let to = schema(source.node, domain, target)
        else { return false }
        return from.sinceVersion == to.sinceVersion
    }

    /// Whether the version to write has an operator.
    private func hasOperator(_ operation: any Operator) -> Bool {
        let domain = Domain(operation.id.domain)
        guard let version = versions[domain] else { return false }
        let schema = OperatorSchema.find(
            domain: domain.name, name: operation.id.type, opset: version)
        return schema?.isDeprecated == false
    }

    private func schema(_ node: Node, _ domain: Domain, _ version: Int) -> OperatorSchema? {
        OperatorSchema.find(domain: domain.name, name: node.type, opset: version)
    }

    private func version(of operation: any Operator) throws -> Int {
        let isOurs = operation.id.domain == ChannelsLast.domain
        return try versions.version(of: isOurs ? .onnx : Domain(operation.id.domain))
    }
}

/// A graph while it is written.
private struct Writing {
    let program: Program
    /// The names of values, as far as they have one.
    var values: [String?]
    var nodes: [Node] = []
    /// Constants that spelling made.
    var constants: [NamedTensor] = []
    private let names: NameSupply
    /// What the graph holds besides nodes; of inputs and outputs without names, those that they get.
    private var frame: Graph
    /// Outputs that are passed on from values of other names.
    private var passedOn: [(value: Program.SlotID, output: String)] = []

    init(_ program: Program, _ names: NameSupply) {
        self.program = program
        self.names = names
        values = program.slots.map(\.name)
        frame = program.frame
    }

    /// The name of a value, which gets one if it has none.
    mutating func name(_ slot: Program.SlotID) -> String {
        if let name = values[slot] { return name }
        let hint = program.slots[slot].hint
        let name = names.fresh(hint.isEmpty ? "value" : hint)
        values[slot] = name
        return name
    }

    /// Gives inputs names, where the graph has none for them.
    mutating func nameInputs() {
        for (index, slot) in zip(frame.inputs.indices, program.inputs)
        where frame.inputs[index].name.isEmpty {
            frame.inputs[index].name = name(slot)
        }
    }

    /// Gives outputs the names that the graph has for them, or others where it has none.
    mutating func nameOutputs() {
        var produced = Set(program.steps.flatMap(\.outputs).compactMap { $0 })
        for (index, slot) in zip(frame.outputs.indices, program.outputs) {
            if frame.outputs[index].name.isEmpty {
                let isProduced = produced.remove(slot) != nil
                frame.outputs[index].name = isProduced ? name(slot) : names.fresh("output")
            }
            let info = frame.outputs[index]
            if values[slot] == nil, produced.remove(slot) != nil { values[slot] = info.name }
            if values[slot] != info.name { passedOn.append((slot, info.name)) }
        }
    }

    consuming func finish() -> Graph {
        var writing = self
        for (slot, output) in writing.passedOn {
            let name = writing.name(slot)
            writing.nodes.append(Node("Identity", inputs: [name], outputs: [output]))
        }
        var graph = writing.frame
        graph.nodes = writing.nodes
        let used = graph.usedNames
        graph.initializers = writing.initializers(graph, used)
        let kept = Set(writing.keptSlots(used).compactMap { writing.values[$0] })
        graph.sparseInitializers.removeAll { !kept.contains($0.name) }
        let gone = writing.removedNames(graph)
        graph.valueInfos.removeAll { gone.contains($0.name) }
        return graph
    }

    /// The initializers of the file that stay.
    private func keptSlots(_ used: Set<String>) -> [Program.SlotID] {
        let inputs = Set(program.inputs)
        return program.initializers.filter { slot in
            inputs.contains(slot) || program.idle.contains(slot)
                || values[slot].map { used.contains($0) } ?? false
        }
    }

    private func initializers(_ graph: Graph, _ used: Set<String>) -> [NamedTensor] {
        let kept = Set(keptSlots(used).compactMap { values[$0] })
        var result = graph.initializers.filter { kept.contains($0.name) }
        let known = Set(program.initializers)
        for slot in program.slots.indices where !known.contains(slot) {
            guard program.slots[slot].isFixed, let tensor = program.slots[slot].initial?.tensor,
                let name = values[slot], used.contains(name)
            else { continue }
            result.append(NamedTensor(name: name, tensor))
        }
        return result + constants
    }

    /// The names of values that the graph no longer has.
    private func removedNames(_ graph: Graph) -> Set<String> {
        var there = Set(graph.nodes.flatMap(\.outputs))
        there.formUnion(graph.inputs.map(\.name))
        there.formUnion(graph.initializers.map(\.name))
        there.formUnion(graph.sparseInitializers.map(\.name))
        return Set(values.compactMap { $0 }).subtracting(there)
    }
}

extension Graph {
    /// Whether nodes or initializers are others.
    fileprivate func differs(from other: Graph) -> Bool {
        initializers.map(\.name) != other.initializers.map(\.name)
            || sparseInitializers.count != other.sparseInitializers.count || nodes != other.nodes
    }

    /// The names of the values that nodes use, subgraphs included, and of the outputs.
    fileprivate var usedNames: Set<String> {
        nodes.reduce(into: Set(outputs.map(\.name))) { $0.formUnion($1.usedNames) }
    }
}
