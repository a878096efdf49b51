import HingeGraph
import HingeOperators

/// A program while a pass changes it: who produces and who uses each value, what is known of it, and the changes,
/// which keep the steps in topological order.
///
/// Steps are known by ids, which stay valid while the program changes. Walk ``ids``, look at ``step(_:)``, then
/// ``replace(_:with:inputs:name:)`` what a rule matches.
public struct ProgramEditor {
    /// A step of the program.
    public typealias StepID = Program.StepID
    /// A value of the program.
    public typealias SlotID = Program.SlotID

    var program: Program
    private let scope: InferenceScope
    var steps: [Program.Step?]
    /// The number of steps of the program as it was: each is a place.
    let placeCount: Int
    /// The steps that stand in a place, in order, where it isn't just the one that stood there.
    var crowds: [Int: [StepID]] = [:]
    /// The places of the steps that were added.
    private var newPlaces: [Int] = []
    /// Who gives and who uses each value, found when it is first asked for.
    private let links = Links()
    var outputs: Set<SlotID>
    /// Whether anything changed.
    public private(set) var hasChanged = false

    init(_ program: Program) {
        self.program = program
        scope = InferenceScope(program.premise.options, symbols: program.premise.symbols)
        outputs = Set(program.outputs)
        placeCount = program.steps.count
        steps = program.steps.map { $0 }
        self.program.steps = []
    }

    /// The place of a step.
    private func place(_ id: StepID) -> Int {
        id < placeCount ? id : newPlaces[id - placeCount]
    }

    /// The steps that stand in a place, in order.
    func crowd(_ place: Int) -> [StepID] { crowds[place] ?? [place] }

    /// The program with the changes made.
    consuming func finish() -> Program {
        var program = program
        program.steps = ids.compactMap { steps[$0] }
        program.inferredLimit = nil
        return program
    }

    private mutating func add(_ step: Program.Step, at place: Int) -> StepID {
        let id = steps.count
        steps.append(step)
        newPlaces.append(place)
        links.add(id, step)
        return id
    }

    /// The step that gives a value.
    func producer(_ slot: SlotID) -> StepID? {
        links.producer(slot, steps, slotCount: program.slots.count)
    }

    /// The first steps that use a slot, each once.
    func users(of slot: SlotID, limit: Int = .max) -> [StepID] {
        var found: [StepID] = []
        var seen: Set<StepID> = []
        for id in links.users(slot, steps, slotCount: program.slots.count) {
            guard let step = steps[id], step.usedInAnyForm.contains(slot),
                seen.insert(id).inserted
            else {
                continue
            }
            found.append(id)
            if found.count == limit { break }
        }
        return found
    }
}

/// The step that gives each value, and the steps that use it, and some that no longer do.
///
/// Many passes never ask; so each table is made when one does.
private final class Links {
    private var producers: [Program.StepID?]?
    private var users: [[Program.StepID]]?

    /// The step that gives a value.
    func producer(
        _ slot: Program.SlotID, _ steps: [Program.Step?], slotCount: Int
    ) -> Program.StepID? {
        if producers == nil {
            var producers = [Program.StepID?](repeating: nil, count: slotCount)
            for (id, step) in steps.enumerated() {
                guard let step else { continue }
                for case let slot? in step.outputs { producers[slot] = id }
            }
            self.producers = producers
        }
        guard let producers, slot < producers.count else { return nil }
        return producers[slot]
    }

    /// The steps that use, or used, a value.
    func users(
        _ slot: Program.SlotID, _ steps: [Program.Step?], slotCount: Int
    ) -> [Program.StepID] {
        if users == nil {
            var users = [[Program.StepID]](repeating: [], count: slotCount)
            for (id, step) in steps.enumerated() {
                guard let step else { continue }
                for slot in step.usedInAnyForm where users[slot].last != id {
                    users[slot].append(id)
                }
            }
            self.users = users
        }
        guard let users, slot < users.count else { return [] }
        return users[slot]
    }

    /// Adds a step.
    func add(_ id: Program.StepID, _ step: Program.Step) {
        addOutputs(id, step)
        addUses(id, step.usedInAnyForm)
    }

