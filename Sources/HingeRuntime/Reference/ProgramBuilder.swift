import HingeGraph
import HingeOperators

/// Resolves the names of a graph to slots and reads its nodes.
final class ProgramBuilder {
    private(set) var slots: [String: Int] = [:]
    private let sets: OperatorSets
    private let parent: ProgramBuilder?
    private var names: [String] = []
    private var initial: [Value?] = []
    private var types: [ValueType?] = []
    private var constants: [Int: Tensor] = [:]
    private var captures: [(outer: Int, inner: Int)] = []

    init(_ sets: OperatorSets, parent: ProgramBuilder? = nil) {
        self.sets = sets
        self.parent = parent
    }

    func build(_ graph: Graph) throws -> Program {
        let inputs = graph.inputs.map { define($0.name, type: $0.type) }
        try addInitializers(graph)
        let known = Dictionary(graph.valueInfos.map { ($0.name, $0.type) }) { first, _ in first }
        var steps: [Program.Step] = []
        steps.reserveCapacity(graph.nodes.count)
        for node in graph.nodes {
            steps.append(try step(node, known))
        }
        let outputs = try graph.outputs.map { try slot($0.name) }
        release(&steps, keeping: Set(outputs))
        return Program(
            steps: steps, names: names, inputs: inputs, outputs: outputs,
            captures: captures.map(\.inner), initial: initial)
    }

    private func addInitializers(_ graph: Graph) throws {
        let inputs = Set(graph.inputs.map(\.name))
        for initializer in graph.initializers {
            add(
                initializer.name, initializer.tensor.aligned,
                isFixed: !inputs.contains(initializer.name))
        }
        for initializer in graph.sparseInitializers {
            let tensor = try withContext(.tensor(initializer.name)) { try initializer.dense() }
            add(initializer.name, tensor, isFixed: !inputs.contains(initializer.name))
        }
    }

    private func add(_ name: String, _ tensor: Tensor, isFixed: Bool) {
        let slot = slots[name] ?? define(name, type: nil)
        initial[slot] = .tensor(tensor)
        types[slot] = .tensor(tensor.dataType, Shape(tensor.shape))
        if isFixed { constants[slot] = tensor }
    }

    @discardableResult
    private func define(_ name: String, type: ValueType?) -> Int {
        let slot = names.count
        names.append(name)
        initial.append(nil)
        types.append(type)
        slots[name] = slot
        return slot
    }

    /// The slot of a value that is there already, taken from the graph around this one if need be.
    private func find(_ name: String) -> Int? {
        if let slot = slots[name] { return slot }
        guard let parent, let outer = parent.find(name) else { return nil }
        let slot = define(name, type: parent.types[outer])
        constants[slot] = parent.constants[outer]
        captures.append((outer, slot))
        return slot
    }

    private func slot(_ name: String) throws -> Int {
        guard let slot = find(name) else {
            throw HingeError(
                .badData,
                "the value '\(name)' is not an input, an initializer or the output of an earlier node"
            )
        }
        return slot
    }

    private func step(_ node: Node, _ known: [String: ValueType?]) throws -> Program.Step {
        let inputs = try withContext(node.place) {
            try node.inputs.map { $0.isEmpty ? nil : try slot($0) }
        }
        var step = Program.Step(
            action: try action(node, inputs), place: node.place, inputs: inputs,
            salt: ProgramBuilder.salt(node.outputs.first { !$0.isEmpty } ?? ""))
        var constant: Tensor?
        if case .evaluate(let `operator`) = step.action {
            step.operands = `operator`.operandValues
            step.bodies = try withContext(node.place) { try node.subgraphs.map { try body($0) } }
            if `operator`.id == ProgramBuilder.constantID {
                var context = EvaluationContext(inputs: [])
                try withContext(node.place) { try `operator`.evaluate(&context) }
                constant = context.outputs[0]?.tensor
            }
        }
        step.outputs = node.outputs.map { name in
            name.isEmpty ? nil : define(name, type: known[name] ?? nil)
        }
        if let slot = step.outputs.first ?? nil { constants[slot] = constant }
        return step
    }

    private static let constantID = OperatorID(domain: "", type: "Constant")

    /// Reads the node's operator or the function that it calls.
    private func action(_ node: Node, _ inputs: [Int?]) throws -> Program.Action {
        if let function = sets.function(node) {
            return try withContext(node.place) {
                let builder = ProgramBuilder(try sets.inside(function, calledBy: node))
                return .call(try builder.build(function.body(calledBy: node)))
            }
        }
        let opset = try withContext(node.place) { try sets.version(of: node) }
        return .evaluate(
            try OperatorRegistry.read(
                NodeReader(
                    node, opset: opset, inputTypes: inputs.map { $0.flatMap { types[$0] } },
                    constants: inputs.map { $0.flatMap { constants[$0] } })))
    }

    private func body(_ graph: Graph) throws -> Program.Body {
        let builder = ProgramBuilder(sets, parent: self)
        let program = try withContext(.graph(graph.name)) { try builder.build(graph) }
        return Program.Body(
            graph: graph, program: program, captured: builder.captures.map(\.outer))
    }

    /// Notes with each step which slots it is the last to use.
    private func release(_ steps: inout [Program.Step], keeping outputs: Set<Int>) {
        var seen = outputs
        for index in steps.indices.reversed() {
            let used =
                (steps[index].inputs + steps[index].outputs).compactMap { $0 }
                + steps[index].bodies.flatMap(\.captured)
            steps[index].released = used.filter { seen.insert($0).inserted }
        }
    }

    /// A number that stands for a name (FNV-1a).
    private static func salt(_ name: String) -> UInt64 {
        name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
