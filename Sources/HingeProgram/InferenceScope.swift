import HingeGraph
import HingeOperators

/// How types, shapes and constants are inferred.
public struct InferenceOptions: Hashable, Sendable {
    /// Shapes of inputs, by name, in place of those that the model states.
    ///
    /// They must fit what the model states; the symbolic dimensions that they make known are known everywhere.
    public var inputShapes: [String: Shape] = [:]
    /// The largest number of elements of a constant that is computed on the way.
    public var constantLimit = 1024
    /// Whether larger constants are computed too, if they have no more elements than what they are computed of.
    public var computesLargeConstants = false
    /// Whether quantized weights of more than ``dequantizedLimit`` elements are left as they are: what runs on integers needs no
    /// numbers.
    package var keepsQuantizedWeights = false
    /// The largest number of elements that are dequantized ahead though quantized weights are left.
    package static let dequantizedLimit = 1 << 14
    /// Whether an operator whose inputs don't fit is no error, so that nothing is known of its outputs.
    package var isLenient = false
    /// Whether what the file states of intermediate values fills in what isn't found.
    package var trustsFile = true

    /// Creates options.
    public init() {}
}

/// Infers what is known of values: the one driver of the operators' inference and of folding constants.
///
/// Rules:
/// - A step's outputs are what its operator infers, checked.
/// - An output of a deterministic operator whose inputs are all constants is a constant too, if it is not too large.
/// - A body is inferred with what its operator says of its inputs, the values around it in scope.
/// - What the file states of a value fills in what isn't found, and never overrides it.
final class InferenceScope {
    let options: InferenceOptions
    /// The extents of symbolic dimensions that the caller gave.
    let symbols: [String: Shape.Dimension]
    /// How many more steps of bodies are inferred: one inside the other, each may be inferred several times.
    private var budget = CallLimits.nodeCount

    init(_ options: InferenceOptions, symbols: [String: Shape.Dimension] = [:]) {
        self.options = options
        self.symbols = symbols
    }

    /// Whether a body of so many steps may be inferred.
    func takeBody(stepCount: Int) -> Bool {
        guard budget > 0 else { return false }
        budget -= stepCount + 1
        return true
    }

    /// What is known of the input of a program.
    ///
    /// Of an input of a body of which the operator knows something, what the body states adds type and rank but no
    /// extent: it may be that of the first iteration.
    func settle(input fact: Inferred?, _ stated: ValueType?, isBody: Bool) -> Inferred {
        guard let fact else { return settle(Inferred(), stated) }
        return settle(fact, isBody ? stated?.withoutExtents : stated)
    }

    /// What is known of the outputs of an operator.
    ///
    /// - Throws: ``HingeError`` when the inputs don't fit, unless the options are lenient.
    func infer(
        _ operation: any Operator, _ inputs: [Inferred?], outputCount: Int,
        _ bodies: (any SubgraphInferrer)?
    ) throws -> [Inferred] {
        let outputs: [Inferred]
        do {
            outputs = try operation.inferOutputs(
                InferenceContext(inputs: inputs, outputCount: outputCount, inferrer: bodies))
        } catch let error as HingeError where options.isLenient || error.code == .unsupported {
            return []
        }
        guard bodies == nil else { return outputs }
        var limit = options.constantLimit
        if options.computesLargeConstants {
            limit = max(limit, Extent.sum(of: inputs.map { $0?.constant?.count ?? 0 }))
        }
        if options.keepsQuantizedWeights, operation is DequantizeLinear {
            limit = min(limit, InferenceOptions.dequantizedLimit)
        }
        return operation.constants(inputs, outputs, limit: limit) ?? outputs
    }

    /// What is known of a value, given what was inferred of it and what the file states.
    func settle(_ fact: Inferred, _ stated: ValueType?) -> Inferred {
        (options.trustsFile ? fact.filled(from: stated) : fact).completed
    }
}

extension Program {
    /// Infers what is known of all values anew.
    ///
    /// - Parameters:
    ///   - inputs: What is known of the inputs, by position; `nil` for what the file states.
    ///   - captured: What is known of the captured values, by position.
    /// - Throws: ``HingeError`` with the step as its context when inputs don't fit an operator.
    mutating func infer(
        _ scope: InferenceScope, inputs given: [Inferred?], captured: [Inferred]
    ) throws {
        for slot in slots.indices { facts[slot] = known(slot) }
        for (position, slot) in inputs.enumerated() where !slots[slot].isFixed {
            facts[slot] = scope.settle(
                input: position < given.count ? given[position] : nil, slots[slot].stated,
                isBody: isBody)
        }
        for (slot, fact) in zip(captures, captured) { facts[slot] = fact }
        for index in steps.indices { try infer(index, scope) }
    }

    /// Infers what is known of all values for inputs of the given types.
    ///
    /// - Parameter inputs: What is known of the inputs, by position.
    package mutating func infer(
        inputs: [Inferred?], captured: [Inferred] = [], _ options: InferenceOptions
    ) throws {
        let scope = InferenceScope(options)
        if captured.isEmpty, isInferred(scope, inputs) { return }
        inferredLimit = nil
        try infer(scope, inputs: inputs, captured: captured)
    }