    /// Makes a step the one that gives its outputs.
    func addOutputs(_ id: Program.StepID, _ step: Program.Step) {
        guard producers != nil else { return }
        for case let slot? in step.outputs {
            while let count = producers?.count, count <= slot { producers?.append(nil) }
            producers?[slot] = id
        }
    }

    /// Makes a step one that uses values.
    func addUses(_ id: Program.StepID, _ slots: [Program.SlotID]) {
        guard users != nil else { return }
        for slot in slots {
            while let count = users?.count, count <= slot { users?.append([]) }
            users?[slot].append(id)
        }
    }

    /// Takes from a step what it gives.
    func removeOutputs(_ id: Program.StepID, _ step: Program.Step) {
        for case let slot? in step.outputs where gives(id, slot) { producers?[slot] = nil }
    }

    private func gives(_ id: Program.StepID, _ slot: Program.SlotID) -> Bool {
        guard let producers, slot < producers.count else { return false }
        return producers[slot] == id
    }
}

extension Program {
    /// Changes the program's bodies and then the program itself, each by `body`.
    ///
    /// The bodies of called functions stay as they are.
    ///
    /// - Returns: Whether anything changed.
    /// - Throws: What `body` throws; nothing has changed then.
    public mutating func edit(
        _ body: (inout ProgramEditor) throws -> Void
    ) throws -> Bool {
        var result = self
        var changed = false
        for index in result.steps.indices where result.steps[index].hasBodies {
            for position in result.steps[index].bodies.indices {
                let isChanged = try result.steps[index].bodies[position].program.edit(body)
                changed = changed || isChanged
            }
        }
        var editor = ProgramEditor(result)
        try body(&editor)
        if editor.hasChanged {
            result = editor.finish()
            changed = true
        }
        if changed { self = result }
        return changed
    }
}

extension Program.Step {
    /// Whether the step has bodies that may change.
    var hasBodies: Bool {
        !bodies.isEmpty && !(operation is FunctionCall) && !(operation is Gradient)
    }
}

extension ProgramEditor {
    /// Replaces steps by one operator, which computes the first output of the last of them.
    ///
    /// The new step stands where the last of the steps stood.
    ///
    /// - Parameters:
    ///   - ids: The steps, in topological order; the last is the one whose output stays.
    ///   - operator: The operator.
    ///   - inputs: Its inputs: values that exist before the last of the steps.
    ///   - name: The new step's name; `nil` for that of the last of the steps.
    /// - Returns: The new step.
    /// - Throws: ``HingeError`` when the inputs don't fit the operator; nothing has changed then.
    @discardableResult
    public mutating func replace(
        _ ids: [StepID], with operator: any Operator, inputs: [SlotID?], name: String? = nil
    ) throws -> StepID? {
        guard let last = ids.last, let step = steps[last] else { return nil }
        var outputs = step.outputs
        while outputs.count > 1, let output = outputs.last, isUnused(output) {
            outputs.removeLast()
        }
        return try insert(
            `operator`, inputs, outputs, name: name ?? step.name, at: last, replacing: ids)
    }

    /// Adds an operator with one output in front of a step.
    ///
    /// - Parameters:
    ///   - hint: The beginning of the name of its output.
    ///   - name: The name of the step.
    /// - Returns: Its output.
    /// - Throws: ``HingeError`` when the inputs don't fit the operator.
    @discardableResult
    public mutating func insert(
        _ operator: any Operator, inputs: [SlotID?], before id: StepID, hint: String? = nil,
        name: String = ""
    ) throws -> SlotID {
        let hint = hint ?? (name.isEmpty ? `operator`.id.type : name)
        let output = addSlot(Program.Slot(hint: hint), Inferred())
        try insert(`operator`, inputs, [output], name: name, at: id, replacing: [])
        return output
    }

