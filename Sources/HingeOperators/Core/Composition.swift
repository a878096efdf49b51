import HingeGraph

/// Operators that together compute what another one does: steps from its inputs to its outputs.
///
/// What is known of each value is inferred as steps are appended, so that later ones may depend on it.
public struct Composition: Sendable {
    /// A value: an input, a constant, or an output of a step.
    public struct Operand: Sendable, Hashable {
        fileprivate let number: Int
    }

    /// One application of an operator.
    package struct Step: Sendable {
        /// The operator.
        package let operation: any Operator
        /// Its inputs; `nil` for an absent one, and for one that the operator has itself.
        package let inputs: [Operand?]
        /// Its outputs.
        package let outputs: [Operand]
    }

    /// The inputs of the operator; `nil` for an absent one.
    public let inputs: [Operand?]
    /// The steps so far, in order.
    package private(set) var steps: [Step] = []
    /// The outputs of the operator, as far as they are given; `nil` for one that isn't.
    package private(set) var outputs: [Operand?]
    private var facts: [Inferred] = []
    private var constants: [Operand: Tensor] = [:]

    /// Creates a composition without steps.
    ///
    /// - Parameters:
    ///   - known: What is known of the inputs; `nil` for an absent one.
    ///   - outputCount: The number of outputs that are asked for.
    package init(_ known: [Inferred?], outputCount: Int) {
        inputs = known.enumerated().map { index, fact in
            fact == nil ? nil : Operand(number: index)
        }
        facts = known.map { $0 ?? Inferred() }
        outputs = [Operand?](repeating: nil, count: outputCount)
    }

    /// The composition of an operator.
    ///
    /// - Throws: ``HingeError`` when the inputs don't fit; `unsupported` when too little is known of them.
    package init(
        _ operation: some ComposedOperator, _ known: [Inferred?], outputCount: Int
    ) throws {
        self.init(known, outputCount: outputCount)
        try operation.compose(&self)
    }
}

extension Composition {
    /// Appends an operator with one output.
    ///
    /// - Throws: ``HingeError`` when the inputs don't fit.
    public mutating func append(_ operation: any Operator, _ inputs: Operand?...) throws -> Operand
    {
        try append(operation, inputs, outputCount: 1)[0]
    }

    /// Appends an operator with any number of inputs and outputs.
    ///
    /// - Throws: ``HingeError`` when the inputs don't fit.
    public mutating func append(
        _ operation: any Operator, _ inputs: [Operand?], outputCount: Int
    ) throws -> [Operand] {
        let known = Composition.adding(
            operation.operandValues.mapValues { Inferred(constant: $0) },
            to: inputs.map { $0.map { facts[$0.number] } })
        let inferred = try withContext(.node(name: "", type: operation.id.type)) {
            try operation.inferOutputs(
                InferenceContext(inputs: known, outputCount: outputCount))
        }
        let outputs = (0..<outputCount).map { index in
            add(index < inferred.count ? inferred[index] : Inferred())
        }
        steps.append(Step(operation: operation, inputs: inputs, outputs: outputs))
        return outputs
    }

    /// Adds a constant.
    public mutating func constant(_ tensor: Tensor) -> Operand {
        let operand = add(Inferred(constant: tensor))
        constants[operand] = tensor
        return operand
    }

    /// Makes a value the operator's output at `index`, if that is asked for.
    public mutating func give(_ operand: Operand, as index: Int = 0) {
        if index < outputs.count { outputs[index] = operand }
    }

    private mutating func add(_ fact: Inferred) -> Operand {
        facts.append(fact)
        return Operand(number: facts.count - 1)
    }

    /// Inputs with those that an operator has itself.
    private static func adding<Item>(_ own: [Int: Item], to inputs: [Item?]) -> [Item?] {
        var result = inputs
        for (position, item) in own {
            while result.count <= position { result.append(nil) }
            result[position] = result[position] ?? item
        }
        return result
    }
}

// MARK: - What is known

extension Composition {
    /// The input at `index`.
    ///
    /// - Throws: ``HingeError`` when it is absent.
    public func input(_ index: Int) throws -> Operand {
        guard let input = optionalInput(index) else {
            throw HingeError(.mismatch, "expected input \(index), found none")
        }
        return input
    }

    /// The input at `index`; `nil` when it is absent.
    public func optionalInput(_ index: Int) -> Operand? {
        index < inputs.count ? inputs[index] : nil
    }

    /// Whether the output at `index` is asked for.
    public func wants(_ index: Int) -> Bool { index < outputs.count }

    /// What is known of a value.
    public func fact(_ operand: Operand) -> Inferred { facts[operand.number] }

    /// The shape of a value, if its rank is known.
    public func shape(_ operand: Operand) -> Shape? { facts[operand.number].type?.shape }

    /// The shape of a value.
    ///
    /// - Throws: ``HingeError`` with the code `unsupported` when its rank isn't known, or `mismatch` when it isn't `rank`.
    public func knownShape(_ operand: Operand, rank: Int? = nil) throws -> Shape {
        guard let shape = shape(operand) else { throw unknown("the rank of an input") }
        if let rank, shape.rank != rank {
            throw HingeError(.mismatch, "expected \(rank) dimensions, found \(shape)")
        }
        return shape
    }

