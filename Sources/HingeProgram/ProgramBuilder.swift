import HingeGraph
import HingeOperators

/// How a program is made of a model.
public struct ProgramOptions: Sendable {
    /// Whether calls of the model's functions are replaced by the functions' nodes.
    public var inlinesFunctions = false
    /// Whether an operator that isn't known is an error; otherwise its nodes are kept as they are.
    public var isStrict = false
    /// How types and constants are inferred.
    public var inference = InferenceOptions()
    /// Whether constants are brought into the form that evaluation wants: dense.
    package var preparesConstants = false
    /// Whether they are brought to aligned addresses, too: a copy of each that stands elsewhere in its file.
    package var alignsConstants = false
    /// What the names of operators mean: what the model says.
    fileprivate(set) var operators = OperatorRegistry.standard

    /// Creates options.
    public init() {}
}

extension Program {
    /// Makes a program of a model's graph.
    ///
    /// - Throws: ``HingeError`` with the node as its context when a node can't be read, when its inputs don't fit, or when
    ///   an input shape doesn't fit what the model states; `limit` when functions expand to more than
    ///   ``CallLimits`` allows.
    public init(_ model: Model, _ options: ProgramOptions = ProgramOptions()) throws {
        try model.checkCalls()
        var options = options
        options.operators = model.operators
        let (inputs, symbols) = try model.bind(options.inference.inputShapes)
        let builder = ProgramBuilder(
            options, InferenceScope(options.inference, symbols: symbols),
            FunctionLibrary(model.functions), OperatorVersions(model.opsetImports))
        builder.hasFixedDefaults = model.irVersion < 4
        self = try builder.build(model.graph, inputs)
        premise.inputs = inputs
        hasCalls = !options.inlinesFunctions && !model.functions.isEmpty
    }
}

extension Model {
    /// The types of the graph's inputs with the given shapes put in, and the extents of symbolic dimensions that
    /// follow from them.
    fileprivate func bind(
        _ shapes: [String: Shape]
    ) throws -> ([Inferred?], [String: Shape.Dimension]) {
        for name in shapes.keys.sorted() where !graph.inputs.contains(where: { $0.name == name }) {
            let names = graph.inputs.map { "'\($0.name)'" }.joined(separator: ", ")
            throw HingeError(
                .mismatch, "expected one of the inputs \(names), found a shape for '\(name)'")
        }
        var symbols: [String: Shape.Dimension] = [:]
        let inputs = try graph.inputs.map { input in
            guard let shape = shapes[input.name] else {
                return Inferred(type: input.type?.withinLimits)
            }
            try withContext(.value(input.name)) {
                _ = try Tensor.count(of: shape.dimensions.map { $0.extent ?? 1 })
                try input.type?.shape?.bind(to: shape, &symbols)
            }
            return Inferred(type: .tensor(input.type?.dataType, shape))
        }
        return (inputs.map { Inferred(type: $0.type?.binding(symbols)) }, symbols)
    }
}

/// Reads the nodes of a graph, resolves its names to slots, and infers what is known of them on the way, since how an
/// older version spells an operator may depend on its inputs' types.
final class ProgramBuilder {
    let options: ProgramOptions
    let scope: InferenceScope
    let functions: FunctionLibrary
    private let parent: ProgramBuilder?
    var versions: OperatorVersions {
        didSet { latestVersion = nil }
    }
    /// The domain that was asked for last, and its version.
    private var latestVersion: (domain: String, version: Int)?
    /// Whether initializers that are inputs as well are constants all the same.
    var hasFixedDefaults = false
    var program: Program
    /// The slots of the graph's own values, by name.
    private var names: [String: Program.SlotID] = [:]
    /// The slots of the program around this one whose values are used here.
    var captured: [Program.SlotID] = []
    /// The functions being read, outermost first.
    var callers: [FunctionID] = []
    /// The calls of functions that are being read, outermost first.
    private var places: [HingeError.Place] = []
    /// The beginning of the names of what stands in functions.
    var prefix: String?
    var salt: UInt64 = 0
    /// How many calls inside each other are being replaced.
    private var inlined = 0
    /// The types that the file states for the values of the nodes being read.
    private var stated: [String: ValueType] = [:]

