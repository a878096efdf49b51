import HingeGraph
import HingeOperators

extension ProgramEditor {
    /// The steps, in topological order, as they are now.
    public var ids: [StepID] {
        guard !crowds.isEmpty else { return steps.indices.filter { steps[$0] != nil } }
        var ids: [StepID] = []
        ids.reserveCapacity(steps.count)
        for place in 0..<placeCount {
            for id in crowd(place) where steps[id] != nil { ids.append(id) }
        }
        return ids
    }

    /// A step; `nil` when it has been removed.
    public func step(_ id: StepID) -> Program.Step? { steps[id] }

    /// The operator of a step; `nil` when it has been removed.
    public func `operator`(_ id: StepID) -> (any Operator)? { steps[id]?.operation }

    /// The step that produces a value; `nil` for inputs, constants and values of programs around this one.
    public func producer(of slot: SlotID?) -> StepID? { slot.flatMap { producer($0) } }

    /// The steps that use a value, in their bodies included; each once.
    public func consumers(of slot: SlotID?) -> [StepID] { slot.map { users(of: $0) } ?? [] }

    /// Whether a value is an output of the program.
    public func isOutput(_ slot: SlotID?) -> Bool { slot.map { outputs.contains($0) } ?? false }

    /// Whether nobody uses a value.
    public func isUnused(_ slot: SlotID?) -> Bool {
        !isOutput(slot) && (slot.map { users(of: $0, limit: 1).isEmpty } ?? true)
    }

    /// The one step that uses a value, as one of its inputs; `nil` when there are others, or the program gives the
    /// value out.
    public func soleConsumer(of slot: SlotID?) -> StepID? {
        guard let slot, !isOutput(slot), case let found = users(of: slot, limit: 2),
            found.count == 1, let id = found.first, let step = steps[id],
            step.used.count(where: { $0 == slot }) == 1,
            step.inputs.contains(slot)
        else { return nil }
        return id
    }

    /// What is known of a value.
    public func fact(_ slot: SlotID?) -> Inferred? { slot.map { program.facts[$0] } }

    /// A value, if it is a constant.
    public func constant(_ slot: SlotID?) -> Tensor? { fact(slot)?.constant }

    /// The shape of a value, if its rank is known.
    public func shape(_ slot: SlotID?) -> Shape? { fact(slot)?.type?.shape }

    /// The element type of a value, if it is known.
    public func dataType(_ slot: SlotID?) -> DataType? { fact(slot)?.type?.dataType }

    /// Whether two values surely have the same shape: every dimension known, by number or name.
    public func haveEqualShapes(_ a: SlotID?, _ b: SlotID?) -> Bool {
        guard let first = shape(a), let second = shape(b) else { return false }
        return first == second && !first.dimensions.contains(.unknown)
    }

    /// What a step's operator knows of its inputs.
    public func inferenceContext(_ step: Program.Step) -> InferenceContext {
        InferenceContext(
            inputs: step.inputs.map { fact($0) }, outputCount: step.outputs.count)
    }

    /// The name of a value, or the beginning of the name that it gets.
    public func hint(_ slot: SlotID?) -> String {
        slot.map { program.slots[$0].name ?? program.slots[$0].hint } ?? ""
    }

    /// The outputs of the program.
    public var outputSlots: [SlotID] { program.outputs }
}
