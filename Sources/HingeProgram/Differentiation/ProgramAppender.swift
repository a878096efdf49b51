import HingeGraph
import HingeOperators

/// Adds steps at the end of a program.
struct ProgramAppender {
    typealias SlotID = Program.SlotID

    var program: Program
    private let scope: InferenceScope
    /// The slots of scalar constants, which derivatives use often.
    private var scalars: [Tensor: SlotID] = [:]

    init(_ program: Program) {
        self.program = program
        scope = InferenceScope(program.premise.options, symbols: program.premise.symbols)
        self.program.inferredLimit = nil
    }

    /// What is known of a value.
    func fact(_ slot: SlotID) -> Inferred { program.facts[slot] }

    /// Appends an operator.
    ///
    /// - Parameters:
    ///   - outputs: The slots of its outputs; `nil` for new ones.
    ///   - step: The step for whose sake it is there, whose places and random numbers it has.
    mutating func append(
        _ operation: any Operator, _ inputs: [SlotID?], outputs: [SlotID?]? = nil,
        outputCount: Int = 1, bodies: [Program.Body] = [], for step: Program.Step?
    ) throws -> [SlotID] {
        var inputs = inputs
        for (position, tensor) in operation.operandValues.sorted(by: { $0.key < $1.key }) {
            while inputs.count <= position { inputs.append(nil) }
            inputs[position] = inputs[position] ?? constant(tensor)
        }
        let known = inputs.map { $0.map { program.facts[$0] } }
        let inferrer =
            bodies.isEmpty
            ? nil : BodyInferrer(scope, bodies) { [facts = program.facts] in facts[$0] }
        let places = step?.places ?? []
        let inferred = try withPlaces(places) {
            try withContext(.node(name: "", type: operation.id.type)) {
                try scope.infer(
                    operation, known, outputCount: outputs?.count ?? outputCount, inferrer)
            }
        }
        let hint = step.map { $0.name.isEmpty ? $0.operation.id.type : $0.name } ?? ""
        let slots =
            outputs
            ?? (0..<outputCount).map { _ in
                program.add(Program.Slot(hint: "\(hint)_\(operation.id.type)"), Inferred())
            }
        for (position, slot) in slots.enumerated() {
            guard let slot else { continue }
            let fact = position < inferred.count ? inferred[position] : Inferred()
            program.facts[slot] = fact.filled(from: program.facts[slot].type).completed
        }
        program.steps.append(
            Program.Step(
                operation: operation, inputs: inputs, outputs: slots,
                bodies: inferrer?.bodies ?? [], name: "", source: nil, places: places,
                salt: step?.salt ?? 0))
        return slots.map { $0 ?? 0 }
    }

    /// Appends a step as it is.
    mutating func append(_ step: Program.Step) { program.steps.append(step) }

    /// A constant.
    mutating func constant(_ tensor: Tensor) -> SlotID {
        if tensor.rank == 0, let known = scalars[tensor] { return known }
        let slot = program.addConstant(tensor, hint: "constant")
        if tensor.rank == 0 { scalars[tensor] = slot }
        return slot
    }

    /// Appends the steps of a composition.
    ///
    /// - Parameters:
    ///   - inputs: Its inputs.
    ///   - results: The values that are wanted.
    ///   - outputs: The slots that they are to have; `nil` for others, and where the composition passes an input on.
    /// - Returns: The slots of the results.
    mutating func append(
        _ composition: Composition, _ inputs: [SlotID?], _ results: [Composition.Operand?],
        outputs: [SlotID?] = [], for step: Program.Step
    ) throws -> [SlotID?] {
        var slots: [Composition.Operand: SlotID] = [:]
        for case (let operand?, let slot?) in zip(composition.inputs, inputs) {
            slots[operand] = slot
        }
        let produced = Set(composition.steps.flatMap(\.outputs))
        for case (let operand?, let output?) in zip(results, outputs)
        where slots[operand] == nil && produced.contains(operand) {
            slots[operand] = output
        }
        func slot(_ operand: Composition.Operand?) -> SlotID? {
            guard let operand else { return nil }
            if let slot = slots[operand] { return slot }
            guard let tensor = composition.constantValue(operand) else { return nil }
            slots[operand] = constant(tensor)
            return slots[operand]
        }
        for inner in composition.steps {
            let known = inner.outputs.map { slots[$0] }
            let outputs = known.map { slot in
                slot ?? program.add(Program.Slot(hint: inner.operation.id.type), Inferred())
            }
            _ = try append(
                inner.operation, inner.inputs.map(slot), outputs: outputs, for: step)
            for (operand, slot) in zip(inner.outputs, outputs) { slots[operand] = slot }
        }
        return results.map(slot)
    }

    /// Appends the steps of a program that stands for a step, as if they stood there.
    ///
    /// - Parameters:
    ///   - inputs: What takes the place of its inputs.
    ///   - captured: What takes the place of its captured values.
    ///   - outputs: The slots that its outputs are to have; `nil` for others.
    mutating func append(
        _ inner: Program, _ inputs: [SlotID?], captured: [SlotID], outputs: [SlotID?],
        for step: Program.Step
    ) throws {
        var slots = [SlotID?](repeating: nil, count: inner.slots.count)
        var isAbsent = [Bool](repeating: false, count: inner.slots.count)
        for (position, slot) in inner.inputs.enumerated() {
            let given = position < inputs.count ? inputs[position] : nil
            slots[slot] = given
            isAbsent[slot] = given == nil
        }
        for (slot, given) in zip(inner.captures, captured) { slots[slot] = given }
        let produced = Set(inner.steps.flatMap(\.outputs).compactMap { $0 })
        for case (let slot, let output?) in zip(inner.outputs, outputs)
        where slots[slot] == nil && produced.contains(slot) {
            slots[slot] = output
        }
        for slot in inner.slots.indices where slots[slot] == nil && !isAbsent[slot] {
            var copy = inner.slots[slot]
            copy.hint = copy.name ?? copy.hint
            copy.name = nil
            slots[slot] = program.add(copy, inner.facts[slot])
        }
        for var next in inner.steps {
            next.inputs = next.inputs.map { $0.flatMap { slots[$0] } }
            next.outputs = next.outputs.map { $0.flatMap { slots[$0] } }
            for index in next.bodies.indices {
                next.bodies[index].captured = next.bodies[index].captured.compactMap { slots[$0] }
            }
            next.replaced = []
            next.source = nil
            next.move(into: step.places)
            append(next)
        }
        for case (let slot, let output?) in zip(inner.outputs, outputs) {
            guard let result = slots[slot], result != output else { continue }
            _ = try append(Identity(), [result], outputs: [output], for: step)
        }
    }

    /// Makes zeros of the type and shape of a value.
    mutating func zeros(like slot: SlotID, _ number: Double = 0) throws -> SlotID {
        let type = program.facts[slot].type?.dataType
        guard let type else {
            throw HingeError(
                .unsupported, "the element type of \(name(slot)) must be known")
        }
        let value = ConstantOfShape(try Tensor(filledWith: number, type, shape: [1]))
        let extents = program.facts[slot].type?.shape?.extents
        let shape =
            try extents.map { constant(Tensor($0.map { Int64($0) })) }
            ?? append(ShapeOf(), [slot], for: nil)[0]
        let result = try append(value, [shape], for: nil)[0]
        program.facts[result] = program.facts[result].filled(from: program.facts[slot].type)
        return result
    }

    /// How messages name a value.
    func name(_ slot: SlotID) -> String {
        program.slots[slot].name.map { "'\($0)'" } ?? "a value"
    }
}
