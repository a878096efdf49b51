import HingeGraph

extension Program {
    /// Removes steps, initializers and captured values that nothing uses, in bodies too.
    ///
    /// - Returns: Whether there was anything.
    package mutating func removeUnused() -> Bool {
        var changed = false
        var isUsed = [Bool](repeating: false, count: slots.count)
        for slot in outputs { isUsed[slot] = true }
        var kept: [Step] = []
        for var step in steps.reversed() {
            guard step.outputs.contains(where: { $0.map { isUsed[$0] } ?? false }) else {
                changed = true
                continue
            }
            if step.hasBodies {
                for index in step.bodies.indices where step.bodies[index].removeUnused() {
                    changed = true
                }
            }
            for slot in step.usedInAnyForm { isUsed[slot] = true }
            kept.append(step)
        }
        let defaults = Set(inputs)
        let weights = initializers.filter { isUsed[$0] || defaults.contains($0) }
        changed = changed || weights.count != initializers.count || !idle.isSubset(of: defaults)
        guard changed else { return false }
        steps = kept.reversed()
        initializers = weights
        idle = []
        return true
    }
}

extension Program.Body {
    /// Removes what nothing in the body uses.
    mutating func removeUnused() -> Bool {
        guard program.removeUnused() else { return false }
        let isUsed = program.isUsed
        let places = program.captures.indices.filter { isUsed[program.captures[$0]] }
        captured = places.map { captured[$0] }
        program.captures = places.map { program.captures[$0] }
        return true
    }
}