    /// The element type of a value.
    ///
    /// - Throws: ``HingeError`` with the code `unsupported` when it isn't known.
    public func dataType(_ operand: Operand) throws -> DataType {
        guard let type = facts[operand.number].type?.dataType else {
            throw unknown("the element type of an input")
        }
        return type
    }

    /// The error that says what must be known.
    func unknown(_ what: String) -> HingeError {
        HingeError(.unsupported, "\(what) must be known")
    }

    /// What is known of the outputs.
    var outputFacts: [Inferred] {
        outputs.map { $0.map { facts[$0.number] } ?? Inferred() }
    }

    /// The value of a constant that a step needs.
    package func constantValue(_ operand: Operand) -> Tensor? { constants[operand] }

    private func known(_ step: Step) -> [Inferred?] {
        Composition.adding(
            step.operation.operandValues.mapValues { Inferred(constant: $0) },
            to: step.inputs.map { $0.map { facts[$0.number] } })
    }

    /// What the steps need of the inputs, by position, where something is needed of the outputs.
    func inputNeeds(_ outputNeeds: [ElementNeeds?]) -> [Int: ElementNeeds] {
        var needs: [Operand: ElementNeeds] = [:]
        func add(_ need: ElementNeeds, to operand: Operand) {
            needs[operand] = needs[operand].map { need.merged(with: $0) } ?? need
        }
        for (output, need) in zip(outputs, outputNeeds) {
            if let output, let need { add(need, to: output) }
        }
        for step in steps.reversed() {
            let context = InferenceContext(
                inputs: known(step), outputCount: step.outputs.count)
            let found = step.operation.inputNeeds(context, step.outputs.map { needs[$0] })
            for (position, need) in found where position < step.inputs.count {
                if let operand = step.inputs[position] { add(need, to: operand) }
            }
        }
        return Dictionary(
            uniqueKeysWithValues: inputs.enumerated().compactMap { index, operand in
                operand.flatMap { needs[$0] }.map { (index, $0) }
            })
    }

    /// The number of products that the steps add up.
    var multiplyAccumulates: Int {
        Extent.sum(
            of: steps.map { step in
                step.operation.multiplyAccumulates(
                    InferenceContext(inputs: known(step), outputCount: step.outputs.count),
                    step.outputs.map { facts[$0.number] })
            })
    }
}

// MARK: - Running and spelling

extension Composition {
    /// Evaluates the steps.
    ///
    /// - Throws: ``HingeError`` from a step, which it names.
    func run(_ context: inout EvaluationContext) throws {
        var values = [Value?](repeating: nil, count: facts.count)
        for (operand, value) in zip(inputs, context.inputs) {
            if let operand { values[operand.number] = value }
        }
        for (operand, tensor) in constants { values[operand.number] = .tensor(tensor) }
        for step in steps {
            let given = Composition.adding(
                step.operation.operandValues.mapValues { Value.tensor($0) },
                to: step.inputs.map { $0.flatMap { values[$0.number] } })
            var inner = EvaluationContext(inputs: given, outputCount: step.outputs.count)
            try withContext(.node(name: "", type: step.operation.id.type)) {
                try step.operation.evaluate(&inner)
            }
            for (operand, value) in zip(step.outputs, inner.outputs) {
                values[operand.number] = value
            }
        }
        for (index, operand) in outputs.enumerated() {
            if let operand, let value = values[operand.number] { context.set(index, value) }
        }
    }
}

extension Speller {
    /// Spells an operator as others, from its own inputs to its own outputs.
    ///
    /// - Throws: ``HingeError`` with the code `unsupported` when the version can't express one of them, or too little is
    ///   known of the inputs.
    public mutating func compose(_ build: (inout Composition) throws -> Void) throws {
        let facts = inputs.enumerated().map { index, name in
            name.isEmpty ? nil : (index < known.count ? known[index] : nil) ?? Inferred()
        }
        var composition = Composition(facts, outputCount: outputs.count)
        try build(&composition)
        var names: [Composition.Operand: String] = [:]
        for (operand, name) in zip(composition.inputs, inputs) {
            if let operand { names[operand] = name }
        }
        let produced = Set(composition.steps.flatMap(\.outputs))
        var passedOn: [(Composition.Operand, String)] = []
        for (operand, name) in zip(composition.outputs, outputs) {
            guard let operand, !name.isEmpty else { continue }
            if names[operand] == nil, produced.contains(operand) {
                names[operand] = name
            } else {
                passedOn.append((operand, name))
            }
        }
        for step in composition.steps {
            let inputs = step.inputs.map { operand -> String in
                guard let operand else { return "" }
                if names[operand] == nil, let tensor = composition.constantValue(operand) {
                    names[operand] = constant(tensor)
                }
                return names[operand] ?? ""
            }
            let outputs = step.outputs.map { operand in
                let name = names[operand] ?? freshName()
                names[operand] = name
                return name
            }
            try append(
                step.operation, inputs, outputs: outputs,
                known: step.inputs.map { $0.map { composition.fact($0) } })
        }
        for (operand, name) in passedOn {
            if names[operand] == nil, let tensor = composition.constantValue(operand) {
                names[operand] = constant(tensor)
            }
            try append(
                Identity(), [names[operand] ?? ""], outputs: [name],
                known: [composition.fact(operand)])
        }
    }
}
