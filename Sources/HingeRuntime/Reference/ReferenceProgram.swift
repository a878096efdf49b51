import HingeGraph
import HingeOperators
import HingeProgram

/// A program that runs step by step with the operators' own evaluation.
final class ReferenceProgram: RunnableProgram {
    let program: Program
    /// For each step the slots that no later one reads.
    private let released: [[Program.SlotID]]
    /// The bodies of each step.
    private let bodies: [Program.StepID: [ReferenceProgram]]

    init(_ program: Program) {
        self.program = program
        var seen = Set(program.outputs)
        var released: [[Program.SlotID]] = []
        for step in program.steps.reversed() {
            let slots = step.used + step.outputs.compactMap { $0 }
            released.append(slots.filter { seen.insert($0).inserted })
        }
        self.released = released.reversed()
        bodies = Dictionary(
            uniqueKeysWithValues: program.steps.enumerated().compactMap { index, step in
                step.bodies.isEmpty
                    ? nil : (index, step.bodies.map { ReferenceProgram($0.program) })
            })
    }

    var inputCount: Int { program.inputs.count }

    func outputTypes(_ inputs: [Inferred?], _ captured: [Inferred]) -> [ValueType?] {
        program.outputTypes(inputs, captured)
    }

    func run(_ values: [Value?], seed: UInt64) throws -> [Value?] {
        try run(values, seed: seed, returning: program.outputs, nil)
    }

    /// Runs all steps.
    ///
    /// - Parameters:
    ///   - given: The inputs, then the captured values; `nil` for an input's default.
    ///   - seed: Where random numbers begin.
    ///   - results: The slots whose values are returned.
    ///   - observer: Called with each value that has a name.
    func run(
        _ given: [Value?], seed: UInt64, returning results: [Program.SlotID],
        _ observer: Observer?
    ) throws -> [Value?] {
        var values = program.slots.map(\.initial)
        for (slot, value) in zip(program.inputs + program.captures, given) {
            if let value { values[slot] = value }
        }
        let kept = Set(results)
        let profile = Profile.current
        let profiled = profile.map { $0.index(of: self) { descriptions } } ?? 0
        for (index, step) in program.steps.enumerated() {
            try withPlaces(step.places) {
                if let profile {
                    try profile.measureStep(index, of: profiled) {
                        try execute(step, index, &values, seed)
                    }
                } else {
                    try execute(step, index, &values, seed)
                }
            }
            if let observer { try show(step, values, to: observer) }
            for slot in released[index] where !kept.contains(slot) { values[slot] = nil }
        }
        return results.map { values[$0] }
    }

    private func execute(
        _ step: Program.Step, _ index: Program.StepID, _ values: inout [Value?], _ seed: UInt64
    ) throws {
        let salt = seed.mixed(with: step.salt)
        var runner: BodyRunner?
        if let programs = bodies[index] {
            let bodies = zip(step.bodies, programs).map { body, program in
                BodyRunner.Body(
                    name: body.attribute, program: program,
                    captured: body.captured.map { values[$0] })
            }
            runner = BodyRunner(bodies, salt: salt)
        }
        var context = EvaluationContext(
            inputs: step.inputs.map { $0.flatMap { values[$0] } },
            outputCount: step.outputs.count, runner: runner,
            generator: SeededGenerator(seed: salt))
        try step.operation.evaluate(&context)
        // An optional output that the operator leaves out, such as the mask of Dropout, stays nil.
        for case (let slot?, let value) in zip(step.outputs, context.outputs) {
            values[slot] = value
        }
    }

    private func show(
        _ step: Program.Step, _ values: [Value?], to observer: Observer
    ) throws {
        for case .some(let slot) in step.outputs {
            if let name = program.slots[slot].name, let value = values[slot] {
                try observer(name, value)
            }
        }
    }
}

extension Program {
    /// The types of the outputs, as far as they follow from what is known of inputs and captured values, and from what
    /// the file states.
    func outputTypes(_ given: [Inferred?], _ captured: [Inferred]) -> [ValueType?] {
        var program = self
        var options = InferenceOptions.running
        options.trustsFile = true
        guard (try? program.infer(inputs: given, captured: captured, options)) != nil else {
            return outputs.map { slots[$0].stated }
        }
        return outputs.map { program.facts[$0].type }
    }
}