    /// Adds an operator in front of a step, or in place of steps.
    @discardableResult
    mutating func insert(
        _ operator: any Operator, _ inputs: [SlotID?], _ outputs: [SlotID?], name: String,
        at id: StepID, replacing ids: [StepID]
    ) throws -> StepID {
        let around = steps[id]
        var known = inputs.map { $0.map { program.facts[$0] } }
        let operands = `operator`.operandValues.sorted { $0.key < $1.key }
        for (position, tensor) in operands {
            while known.count <= position { known.append(nil) }
            known[position] = known[position] ?? Inferred(constant: tensor)
        }
        let inferred = try withContext(.node(name: name, type: `operator`.id.type)) {
            try scope.infer(`operator`, known, outputCount: outputs.count, nil)
        }
        let replaced = keepsForm(`operator`) ? [] : inOrder(ids).compactMap { steps[$0] }
        for old in ids { remove(old) }
        var step = Program.Step(
            operation: `operator`, inputs: inputs, outputs: outputs, name: name, source: nil,
            places: around?.places ?? [], salt: around?.salt ?? 0)
        for (position, tensor) in operands {
            while step.inputs.count <= position { step.inputs.append(nil) }
            guard step.inputs[position] == nil else { continue }
            let hint = step.hint(hint(outputs.first ?? nil), inputAt: position)
            step.inputs[position] = addConstant(tensor, hint: hint)
        }
        step.replaced = replaced
        let new = add(step, at: place(id))
        var crowd = crowd(place(id))
        crowd.insert(new, at: crowd.firstIndex(of: id) ?? crowd.endIndex)
        crowds[place(id)] = crowd
        for (output, fact) in zip(outputs, inferred) {
            guard let output else { continue }
            program.facts[output] = fact.filled(from: program.facts[output].type)
        }
        hasChanged = true
        return new
    }

    /// Whether the version that the program was written in has an operator, or nobody is to write the program.
    private func keepsForm(_ operation: any Operator) -> Bool {
        guard program.isWritable else { return true }
        let domain = Domain(operation.id.domain)
        guard let version = program.versions[domain] else { return false }
        let schema = OperatorSchema.find(
            domain: domain.name, name: operation.id.type, opset: version)
        return schema?.isDeprecated == false
    }

    private func inOrder(_ ids: [StepID]) -> [StepID] {
        ids.sorted { first, second in
            guard place(first) == place(second) else { return place(first) < place(second) }
            let here = crowd(place(first))
            return (here.firstIndex(of: first) ?? 0) < (here.firstIndex(of: second) ?? 0)
        }
    }

    /// Removes a step.
    ///
    /// Nobody may use its outputs, unless they are produced anew.
    public mutating func remove(_ id: StepID) {
        guard let step = steps[id] else { return }
        links.removeOutputs(id, step)
        steps[id] = nil
        hasChanged = true
    }

    /// Adds a constant.
    ///
    /// - Returns: Its slot.
    public mutating func addConstant(_ tensor: Tensor, hint: String) -> SlotID {
        hasChanged = true
        return program.addConstant(tensor, hint: hint)
    }

    mutating func addSlot(_ slot: Program.Slot, _ fact: Inferred) -> SlotID {
        return program.add(slot, fact)
    }

    /// Makes produced values constants, and removes the step that produced them.
    ///
    /// - Precondition: the step has no other outputs that are used.
    public mutating func replace(_ id: StepID, withConstants constants: [SlotID: Tensor]) {
        remove(id)
        for (slot, tensor) in constants {
            program.slots[slot].initial = .tensor(tensor)
            program.slots[slot].isFixed = true
            program.facts[slot] = Inferred(constant: tensor)
        }
    }

    /// Changes a step's inputs.
    public mutating func setInputs(_ id: StepID, _ inputs: [SlotID?]) {
        guard let step = steps[id], step.inputs != inputs else { return }
        update(id) { step in
            if step.inputs.count != inputs.count { step.source = nil }
            step.replaced = []
            step.inputs = inputs
        }
    }

    /// Changes a step's operator; its inputs and outputs stay.
    public mutating func setOperator(_ id: StepID, _ operator: any Operator) {
        update(id) { step in
            step.operation = `operator`
            step.source = nil
            step.replaced = []
        }
    }

    private mutating func update(_ id: StepID, _ change: (inout Program.Step) -> Void) {
        guard var step = steps[id] else { return }
        links.removeOutputs(id, step)
        let before = Set(step.usedInAnyForm)
        change(&step)
        steps[id] = step
        links.addOutputs(id, step)
        links.addUses(id, Array(Set(step.usedInAnyForm).subtracting(before)))
        hasChanged = true
    }

