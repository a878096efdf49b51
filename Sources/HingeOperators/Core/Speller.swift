import HingeGraph

/// Writes operators as nodes, at one version.
///
/// An operator's ``Operator/spell(_:)`` emits one node in the simple case, several where the version asked
/// for doesn't have the operator: ``step(_:_:_:)`` and ``append(_:_:)`` make the intermediate ones.
public struct Speller {
    /// The version to spell: that of the operator's domain.
    public let opset: Int
    /// The names of the operator's inputs.
    ///
    /// An absent one is empty.
    public let inputs: [String]
    /// The names of the operator's outputs.
    ///
    /// One that nobody asked for is empty.
    public let outputs: [String]
    /// What is known of the inputs.
    public let known: [Inferred?]
    /// The attributes that hold the operator's bodies, in the version asked for.
    public let bodies: [Attribute]
    private let domain: String
    /// The versions of all domains, for operators that are spelled by others.
    private let versions: OperatorVersions
    private let nodeName: String
    private let sink: Sink

    /// Where nodes and constants go; shared by nested spellers.
    final class Sink {
        var nodes: [Node] = []
        var initializers: [NamedTensor] = []
        var isTaken: (String) -> Bool
        private var counter = 0

        init(isTaken: @escaping (String) -> Bool) {
            self.isTaken = isTaken
        }

        /// The constants without those for which the operator made others.
        var usedInitializers: [NamedTensor] {
            let used = Set(nodes.flatMap(\.inputs))
            guard nodes.allSatisfy(\.subgraphs.isEmpty) else { return initializers }
            return initializers.filter { used.contains($0.name) }
        }

        func fresh(_ hint: String) -> String {
            while true {
                counter += 1
                let name = "\(hint)_\(counter)"
                if !isTaken(name) { return name }
            }
        }

        /// The name of a node of the operator `name`: that for the first node, else one that begins with it.
        func nodeName(_ name: String, _ type: String) -> String {
            guard !name.isEmpty, !nodes.isEmpty else { return name }
            let hint = "\(name)/\(type)"
            var result = hint
            var number = 0
            while nodes.contains(where: { $0.name == result }) {
                number += 1
                result = "\(hint)_\(number)"
            }
            return result
        }
    }

    private init(
        opset: Int, inputs: [String], outputs: [String], known: [Inferred?],
        bodies: [Attribute] = [], domain: String, versions: OperatorVersions, nodeName: String,
        sink: Sink
    ) {
        self.opset = opset
        self.inputs = inputs
        self.outputs = outputs
        self.known = known
        self.bodies = bodies
        self.domain = domain
        self.versions = versions
        self.nodeName = nodeName
        self.sink = sink
    }

    /// Spells an operator.
    ///
    /// - Parameters:
    ///   - operator: The operator.
    ///   - opset: The version to spell: that of the operator's domain.
    ///   - versions: The versions of other domains, for operators that are spelled by those of others, and whether the
    ///     operator may be spelled for another element type.
    ///   - inputs: The names of the inputs.
    ///   - outputs: The names of the outputs.
    ///   - name: The name of the node.
    ///   - known: What is known of the inputs.
    ///   - bodies: The attributes that hold the operator's bodies, in that version.
    ///   - isTaken: Whether a value name is in use already.
    /// - Returns: The nodes, in order, and the constants that they refer to.
    /// - Throws: ``HingeError`` with the code `unsupported` when the version can't express the operator.
    public static func spell(
        _ operator: any Operator, opset: Int, versions: OperatorVersions? = nil,
        inputs: [String], outputs: [String], name: String = "", known: [Inferred?] = [],
        bodies: [Attribute] = [],
        isTaken: @escaping (String) -> Bool
    ) throws -> (nodes: [Node], initializers: [NamedTensor]) {
        func spelled(_ write: (inout Speller) throws -> Void) throws -> (
            nodes: [Node], initializers: [NamedTensor]
        ) {
            let sink = Sink(isTaken: isTaken)
            var speller = Speller(
                opset: opset, inputs: inputs, outputs: outputs, known: known, bodies: bodies,
                domain: `operator`.id.domain, versions: versions ?? OperatorVersions(onnx: opset),
                nodeName: name, sink: sink)
            speller = speller.adding(`operator`.operandValues)
            try write(&speller)
            try speller.checkNodes()
            return (sink.nodes, sink.usedInitializers)
        }
        do {
            return try spelled { try `operator`.spell(&$0) }
        } catch let error as HingeError where error.code == .unsupported {
            guard versions?.castsElements == true, bodies.isEmpty else { throw error }
            for (type, wider) in `operator`.casts(for: known) {
                let result = try? spelled { try $0.spell(`operator`, in: wider, for: type) }
                if let result { return result }
            }
            throw error
        }
    }

