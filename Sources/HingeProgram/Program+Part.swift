extension Program {
    /// Some of the steps as a program of their own, which has the same slots.
    ///
    /// What they read and don't make comes in as captured values, unless it is the same in every run. What is known of
    /// slots stays as it is here until the part is inferred.
    ///
    /// - Parameters:
    ///   - ids: The steps, in order.
    ///   - outputs: The slots whose values the part gives.
    package func part(_ ids: [StepID], outputs: [SlotID]) -> Program {
        var part = self
        part.steps = ids.map { steps[$0] }
        part.inputs = []
        part.outputs = outputs
        part.isBody = true
        part.isWritable = false
        var seen = Set(part.steps.flatMap { $0.outputs.compactMap { $0 } })
        part.captures = (part.steps.flatMap(\.used) + outputs).filter { slot in
            !slots[slot].isFixed && seen.insert(slot).inserted
        }
        return part
    }
}
