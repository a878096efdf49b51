import HingeGraph
import HingeProgram

/// Runs a model node by node with the operators' own evaluation.
struct ReferenceEngine: Engine {
    let program: ReferenceProgram
    private let inputs: [String]
    private let slots: [String: Program.SlotID]
    private let options: Session.Options

    init(_ model: Model, options: Session.Options) throws {
        var reading = ProgramOptions.running
        reading.alignsConstants = true
        let program = try Program(model, reading)
        self.program = ReferenceProgram(program)
        inputs = model.graph.inputs.map(\.name)
        var slots = program.slotsByName
        for (info, slot) in zip(model.graph.outputs, program.outputs) { slots[info.name] = slot }
        self.slots = slots
        self.options = options
    }

    func run(
        _ inputs: [String: Value], outputs: [String], _ observer: Observer?
    ) throws -> [Value] {
        let results = try outputs.map { name in
            guard let slot = slots[name] else {
                throw HingeError(.mismatch, "the model has no value '\(name)'")
            }
            return slot
        }
        let values = try Threads.with(options.threads) {
            try program.run(
                self.inputs.map { inputs[$0] }, seed: options.seed, returning: results, observer)
        }
        return try zip(outputs, values).map { name, value in
            guard let value else {
                throw HingeError(
                    .mismatch, "expected the value '\(name)', which its node doesn't give")
            }
            return value
        }
    }
}
