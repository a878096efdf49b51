import HingeGraph
import HingeOperators

/// Reads the nodes of a graph and resolves its names to slots.
final class ProgramBuilder {
    /// The slots of the graph's own values, by name.
    private(set) var names: [String: Int] = [:]
    private let parent: ProgramBuilder?
    private var sets: OperatorSets
    private var contents = Program.Contents()
    /// The slots of the graph around this one whose values are used here.
    private(set) var captured: [Int] = []
    /// The calls of functions that are being read, outermost first.
    private var places: [HingeError.Place] = []
    private var salt: UInt64 = 0
    /// The types that the file states for the values of the nodes being read.
    private var stated: [String: ValueType?] = [:]

    init(_ sets: OperatorSets, parent: ProgramBuilder? = nil) {
        self.sets = sets
        self.parent = parent
    }

    /// - Throws: ``HingeError`` with the node as its context.
    func build(_ graph: Graph) throws -> Program {
        contents.inputs = graph.inputs.map { define($0.name, type: $0.type) }
        try addInitializers(graph)
        contents.steps.reserveCapacity(graph.nodes.count)
        try add(graph.nodes, graph.valueInfos + graph.outputs)
        contents.outputs = try graph.outputs.map { info in
            guard let slot = find(info.name) else { throw unknown(info.name) }
            return slot
        }
        release()
        return Program(contents)
    }

    private func add(_ nodes: [Node], _ infos: [ValueInfo]) throws {
        let around = stated
        stated = Dictionary(infos.map { ($0.name, $0.type) }) { first, _ in first }
        defer { stated = around }
        for node in nodes {
            places.append(node.place)
            defer { places.removeLast() }
            if let function = sets.function(node) {
                try inline(function, node)
            } else {
                try add(node)
            }
        }
    }

    private func add(_ node: Node) throws {
        let inputs = try slots(node.inputs)
        let bodies = try withPlaces(places) { try node.attributes.compactMap { try body($0) } }
        let operation = try read(node, inputs)
        let outputs = node.outputs.map { name in
            name.isEmpty ? nil : define(name, type: stated[name] ?? nil)
        }
        if operation.id == ProgramBuilder.constantID, let slot = outputs.first ?? nil {
            var context = EvaluationContext(inputs: [])
            try withPlaces(places) { try operation.evaluate(&context) }
            contents.slots[slot].constant = context.outputs[0]?.tensor
        }
        contents.steps.append(
            Program.Step(
                operation: operation, places: places, inputs: inputs,
                operands: operation.operandValues, outputs: outputs, bodies: bodies,
                salt: salt.mixed(with: ProgramBuilder.salt(node))))
    }

    private static let constantID = OperatorID(domain: "", type: "Constant")

    private func read(_ node: Node, _ inputs: [Int?]) throws -> any Operator {
        try withPlaces(places.dropLast()) {
            let opset = try withContext(node.place) { try sets.version(of: node) }
            return try OperatorRegistry.read(
                NodeReader(
                    node, opset: opset,
                    inputTypes: inputs.map { $0.flatMap { contents.slots[$0].type } },
                    constants: inputs.map { $0.flatMap { contents.slots[$0].constant } }))
        }
    }

    /// Adds the nodes of a function in place of the node that calls it.
    private func inline(_ function: Function, _ node: Node) throws {
        let inputs = try slots(node.inputs)
        let inside = try withPlaces(places) { try sets.inside(function, calledBy: node) }
        let (outerNames, outerSets, outerSalt) = (names, sets, salt)
        sets = inside
        salt = salt.mixed(with: ProgramBuilder.salt(node))
        names = [:]
        var absent: Set<String> = []
        for (index, name) in function.inputs.enumerated() {
            if index < inputs.count, let slot = inputs[index] {
                names[name] = slot
            } else {
                absent.insert(name)
            }
        }
        isInFunction += 1
        var body = function.body(calledBy: node)
        body.removeInputs(absent)
        try add(body.nodes, body.valueInfos)
        isInFunction -= 1
        let results = try function.outputs.map { name in
            guard let slot = names[name] else {
                throw unknown(name)
            }
            return slot
        }
        (names, sets, salt) = (outerNames, outerSets, outerSalt)
        for (name, slot) in zip(node.outputs, results) where !name.isEmpty {
            names[name] = slot
        }
    }

