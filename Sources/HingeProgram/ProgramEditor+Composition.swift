import HingeGraph
import HingeOperators

extension ProgramEditor {
    /// Puts the operators that stand for a step's operator in its place.
    ///
    /// - Returns: Whether that was possible. It isn't where too little is known of the step's inputs.
    /// - Throws: ``HingeError`` when the inputs don't fit.
    @discardableResult
    public mutating func decompose(_ id: StepID) throws -> Bool {
        guard let step = steps[id], let operation = step.operation as? any ComposedOperator else {
            return false
        }
        let known = step.inputs.map { $0.map { program.facts[$0] } }
        let composition: Composition
        do {
            composition = try Composition(operation, known, outputCount: step.outputs.count)
        } catch let error as HingeError where error.code == .unsupported {
            return false
        }
        try place(composition, instead: id, step)
        return true
    }

    /// Has a step spelled anew that was made from a node of the standard's domain which the standard doesn't have in its version.
    ///
    /// - Returns: Whether it is such a step.
    @discardableResult
    public mutating func respell(_ id: StepID) -> Bool {
        guard program.isWritable, let step = steps[id], let source = step.source,
            Domain(source.node.domain) == .onnx,
            step.operation.id.domain.isEmpty, !(step.operation is OpaqueOperation),
            OperatorSchema.find(name: source.node.type, opset: source.version) == nil
        else { return false }
        setOperator(id, step.operation)
        return true
    }

    private mutating func place(
        _ composition: Composition, instead id: StepID, _ step: Program.Step
    ) throws {
        var slots: [Composition.Operand: SlotID] = [:]
        for case (let operand?, let slot?) in zip(composition.inputs, step.inputs) {
            slots[operand] = slot
        }
        let produced = Set(composition.steps.flatMap(\.outputs))
        var passedOn: [(Composition.Operand, SlotID)] = []
        for case (let operand?, let output?) in zip(composition.outputs, step.outputs) {
            if slots[operand] == nil, produced.contains(operand) {
                slots[operand] = output
            } else {
                passedOn.append((operand, output))
            }
        }
        let hint = hint(step.outputs.first ?? nil)
        func slot(_ operand: Composition.Operand) -> SlotID? {
            if let slot = slots[operand] { return slot }
            let tensor = composition.constantValue(operand)
            let new =
                tensor.map { addConstant($0, hint: "\(hint)_constant") }
                ?? addSlot(Program.Slot(hint: hint), Inferred())
            slots[operand] = new
            return new
        }
        for inner in composition.steps {
            let type = inner.operation.id.type
            try insert(
                inner.operation, inner.inputs.map { $0.flatMap(slot) },
                inner.outputs.map(slot),
                name: step.name.isEmpty ? "" : "\(step.name)/\(type)", at: id, replacing: [])
        }
        for (operand, output) in passedOn {
            try insert(
                Identity(), [slot(operand)], [output], name: step.name, at: id, replacing: [])
        }
        remove(id)
    }
}
