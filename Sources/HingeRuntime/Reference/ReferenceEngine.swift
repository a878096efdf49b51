import HingeGraph

/// Runs a model node by node with the operators' own evaluation.
struct ReferenceEngine: Engine {
    private let program: Program
    private let names: [String]
    private let slots: [String: Int]
    private let seed: UInt64

    init(_ model: Model, options: Session.Options) throws {
        let builder = ProgramBuilder(OperatorSets(model))
        program = try builder.build(model.graph)
        names = model.graph.inputs.map(\.name)
        slots = builder.names
        seed = options.seed
    }

    func run(
        _ inputs: [String: Value], outputs: [String], _ observer: Observer?
    ) throws -> [Value] {
        let outputSlots = try outputs.map { name in
            guard let slot = slots[name] else {
                throw HingeError(.mismatch, "the model has no value '\(name)'")
            }
            return slot
        }
        let run = ProgramRun(
            program, salt: seed, keep: Set(outputSlots), observer: observer)
        for name in names {
            if let slot = slots[name], let value = inputs[name] { run.values[slot] = value }
        }
        try run.execute()
        return try zip(outputs, outputSlots).map { name, slot in
            guard let value = run.values[slot] else {
                throw HingeError(
                    .mismatch, "expected the value '\(name)', which its node doesn't give")
            }
            return value
        }
    }
}