    /// Checks the emitted nodes against the standard.
    ///
    /// - Throws: ``HingeError`` with the code `unsupported` that names the version needed.
    private func checkNodes() throws {
        var facts: [String: Inferred] = [:]
        for (name, inferred) in zip(inputs, known) { facts[name] = inferred }
        for constant in sink.initializers {
            facts[constant.name] = Inferred(constant: constant.tensor)
        }
        for node in sink.nodes {
            let domain = node.domain == ChannelsLast.domain ? "" : node.domain
            let version = node.domain == self.domain ? opset : versions[Domain(domain)] ?? opset
            try OperatorSchema.check(node, opset: version, domain: domain) { facts[$0]?.type }
            guard sink.nodes.count > 1, node.domain == domain, node.subgraphs.isEmpty else {
                continue
            }
            for (name, fact) in zip(node.outputs, inferred(node, version, facts)) {
                facts[name] = fact
            }
        }
    }

    /// What is known of the outputs of a node that was emitted.
    private func inferred(
        _ node: Node, _ version: Int, _ facts: [String: Inferred]
    ) -> [Inferred] {
        let known = node.inputs.map { $0.isEmpty ? nil : facts[$0] ?? Inferred() }
        let reader = NodeReader(
            node, opset: version, inputTypes: known.map { $0?.type },
            constants: known.map { $0?.constant })
        guard let operation = try? OperatorRegistry.standard.read(reader) else { return [] }
        let context = InferenceContext(
            inputs: operation.operandValues.reduce(into: known) { known, operand in
                while known.count <= operand.key { known.append(nil) }
                known[operand.key] = known[operand.key] ?? Inferred(constant: operand.value)
            }, outputCount: node.outputs.count)
        return (try? operation.inferOutputs(context)) ?? []
    }

    /// This speller with inputs in place of absent ones: those that an older spelling held as attributes.
    func adding(_ operands: [Int: Tensor]) -> Speller {
        guard let last = operands.keys.max() else { return self }
        var inputs = inputs
        var known = known
        while inputs.count <= last { inputs.append("") }
        while known.count < inputs.count { known.append(nil) }
        for (index, tensor) in operands.sorted(by: { $0.key < $1.key })
        where inputs[index].isEmpty {
            inputs[index] = constant(tensor)
            known[index] = Inferred(constant: tensor)
        }
        return Speller(
            opset: opset, inputs: inputs, outputs: outputs, known: known, bodies: bodies,
            domain: domain, versions: versions, nodeName: nodeName, sink: sink)
    }
}

extension Speller {
    /// Emits one node from the operator's own inputs to its own outputs.
    public mutating func emit(_ type: String, _ attributes: [Attribute] = []) {
        emit(type, attributes, inputs: inputs, outputs: outputs)
    }

    /// Emits one node.
    ///
    /// Absent inputs and outputs at the end are left out.
    public mutating func emit(
        _ type: String, _ attributes: [Attribute] = [], inputs: [String], outputs: [String]
    ) {
        sink.nodes.append(
            Node(
                type, domain: domain, name: sink.nodeName(nodeName, type),
                inputs: inputs.droppingTrailingEmpty, outputs: outputs.droppingTrailingEmpty,
                attributes: attributes))
    }

    /// Emits one node with the operator's bodies, from the operator's own inputs to as many outputs as the bodies give.
    ///
    /// Absent inputs stay, and outputs that nobody asked for get names: what a body takes and gives is found by its
    /// position.
    mutating func emitBodies(
        _ type: String, _ attributes: [Attribute] = [], outputCount: Int
    ) {
        sink.nodes.append(
            Node(
                type, domain: domain, name: sink.nodeName(nodeName, type), inputs: inputs,
                outputs: namedOutputs(outputCount), attributes: bodies + attributes))
    }

    /// Names for as many outputs: those asked for, and new ones for the others.
    mutating func namedOutputs(_ count: Int) -> [String] {
        var names = outputs
        while names.count < count { names.append("") }
        return names.map { $0.isEmpty ? freshName() : $0 }
    }

