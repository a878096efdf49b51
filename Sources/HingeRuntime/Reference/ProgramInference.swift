import HingeGraph
import HingeOperators

/// Infers the values of programs without running them, bodies included, as far as that goes: what can't be inferred is
/// what the file states, or unknown.
final class ProgramInference {
    /// How many more steps are looked at, however often the bodies inside each other are inferred.
    private var budget = 1 << 16

    /// What is known of the outputs of a program.
    ///
    /// - Parameters:
    ///   - inputs: What is known of its inputs.
    ///   - captured: What is known of the values around it that it reads.
    func outputs(
        of program: Program, _ inputs: [Inferred?], _ captured: [Inferred?]
    ) -> [Inferred?] {
        var values = program.slots.map { slot -> Inferred? in
            slot.constant.map { Inferred(constant: $0) } ?? slot.type.map { Inferred(type: $0) }
        }
        for (slot, fact) in zip(program.inputs, inputs) where fact?.type != nil {
            values[slot] = fact
        }
        for (slot, fact) in zip(program.captures, captured) where fact?.type != nil {
            values[slot] = fact
        }
        for step in program.steps {
            guard budget > 0 else { break }
            budget -= 1
            for case (let slot?, let fact) in zip(step.outputs, infer(step, values))
            where fact.type != nil {
                values[slot] = fact
            }
        }
        return program.outputs.map { values[$0] }
    }

    private func infer(_ step: Program.Step, _ values: [Inferred?]) -> [Inferred] {
        var inputs = step.inputs.map { slot in slot.map { values[$0] ?? Inferred() } }
        for (index, tensor) in step.operands {
            while inputs.count <= index { inputs.append(nil) }
            inputs[index] = inputs[index] ?? Inferred(constant: tensor)
        }
        let bodies = BodyInference(self, step.bodies, values)
        let outputs = try? step.operation.inferOutputs(
            InferenceContext(inputs: inputs, outputCount: step.outputs.count, inferrer: bodies))
        return outputs ?? []
    }
}

/// Infers the bodies of one step.
private final class BodyInference: SubgraphInferrer {
    private let inference: ProgramInference
    private let bodies: [Program.Body]
    private let values: [Inferred?]

    init(_ inference: ProgramInference, _ bodies: [Program.Body], _ values: [Inferred?]) {
        self.inference = inference
        self.bodies = bodies
        self.values = values
    }

    func infer(_ body: String, _ inputs: [Inferred?]) throws -> [Inferred] {
        guard let body = bodies.first(where: { $0.name == body }) else {
            throw HingeError(.internalError, "the node has no body", at: [.attribute(body)])
        }
        return inference.outputs(of: body.program, inputs, body.captured.map { values[$0] })
            .map { $0 ?? Inferred() }
    }
}
