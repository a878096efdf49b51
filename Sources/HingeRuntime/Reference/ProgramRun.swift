import HingeGraph
import HingeOperators

/// One run of a program: the values of its slots as they come and go.
final class ProgramRun {
    /// The values; `nil` for those not computed yet, absent, or no longer needed.
    var values: [Value?]
    private let program: Program
    private let salt: UInt64
    private let keep: Set<Int>
    private let observer: Observer?

    /// - Parameters:
    ///   - salt: Where random numbers begin.
    ///   - keep: Slots that stay when no later step needs them.
    ///   - observer: Called with each value that has a name.
    init(_ program: Program, salt: UInt64, keep: Set<Int> = [], observer: Observer? = nil) {
        self.program = program
        self.salt = salt
        self.keep = keep
        self.observer = observer
        values = program.initial
    }

    /// Runs a program from its inputs to its outputs.
    static func outputs(
        of program: Program, _ inputs: [Value?], captured: [Value?] = [], salt: UInt64
    ) throws -> [Value?] {
        guard inputs.count <= program.inputs.count else {
            throw HingeError(
                .mismatch, "expected at most \(program.inputs.count) inputs, found \(inputs.count)")
        }
        let run = ProgramRun(program, salt: salt)
        for (slot, value) in zip(program.inputs, inputs) {
            if let value { run.values[slot] = value }
        }
        for (slot, value) in zip(program.captures, captured) { run.values[slot] = value }
        try run.execute()
        return program.outputs.map { run.values[$0] }
    }

    /// Runs all steps.
    func execute() throws {
        for step in program.steps {
            try withPlaces(step.places) { try execute(step) }
            if let observer { try show(step, to: observer) }
            for slot in step.released where !keep.contains(slot) { values[slot] = nil }
        }
    }

    private func execute(_ step: Program.Step) throws {
        var inputs = step.inputs.map { $0.flatMap { values[$0] } }
        for (index, tensor) in step.operands {
            while inputs.count <= index { inputs.append(nil) }
            if inputs[index] == nil { inputs[index] = .tensor(tensor) }
        }
        let salt = salt.mixed(with: step.salt)
        let runner =
            step.bodies.isEmpty
            ? nil
            : BodyRunner(
                step.bodies, step.bodies.map { $0.captured.map { values[$0] } }, salt: salt)
        var context = EvaluationContext(
            inputs: inputs, outputCount: step.outputs.count, runner: runner,
            generator: SeededGenerator(seed: salt))
        try step.operation.evaluate(&context)
        // An optional output that the operator leaves out, such as the mask of Dropout, stays nil.
        for case (let slot?, let value) in zip(step.outputs, context.outputs) {
            values[slot] = value
        }
    }

    private func show(_ step: Program.Step, to observer: Observer) throws {
        for case .some(let slot) in step.outputs {
            if let name = program.slots[slot].name, let value = values[slot] {
                try observer(name, value)
            }
        }
    }
}

/// Runs the subgraphs of one node, with the values around it.
final class BodyRunner: SubgraphRunner {
    private let bodies: [Program.Body]
    private let captured: [[Value?]]
    private let salt: UInt64
    private var runs: UInt64 = 0

    /// - Parameters:
    ///   - captured: For each body the values around it that it reads.
    ///   - salt: Where random numbers begin.
    init(_ bodies: [Program.Body], _ captured: [[Value?]], salt: UInt64) {
        self.bodies = bodies
        self.captured = captured
        self.salt = salt
    }

    func run(_ body: String, _ inputs: [Value?]) throws -> [Value?] {
        let index = try index(of: body)
        runs += 1
        return try withContext(.attribute(body)) {
            try ProgramRun.outputs(
                of: bodies[index].program, inputs, captured: captured[index],
                salt: salt.mixed(with: runs))
        }
    }

    func outputTypes(of body: String, _ inputs: [Inferred?]) throws -> [ValueType?] {
        let index = try index(of: body)
        let around = try captured[index].map { value in
            try value.map { Inferred(type: try $0.valueType) }
        }
        let inference = ProgramInference()
        return inference.outputs(of: bodies[index].program, inputs, around).map { $0?.type }
    }

    private func index(of body: String) throws -> Int {
        guard let index = bodies.firstIndex(where: { $0.name == body }) else {
            throw HingeError(.internalError, "the node has no body", at: [.attribute(body)])
        }
        return index
    }
}

extension UInt64 {
    /// A number that depends on both.
    func mixed(with other: UInt64) -> UInt64 {
        var generator = SeededGenerator(seed: self ^ (other &* 0x9E37_79B9_7F4A_7C15))
        return generator.next()
    }
}