    /// Removes a step whose first output is the same value as `source`, and makes everybody use that.
    ///
    /// An output of the program keeps its name: then the producer of `source` gives the value under that name.
    ///
    /// - Returns: Whether that was possible. It isn't when both names must stay.
    @discardableResult
    public mutating func bypass(_ id: StepID, to source: SlotID) -> Bool {
        guard let first = steps[id]?.outputs.first, let output = first, output != source else {
            return false
        }
        if isOutput(output) {
            guard let producer = producer(source), producer != id, !isOutput(source) else {
                return false
            }
            program.slots[source].name = program.slots[output].name
            program.slots[output].name = nil
            let type = program.facts[output].type
            program.facts[source] = program.facts[source].filled(from: type)
            program.outputs = program.outputs.map { $0 == output ? source : $0 }
            outputs.remove(output)
            outputs.insert(source)
        }
        remove(id)
        for user in users(of: output) {
            update(user) { $0.replaceUses(of: output, by: source) }
        }
        return true
    }

    /// Removes a step that computes what an earlier one does, and makes everybody use that one's outputs.
    ///
    /// - Precondition: no output of the step is one of the program.
    public mutating func merge(_ id: StepID, into other: StepID) {
        guard let step = steps[id], var earlier = steps[other] else { return }
        while earlier.outputs.count < step.outputs.count { earlier.outputs.append(nil) }
        for (index, output) in step.outputs.enumerated() where earlier.outputs[index] == nil {
            earlier.outputs[index] = output
        }
        remove(id)
        if earlier.outputs != steps[other]?.outputs {
            let outputs = earlier.outputs
            update(other) { $0.outputs = outputs }
        }
        for (old, new) in zip(step.outputs, earlier.outputs) {
            guard let old, let new, old != new else { continue }
            for user in users(of: old) { update(user) { $0.replaceUses(of: old, by: new) } }
        }
    }

    /// Puts the steps of a body in place of the step that runs it, as if they had stood there.
    ///
    /// - Parameter inputs: What takes the place of the body's inputs.
    public mutating func expand(
        _ id: StepID, _ body: Program.Body, inputs: [SlotID?]
    ) {
        guard let step = steps[id] else { return }
        let inner = body.program
        var slots = [SlotID?](repeating: nil, count: inner.slots.count)
        for (slot, given) in zip(inner.inputs, inputs) { slots[slot] = given }
        for (slot, given) in zip(inner.captures, body.captured) { slots[slot] = given }
        for slot in inner.slots.indices where slots[slot] == nil {
            var copy = inner.slots[slot]
            copy.hint = copy.name ?? copy.hint
            copy.name = nil
            slots[slot] = addSlot(copy, inner.facts[slot])
        }
        remove(id)
        var crowd = crowd(place(id))
        var position = crowd.firstIndex(of: id) ?? crowd.endIndex
        for var next in inner.steps {
            next.inputs = next.inputs.map { $0.flatMap { slots[$0] } }
            next.outputs = next.outputs.map { $0.flatMap { slots[$0] } }
            for index in next.bodies.indices {
                next.bodies[index].captured = next.bodies[index].captured.compactMap { slots[$0] }
            }
            next.replaced = []
            next.move(into: step.places.dropLast())
            crowd.insert(add(next, at: place(id)), at: position)
            position += 1
        }
        for (output, result) in zip(step.outputs, inner.outputs) {
            guard let output, let result = slots[result] else { continue }
            let identity = Program.Step(
                operation: Identity(), inputs: [result], outputs: [output], name: "", source: nil,
                places: step.places, salt: step.salt)
            crowd.insert(add(identity, at: place(id)), at: position)
            position += 1
        }
        crowds[place(id)] = crowd
        hasChanged = true
    }
}

extension Program.Step {
    /// Replaces uses of a value by uses of another, those in bodies included.
    mutating func replaceUses(of old: Program.SlotID, by new: Program.SlotID) {
        inputs = inputs.map { $0 == old ? new : $0 }
        for index in bodies.indices {
            bodies[index].captured = bodies[index].captured.map { $0 == old ? new : $0 }
        }
        for index in replaced.indices { replaced[index].replaceUses(of: old, by: new) }
    }
}
