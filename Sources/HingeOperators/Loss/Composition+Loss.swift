import HingeGraph

extension Composition {
    /// Gives the loss of samples by the scores `[N, C, d₁, …, dₖ]` of their classes, input 1, weighted by input 2.
    mutating func giveLoss(
        of scores: Operand, _ reduction: LossReduction, ignoredClass: Int?
    ) throws {
        let type = try dataType(scores)
        var classes = try input(1)
        var counts: Operand?
        if let ignoredClass {
            let ignored = try scalar(Double(ignoredClass), like: classes)
            let isIgnored = try append(Equal(), classes, ignored)
            let isCounted = try append(Not(), isIgnored)
            classes = try keep(classes, where: isCounted)
            counts = try append(Cast(to: type), isCounted)
        }
        let places = try append(Unsqueeze(axes: [1]), classes)
        let picked = try append(
            Squeeze(axes: [1]), append(GatherElements(axis: 1), scores, places))
        var weights = try optionalInput(2).map { try append(Gather(axis: 0), $0, classes) }
        if let counts { weights = try weights.map { try multiply($0, counts) } ?? counts }
        var loss = try negate(picked)
        if let weights { loss = try multiply(loss, weights) }
        switch reduction {
        case .none: give(loss)
        case .sum: give(try append(ReduceSum(keepsDimensions: false), loss))
        case .mean:
            guard let weights else {
                return give(try append(ReduceMean(keepsDimensions: false), loss))
            }
            let sums = try [loss, weights].map {
                try append(ReduceSum(keepsDimensions: false), $0)
            }
            give(try divide(sums[0], sums[1]))
        }
    }
}
