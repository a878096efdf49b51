import HingeGraph

extension Derivative {
    /// The derivative of an operator that writes elements over a copy of input 0.
    ///
    /// - Parameters:
    ///   - reduction: How it joins what is written with what is there.
    ///   - write: The operator that doesn't.
    ///   - multiply: The one that multiplies.
    ///   - add: The one that adds.
    ///   - gather: The operator that takes elements from the same places.
    mutating func differentiateScatter(
        _ reduction: ScatterReduction, _ write: any Operator, _ multiply: any Operator,
        _ add: any Operator, _ gather: any Operator
    ) throws {
        let (g, places, updates) = (try outputGradient(), try input(1), try input(2))
        switch reduction {
        case .none:
            if wants(0) {
                let zeros = try filled(0, like: updates)
                give(try append(write, g, places, zeros), for: 0)
            }
            if wants(2) { give(try append(gather, g, places), for: 2) }
        case .add:
            if wants(0) { give(g, for: 0) }
            if wants(2) { give(try append(gather, g, places), for: 2) }
        case .mul:
            if wants(0) { give(try append(multiply, g, places, updates), for: 0) }
            if wants(2) { throw unsupported("factors that are scattered") }
        case .max, .min:
            let (x, y) = (try input(0), try output())
            let isKept = try append(Equal(), x, y)
            let isWritten = try append(Equal(), updates, append(gather, y, places))
            let count = try append(
                add, number(isKept, like: g), places, number(isWritten, like: g))
            let share = try divide(g, count)
            if wants(0) { give(try keep(share, where: isKept), for: 0) }
            if wants(2) {
                give(try keep(append(gather, share, places), where: isWritten), for: 2)
            }
        }
    }
}