    /// How many functions are being read inside each other.
    private var isInFunction = 0

    private func body(_ attribute: Attribute) throws -> Program.Body? {
        guard case .graph(let graph) = attribute.value else { return nil }
        let builder = ProgramBuilder(sets, parent: self)
        builder.salt = salt
        let program = try withContext(.attribute(attribute.name)) { try builder.build(graph) }
        return Program.Body(name: attribute.name, program: program, captured: builder.captured)
    }
}

// MARK: - Slots

extension ProgramBuilder {
    private func addInitializers(_ graph: Graph) throws {
        let inputs = Set(graph.inputs.map(\.name))
        for initializer in graph.initializers {
            add(
                initializer.name, try initializer.tensor.aligned(),
                isFixed: !inputs.contains(initializer.name))
        }
        for initializer in graph.sparseInitializers {
            let tensor = try withContext(.tensor(initializer.name)) { try initializer.dense() }
            add(initializer.name, tensor, isFixed: !inputs.contains(initializer.name))
        }
    }

    private func add(_ name: String, _ tensor: Tensor, isFixed: Bool) {
        let slot = names[name] ?? define(name, type: nil)
        contents.slots[slot].initial = .tensor(tensor)
        contents.slots[slot].type = .tensor(tensor.dataType, Shape(tensor.shape))
        contents.slots[slot].constant = isFixed ? tensor : nil
    }

    @discardableResult
    private func define(_ name: String, type: ValueType?) -> Int {
        contents.slots.append(Program.Slot(name: isInFunction == 0 ? name : nil, type: type))
        names[name] = contents.slots.count - 1
        return contents.slots.count - 1
    }

    /// The slot of a value that is there already, taken from the graph around this one if need be.
    private func find(_ name: String) -> Int? {
        if let slot = names[name] { return slot }
        // A function sees nothing of what is around the node that calls it.
        guard isInFunction == 0, let parent, let outer = parent.find(name) else { return nil }
        let slot = define(name, type: parent.contents.slots[outer].type)
        contents.slots[slot].constant = parent.contents.slots[outer].constant
        contents.captures.append(slot)
        captured.append(outer)
        return slot
    }

    private func slots(_ names: [String]) throws -> [Int?] {
        try names.map { name in
            if name.isEmpty { return nil }
            guard let slot = find(name) else { throw unknown(name) }
            return slot
        }
    }

    private func unknown(_ name: String) -> HingeError {
        HingeError(
            .badData,
            "the value '\(name)' is not an input, an initializer or the output of an earlier node",
            at: places)
    }

    /// Notes with each step which slots it is the last to use.
    private func release() {
        var seen = Set(contents.outputs)
        for index in contents.steps.indices.reversed() {
            let step = contents.steps[index]
            contents.steps[index].released = (step.used + step.outputs.compactMap { $0 })
                .filter { seen.insert($0).inserted }
        }
    }

    /// A number that stands for a node, by the name of its first output (FNV-1a).
    private static func salt(_ node: Node) -> UInt64 {
        let name = node.outputs.first { !$0.isEmpty } ?? ""
        return name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}

extension Graph {
    /// Makes the named values absent wherever nodes have them as inputs, those of bodies included.
    fileprivate mutating func removeInputs(_ absent: Set<String>) {
        guard !absent.isEmpty else { return }
        for index in nodes.indices {
            nodes[index].inputs = nodes[index].inputs.map { absent.contains($0) ? "" : $0 }
            nodes[index].mapSubgraphs { graph in
                var graph = graph
                graph.removeInputs(absent)
                return graph
            }
        }
    }
}