    init(
        _ options: ProgramOptions, _ scope: InferenceScope, _ functions: FunctionLibrary,
        _ versions: OperatorVersions, parent: ProgramBuilder? = nil
    ) {
        self.options = options
        self.scope = scope
        self.functions = functions
        self.versions = versions
        self.parent = parent
        program = Program(Graph(), versions)
    }

    /// - Parameters:
    ///   - graph: The graph.
    ///   - given: What is known of its inputs, by position.
    /// - Throws: ``HingeError`` with the node as its context.
    func build(_ graph: Graph, _ given: [Inferred?]) throws -> Program {
        program = Program(graph, versions)
        program.premise = Program.Premise(options: options.inference, symbols: scope.symbols)
        program.isWritable = !options.preparesConstants
        program.isBody = parent != nil
        reserveCapacity(graph)
        for (index, input) in graph.inputs.enumerated() {
            let type = input.type?.binding(scope.symbols)
            let fact = scope.settle(
                input: index < given.count ? given[index] : nil, type, isBody: program.isBody)
            program.inputs.append(define(input.name, type, fact))
        }
        try addInitializers(graph)
        try add(graph.nodes, graph.valueInfos + graph.outputs)
        program.outputs = try graph.outputs.map { info in
            guard let slot = find(info.name) else { throw unknown(info.name) }
            return slot
        }
        program.noteUnusedInitializers()
        program.inferredLimit = options.inference.constantLimit
        return program
    }

    /// Makes room for what the graph itself holds, so that nothing is moved while it is read.
    private func reserveCapacity(_ graph: Graph) {
        program.steps.reserveCapacity(graph.nodes.count)
        let count = graph.inputs.count + graph.initializers.count + graph.nodes.count
        program.slots.reserveCapacity(count)
        program.facts.reserveCapacity(count)
        names.reserveCapacity(count)
    }

    private func add(_ nodes: [Node], _ infos: [ValueInfo]) throws {
        let around = stated
        stated = [:]
        for info in infos where stated[info.name] == nil {
            if let type = info.type { stated[info.name] = type.binding(scope.symbols) }
        }
        defer { stated = around }
        for node in nodes {
            places.append(node.place)
            defer { places.removeLast() }
            if let function = functions.function(calledBy: node) {
                if options.inlinesFunctions {
                    try inline(function, node)
                } else {
                    try addCall(function, node)
                }
            } else {
                try add(node)
            }
        }
    }
}

// MARK: - Nodes

extension ProgramBuilder {
    private func add(_ node: Node) throws {
        let inputs = try slots(node.inputs)
        var step = step(node, try read(node, inputs), inputs)
        for (position, tensor) in step.operation.operandValues.sorted(by: { $0.key < $1.key }) {
            while step.inputs.count <= position { step.inputs.append(nil) }
            guard step.inputs[position] == nil else { continue }
            step.inputs[position] = program.addConstant(
                tensor, hint: step.hint(node.outputs.first ?? "", inputAt: position))
        }
        if let gradient = step.operation as? Gradient {
            try append(&step, node, GradientBuilder(self, gradient, step))
        } else {
            try append(&step, node, BodyBuilder(self, node))
        }
    }

    /// Adds a call of a function as it is.
    private func addCall(_ function: Function, _ node: Node) throws {
        var step = step(node, FunctionCall(node), try slots(node.inputs))
        try append(&step, node, FunctionBuilder(self, function, node))
    }

    private func step(
        _ node: Node, _ operation: any Operator, _ inputs: [Program.SlotID?]
    ) -> Program.Step {
        let source = source(node)
        return Program.Step(
            operation: operation, inputs: inputs, outputs: [], name: source.node.name,
            source: source, places: places, salt: salt.mixed(with: ProgramBuilder.salt(node)))
    }