    /// Whether what is known of the values is what would be inferred for inputs of the given types.
    private func isInferred(_ scope: InferenceScope, _ given: [Inferred?]) -> Bool {
        var options = premise.options
        // The weights that were left are in nobody's way where nothing dequantizes them.
        if options.keepsQuantizedWeights, !steps.contains(where: { $0.mayDequantize }) {
            options.keepsQuantizedWeights = scope.options.keepsQuantizedWeights
        }
        guard inferredLimit == scope.options.constantLimit, options == scope.options,
            premise.symbols.isEmpty, captures.isEmpty, given.count == inputs.count
        else { return false }
        return zip(inputs, given).allSatisfy { slot, fact in
            slots[slot].isFixed
                || facts[slot]
                    == scope.settle(input: fact, slots[slot].stated, isBody: isBody)
        }
    }

    /// Infers what is known of all values anew, with larger constants computed.
    ///
    /// - Parameter limit: The largest number of elements of a constant that has more of them than what it is computed of.
    package mutating func inferConstants(limit: Int) throws {
        if let inferredLimit, !steps.contains(where: mayBecomeConstant),
            inferredLimit <= limit || !steps.contains(where: { hasConstant(above: limit, $0) })
        {
            return
        }
        var options = premise.options
        options.constantLimit = limit
        options.computesLargeConstants = true
        try infer(
            InferenceScope(options, symbols: premise.symbols), inputs: premise.inputs, captured: [])
        inferredLimit = limit
    }

    /// Whether the outputs of a step might be constants that aren't known to be.
    private func mayBecomeConstant(_ step: Step) -> Bool {
        guard step.bodies.isEmpty else { return true }
        for case let slot? in step.inputs where facts[slot].constant == nil { return false }
        return step.operation.isDeterministic
            && step.outputs.contains { $0.map { facts[$0].constant == nil } ?? false }
    }

    /// Whether an output of a step is a constant that is too large for a limit.
    private func hasConstant(above limit: Int, _ step: Step) -> Bool {
        let isConstant = step.outputs.contains { $0.map { facts[$0].constant != nil } ?? false }
        guard isConstant else { return false }
        let limit = max(
            limit, Extent.sum(of: step.inputs.map { $0.flatMap { facts[$0].constant?.count } ?? 0 })
        )
        return step.outputs.contains { slot in
            slot.flatMap { facts[$0].constant }.map { $0.count > limit } ?? false
        }
    }

    /// What is known of a slot before anything is inferred.
    func known(_ slot: SlotID) -> Inferred {
        let slot = slots[slot]
        guard slot.isFixed, let initial = slot.initial else { return Inferred() }
        switch initial {
        case .tensor(let tensor): return Inferred(constant: tensor)
        default: return Inferred(type: slot.stated?.withinLimits)
        }
    }

    /// Infers the outputs of one step.
    mutating func infer(_ index: StepID, _ scope: InferenceScope) throws {
        let step = steps[index]
        let known = step.inputs.map { $0.map { facts[$0] } }
        let bodies =
            step.bodies.isEmpty
            ? nil : BodyInferrer(scope, step.bodies) { [facts] in facts[$0] }
        let outputs = try withPlaces(step.places) {
            try scope.infer(
                step.operation, known, outputCount: step.outputs.count, bodies)
        }
        if let bodies { steps[index].bodies = bodies.bodies }
        for (position, slot) in step.outputs.enumerated() {
            guard let slot else { continue }
            let fact = position < outputs.count ? outputs[position] : Inferred()
            facts[slot] = scope.settle(fact, slots[slot].stated)
        }
    }
}

extension Program.Step {
    /// Whether the step, or one in a body, dequantizes something.
    fileprivate var mayDequantize: Bool { operation is DequantizeLinear || !bodies.isEmpty }
}

/// Infers the bodies of a step, and keeps what was found in them.
final class BodyInferrer: SubgraphInferrer {
    private(set) var bodies: [Program.Body]
    private let scope: InferenceScope
    private let outer: (Program.SlotID) -> Inferred

    init(
        _ scope: InferenceScope, _ bodies: [Program.Body],
        outer: @escaping (Program.SlotID) -> Inferred
    ) {
        self.scope = scope
        self.bodies = bodies
        self.outer = outer
    }

    func infer(_ body: String, _ inputs: [Inferred?]) throws -> [Inferred] {
        guard let index = bodies.firstIndex(where: { $0.attribute == body }) else {
            throw HingeError(.badData, "expected a graph, found none", at: [.attribute(body)])
        }
        guard scope.takeBody(stepCount: bodies[index].program.steps.count) else {
            return bodies[index].program.outputs.map { _ in Inferred() }
        }
        let captured = bodies[index].captured.map(outer)
        try withContext(.attribute(body)) {
            try bodies[index].program.infer(scope, inputs: inputs, captured: captured)
        }
        let program = bodies[index].program
        return program.outputs.map { program.facts[$0] }
    }
}

/// Runs `body`; an error that leaves it carries `places` as its outermost context.
package func withPlaces<Result>(
    _ places: @autoclosure () -> [HingeError.Place], _ body: () throws -> Result
) throws -> Result {
    do {
        return try body()
    } catch {
        var error =
            (error as? HingeError)
            ?? HingeError(.internalError, "\(error)", underlying: error)
        error.context = places() + error.context
        throw error
    }
}
