import HingeGraph
import HingeOperators
import HingeProgram

extension Session {
    /// Runs the model, and notes how long each step takes.
    ///
    /// One run at a time may use a profile.
    ///
    /// - Throws: ``HingeError`` as ``run(_:outputs:)`` does.
    package func run(
        _ inputs: [String: Value], profiling profile: Profile
    ) throws -> [String: Value] {
        try profile.measureRun { try run(inputs) }
    }

    /// What the session does for inputs of the types of the given ones, without doing it.
    ///
    /// The steps behind a data-dependent shape, and those of bodies, are planned only by a run: they are not described.
    ///
    /// - Throws: ``HingeError`` with the code `mismatch` when an input is missing, unknown or doesn't fit, and what
    ///   compiling throws.
    package func plan(for inputs: [String: Value]) throws -> PlanDescription {
        try signature.check(inputs)
        return try engine.plan(for: inputs)
    }
}

extension FastEngine {
    func plan(for inputs: [String: Value]) throws -> PlanDescription {
        try variant(inputs, outputs).plan(for: inputs)
    }
}

extension Variant {
    func plan(for values: [String: Value]) throws -> PlanDescription {
        try planned.description(
            inputs.map { name in
                values[name]?.tensor.map { TensorType(dataType: $0.dataType, shape: $0.shape) }
            })
    }
}

extension ReferenceEngine {
    func plan(for inputs: [String: Value]) -> PlanDescription {
        PlanDescription(steps: program.descriptions)
    }
}

extension ReferenceProgram {
    /// What each step is.
    var descriptions: [StepDescription] {
        program.steps.map { step in
            StepDescription(
                nodes: step.name.isEmpty ? [] : [step.name], operators: [step.operation.id.type],
                kernel: "reference", layout: "row-major")
        }
    }
}
