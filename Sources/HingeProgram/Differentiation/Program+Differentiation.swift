import HingeGraph
import HingeOperators

extension Program {
    /// Makes the program give the gradients of the sum of a value's elements, in place of its outputs.
    ///
    /// The outputs have no names; give them some with ``nameOutputs(_:)``.
    ///
    /// - Parameters:
    ///   - y: The value that is differentiated.
    ///   - values: The values by which it is differentiated.
    /// - Throws: ``HingeError`` with the step as its context where an operator in between has no derivative; when one of the
    ///   values isn't a tensor of real numbers.
    package mutating func differentiate(_ y: SlotID, by values: [SlotID]) throws {
        var differentiation = Differentiation(self)
        for slot in [y] + values { try checkDifferentiable(slot) }
        let ones = try differentiation.appender.zeros(like: y, 1)
        let seed = Differentiation.Seed(value: y, gradient: ones)
        let gradients = try differentiation.gradients([seed], by: values)
        let outputs = try zip(gradients, values).map { gradient, value in
            try gradient ?? differentiation.appender.zeros(like: value)
        }
        self = differentiation.program
        self.outputs = outputs
        frame.outputs = outputs.map { ValueInfo(name: "", type: facts[$0].type) }
    }

    /// Gives the outputs other names.
    package mutating func nameOutputs(_ names: [String]) {
        for (index, name) in zip(frame.outputs.indices, names) {
            frame.outputs[index].name = name
        }
    }

    private func checkDifferentiable(_ slot: SlotID) throws {
        guard case .tensor(let type, _) = facts[slot].type, let type, type.isFloatingPoint else {
            let name = slots[slot].name.map { "'\($0)'" } ?? "a value"
            let found = facts[slot].type.map { "\($0)" } ?? "a value of unknown type"
            throw HingeError(
                .mismatch, "expected a tensor of real numbers for \(name), found \(found)")
        }
    }

    /// The steps on the way to a value from others, in order.
    func steps(to target: SlotID, from sources: [SlotID]) -> [StepID] {
        let sources = Set(sources)
        var needed: Set<SlotID> = sources.contains(target) ? [] : [target]
        var ids: [StepID] = []
        for (id, step) in steps.enumerated().reversed()
        where step.outputs.contains(where: { $0.map(needed.contains) ?? false }) {
            needed.formUnion(step.used.filter { !sources.contains($0) })
            ids.append(id)
        }
        return ids.reversed()
    }

    /// Makes a program of operators that stand for one.
    ///
    /// - Parameter known: What is known of its inputs, by position.
    init(_ expansion: Expansion, _ known: [Inferred?]) throws {
        var options = ProgramOptions()
        options.isStrict = true
        let builder = ProgramBuilder(
            options, InferenceScope(options.inference), FunctionLibrary([]),
            expansion.versions)
        self = try builder.build(expansion.graph, known)
    }
}