    /// Emits one node with one new output, and returns the output's name.
    public mutating func step(
        _ type: String, _ inputs: [String], _ attributes: [Attribute] = []
    ) -> String {
        let output = sink.fresh(outputs.first { !$0.isEmpty } ?? type)
        emit(type, attributes, inputs: inputs, outputs: [output])
        return output
    }

    /// Spells another operator at the version of its domain, from the named inputs, and returns its output's name.
    public mutating func append(
        _ operator: any Operator, _ inputs: [String], known: [Inferred?] = []
    ) throws -> String {
        let output = sink.fresh(outputs.first { !$0.isEmpty } ?? "value")
        try append(`operator`, inputs, outputs: [output], known: known)
        return output
    }

    /// Spells another operator at the version of its domain, between named values.
    public mutating func append(
        _ operator: any Operator, _ inputs: [String], outputs: [String], known: [Inferred?] = []
    ) throws {
        let domain = `operator`.id.domain
        let version = domain == self.domain ? opset : versions[Domain(domain)] ?? opset
        var nested = Speller(
            opset: version, inputs: inputs, outputs: outputs, known: known, domain: domain,
            versions: versions, nodeName: nodeName, sink: sink)
        nested = nested.adding(`operator`.operandValues)
        try `operator`.spell(&nested)
    }

    /// Makes a constant and returns its name.
    public func constant(_ tensor: Tensor) -> String {
        let name = sink.fresh("\(outputs.first { !$0.isEmpty } ?? "value")_constant")
        sink.initializers.append(NamedTensor(name: name, tensor))
        return name
    }

    /// Makes a scalar constant of the element type of the input at `index`, and returns its name.
    ///
    /// - Throws: ``HingeError`` when the input's type isn't known.
    public func scalar(_ value: Double, like index: Int) throws -> String {
        constant(try Tensor(filledWith: value, elementType(index), shape: []))
    }

    /// The element type of the input at `index`.
    ///
    /// - Throws: ``HingeError`` when it isn't known.
    public func elementType(_ index: Int) throws -> DataType {
        guard index < known.count, let type = known[index]?.type?.dataType else {
            throw HingeError(
                .unsupported,
                "the element type of input \(index) must be known to write this for opset \(opset)")
        }
        return type
    }

    /// The type of the input at `index`, if it is known.
    public func type(_ index: Int) -> ValueType? {
        index < known.count ? known[index]?.type : nil
    }

    /// The element type of the input at `index`, if it is known.
    public func dataType(_ index: Int) -> DataType? {
        index < known.count ? known[index]?.type?.dataType : nil
    }

    /// The shape of the input at `index`, if it is known.
    public func shape(_ index: Int) -> Shape? {
        index < known.count ? known[index]?.type?.shape : nil
    }

    /// The input at `index` if it is a known constant.
    public func constantInput(_ index: Int) -> Tensor? {
        index < known.count ? known[index]?.constant : nil
    }

    /// Whether the operator is the ``ChannelsLast`` form of another: its first input isn't that of the other.
    var isChannelsLast: Bool { domain == ChannelsLast.domain }

    /// Whether the operator's input at `index` is given.
    public func hasInput(_ index: Int) -> Bool { index < inputs.count && !inputs[index].isEmpty }

    /// Whether somebody asked for the operator's output at `index`.
    public func hasOutput(_ index: Int) -> Bool { index < outputs.count && !outputs[index].isEmpty }

    /// A name for a value in between.
    public mutating func freshName() -> String {
        sink.fresh(outputs.first { !$0.isEmpty } ?? "value")
    }

    /// The error that says which version the operator needs.
    public func needs(_ version: Int, _ what: String) -> HingeError {
        HingeError(.unsupported, "\(what) needs opset \(version), not \(opset)")
    }

    /// The input at `index` as a constant, for versions that have it as an attribute.
    ///
    /// - Throws: ``HingeError`` when it isn't a constant.
    public func constantInput(_ index: Int, named name: String, needing version: Int) throws
        -> Tensor
    {
        guard let tensor = constantInput(index) else {
            throw needs(version, "\(name) that is computed")
        }
        return tensor
    }
}

extension [String] {
    /// The names without absent ones at the end.
    fileprivate var droppingTrailingEmpty: [String] {
        var names = self
        while names.last?.isEmpty == true { names.removeLast() }
        return names
    }
}