    /// Adds a step with what is inferred of its outputs.
    private func append(
        _ step: inout Program.Step, _ node: Node, _ bodies: any BodySource
    ) throws {
        let known = step.inputs.map { $0.map { program.facts[$0] } }
        var outputs: [Inferred] = []
        try withPlaces(places) {
            outputs = try scope.infer(
                step.operation, known, outputCount: node.outputs.count,
                bodies.isEmpty ? nil : bodies)
            if !bodies.isEmpty { step.bodies = try bodies.finish() }
        }
        step.outputs = node.outputs.enumerated().map { position, name in
            guard !name.isEmpty else { return nil }
            let fact = position < outputs.count ? outputs[position] : Inferred()
            let stated = stated[name]
            return define(name, stated, scope.settle(fact, stated))
        }
        program.steps.append(step)
    }

    private func read(_ node: Node, _ inputs: [Program.SlotID?]) throws -> any Operator {
        do {
            return try withPlaces(places.dropLast()) {
                let version = try withContext(node.place) { try self.version(of: node) }
                if let attribute = node.attributes.first(where: \.isReference) {
                    throw HingeError(
                        .unsupported, "the value is known only where the function is called",
                        at: [node.place, .attribute(attribute.name)])
                }
                return try options.operators.read(
                    NodeReader(
                        node, opset: version,
                        inputTypes: inputs.map { slot in
                            slot.flatMap { program.facts[$0].type ?? program.slots[$0].stated }
                        },
                        constants: inputs.map { $0.flatMap { program.facts[$0].constant } }))
            }
        } catch let error as HingeError where error.code == .unsupported && !options.isStrict {
            return OpaqueOperation(node, error)
        }
    }

    /// The version of a node's domain.
    private func version(of node: Node) throws -> Int {
        if let latestVersion, latestVersion.domain == node.domain { return latestVersion.version }
        let isOurs = node.domain == ChannelsLast.domain
        let version = try versions.version(of: isOurs ? .onnx : Domain(node.domain))
        latestVersion = (node.domain, version)
        return version
    }

    private func source(_ node: Node) -> Program.Source {
        var node = node
        if prefix != nil { node.name = name(of: node) }
        return Program.Source(node: node, version: (try? version(of: node)) ?? 0)
    }

    /// The name of a node, after that of the call of the function that it stands in.
    private func name(of node: Node) -> String {
        guard let prefix, !node.name.isEmpty else { return node.name }
        return "\(prefix)/\(node.name)"
    }

    /// A number that stands for a node, by the name of its first output (FNV-1a).
    private static func salt(_ node: Node) -> UInt64 {
        let name = node.outputs.first { !$0.isEmpty } ?? ""
        return name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}

// MARK: - Functions

extension ProgramBuilder {
    /// Adds the nodes of a function in place of the node that calls it.
    private func inline(_ function: Function, _ node: Node) throws {
        let inputs = try slots(node.inputs)
        let outer = (names, versions, salt, prefix)
        try enter(function)
        prefix = name(of: node).isEmpty ? function.name : name(of: node)
        salt = salt.mixed(with: ProgramBuilder.salt(node))
        names = [:]
        for (name, slot) in zip(function.inputs, inputs) { names[name] = slot }
        inlined += 1
        let body = function.body(calledBy: node)
        try add(body.nodes, body.valueInfos)
        inlined -= 1
        let results = try function.outputs.prefix(node.outputs.count).map { name in
            guard let slot = names[name] else { throw unknown(name) }
            return slot
        }
        callers.removeLast()
        (names, versions, salt, prefix) = outer
        for (name, slot) in zip(node.outputs, results) where !name.isEmpty {
            names[name] = slot
            let isProduced = !inputs.contains(slot) && program.slots[slot].initial == nil
            if prefix == nil, isProduced, program.slots[slot].name == nil {
                program.slots[slot].name = name
                program.slots[slot].stated = program.slots[slot].stated ?? stated[name]
            }
        }
    }

