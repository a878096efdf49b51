import HingeGraph
import HingeOperators

/// Makes the body of a `Gradient`: the steps from its `xs` and `zs` to its `y`, followed by those of the gradients.
///
/// The values that it names are captured, whether the body reads them or not, so that they stay while it stands.
final class GradientBuilder: BodySource {
    private let builder: ProgramBuilder
    private let gradient: Gradient
    private let inputs: [Inferred?]
    private var body: Program.Body?

    init(_ builder: ProgramBuilder, _ gradient: Gradient, _ step: Program.Step) {
        self.builder = builder
        self.gradient = gradient
        inputs = step.inputs.map { $0.map { builder.program.facts[$0] } }
    }

    var isEmpty: Bool { false }

    func infer(_ name: String, _ inputs: [Inferred?]) throws -> [Inferred] {
        let body = try self.body ?? make()
        self.body = body
        return body.program.outputs.map { body.program.facts[$0] }
    }

    func finish() throws -> [Program.Body] {
        [try body ?? make()]
    }

    private func slot(_ name: String, _ attribute: String) throws -> Program.SlotID {
        guard let slot = builder.find(name) else {
            throw HingeError(
                .badData,
                "the value '\(name)' is not an input, an initializer or the output of an earlier "
                    + "node", at: [.attribute(attribute)])
        }
        return slot
    }

    private func make() throws -> Program.Body {
        let xs = try gradient.xs.map { try slot($0, "xs") }
        let zs = try gradient.zs.map { try slot($0, "zs") }
        let y = try slot(gradient.y, "y")
        var part = builder.program.part(
            builder.program.steps(to: y, from: xs + zs), outputs: [y])
        let given = xs + zs
        part.frame = Graph(name: "gradient")
        part.inputs = given
        part.captures.removeAll { given.contains($0) }
        for slot in given {
            part.slots[slot].initial = nil
            part.slots[slot].isFixed = false
        }
        let captured = part.captures
        try part.infer(
            builder.scope, inputs: inputs.map { $0.map { Inferred(type: $0.type) } },
            captured: captured.map { builder.program.facts[$0] })
        try part.differentiate(y, by: xs)
        var body = Program.Body(
            attribute: Gradient.body, program: part, captured: captured)
        _ = body.removeUnused()
        for slot in given + [y] where !body.captured.contains(slot) {
            body.captured.append(slot)
            let copy = Program.Slot(hint: builder.program.slots[slot].name ?? "")
            body.program.captures.append(body.program.add(copy, builder.program.facts[slot]))
        }
        return body
    }
}
