import HingeGraph

extension Derivative {
    /// The derivative of an operator that gives the largest or smallest of its inputs.
    mutating func differentiateExtremum() throws {
        let (g, y) = (try outputGradient(), try output())
        let chosen = try inputs.map { try append(Equal(), input($0), y) }
        let marks = try chosen.map { try number($0, like: y) }
        let count = try composition.append(Sum(), marks, outputCount: 1)[0]
        let share = try divide(g, count)
        for index in inputs where wants(index) {
            try giveSum(keep(share, where: chosen[index]), for: index)
        }
    }

    /// The numbers of the places along an axis, twice: to broadcast as dimension `axis` and as dimension `axis + 1` of a
    /// value of one dimension more.
    mutating func places(_ x: Operand, _ axis: Int) throws -> (Operand, Operand) {
        let rank = try composition.knownShape(x).rank
        let count = try append(Squeeze(), extent(of: x, axis), integers([0]))
        let numbers = try append(
            NumberRange(), composition.integer(0), count, composition.integer(1))
        let behind = Array(1..<max(rank - axis, 1))
        let inner = behind.isEmpty ? numbers : try append(Unsqueeze(axes: behind), numbers)
        return (try append(Unsqueeze(axes: [1]), inner), inner)
    }

    /// The factors along an axis for each of them, with a 1 in its place: `[…, k, j, …]` for `[…, j, …]`.
    mutating func factorsWithoutOne(_ x: Operand, _ axis: Int) throws -> Operand {
        let (k, j) = try places(x, axis)
        let isSame = try append(Equal(), k, j)
        let wide = try append(Unsqueeze(axes: [axis]), x)
        return try select(isSame, scalar(1, like: x), wide)
    }
}