    /// Takes the operator versions of a function.
    ///
    /// - Throws: ``HingeError`` when the function calls itself.
    private func enter(_ function: Function) throws {
        let id = FunctionID(function)
        guard !callers.contains(id) else {
            throw HingeError(
                .badData, "the function '\(function.name)' calls itself", at: places)
        }
        callers.append(id)
        versions = versions.overridden(by: OperatorVersions(function.opsetImports))
    }

    /// A builder for the body of a function, which sees nothing of what is around the node that calls it.
    func builder(for function: Function, calledBy node: Node) throws -> ProgramBuilder {
        let builder = ProgramBuilder(options, scope, functions, versions)
        builder.callers = callers
        builder.salt = salt.mixed(with: ProgramBuilder.salt(node))
        try builder.enter(function)
        return builder
    }
}

// MARK: - Slots

extension ProgramBuilder {
    private func addInitializers(_ graph: Graph) throws {
        let inputs = hasFixedDefaults ? [] : Set(graph.inputs.map(\.name))
        for initializer in graph.initializers {
            let tensor =
                try options.alignsConstants
                ? initializer.tensor.aligned() : initializer.tensor
            add(initializer.name, .tensor(tensor), isFixed: !inputs.contains(initializer.name))
        }
        for initializer in graph.sparseInitializers {
            var value = Value.sparseTensor(initializer)
            if options.preparesConstants {
                value = .tensor(
                    try withContext(.tensor(initializer.name)) { try initializer.dense() })
            }
            add(initializer.name, value, isFixed: !inputs.contains(initializer.name))
        }
    }

    private func add(_ name: String, _ value: Value, isFixed: Bool) {
        let slot = names[name] ?? define(name, nil, Inferred())
        switch value {
        case .tensor(let tensor):
            program.slots[slot].stated = .tensor(tensor.dataType, Shape(tensor.shape))
        case .sparseTensor(let sparse):
            program.slots[slot].stated =
                ValueType.tensor(sparse.values.dataType, Shape(sparse.shape)).withinLimits
        default: break
        }
        program.slots[slot].initial = value
        program.slots[slot].isFixed = isFixed
        program.initializers.append(slot)
        if isFixed {
            program.facts[slot] = program.known(slot)
        } else {
            program.facts[slot] = scope.settle(
                program.facts[slot], program.slots[slot].stated)
        }
    }

    @discardableResult
    private func define(_ name: String, _ stated: ValueType?, _ fact: Inferred) -> Program.SlotID {
        let slot =
            if let prefix {
                Program.Slot(hint: "\(prefix)/\(name)", stated: stated)
            } else {
                Program.Slot(name: name, stated: stated)
            }
        let id = program.add(slot, fact)
        names[name] = id
        return id
    }

    /// The slot of a value that is there already, taken from the graph around this one if need be.
    func find(_ name: String) -> Program.SlotID? {
        if let slot = names[name] { return slot }
        // A function sees nothing of what is around the node that calls it; its subgraphs see the function.
        guard inlined == 0, let parent, let outer = parent.find(name) else { return nil }
        let slot = define(
            name, parent.program.slots[outer].stated, parent.program.facts[outer])
        program.captures.append(slot)
        captured.append(outer)
        return slot
    }

    private func slots(_ names: [String]) throws -> [Program.SlotID?] {
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
}

extension Attribute {
    fileprivate var isReference: Bool {
        if case .reference = value { true } else { false }
    }
}

extension UInt64 {
    /// A number that depends on both.
    package func mixed(with other: UInt64) -> UInt64 {
        var generator = SeededGenerator(seed: self ^ (other &* 0x9E37_79B9_7F4A_7C15))
        return generator.next()
    }
}
