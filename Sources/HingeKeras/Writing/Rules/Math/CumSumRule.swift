import HingeGraph
import HingeOperators

/// `CumSum` as `Cumsum`, between two `Flip` when it begins at the end, behind a zero in place of the last element when
/// each element itself is left out.
struct CumSumRule: OperatorRule {
    func write(_ operator: CumSum, _ node: NodeWriting) throws -> [KerasTensor] {
        var x = try node.tensor(0)
        let same = OutputType(x.type, x.shape)
        guard let given = try node.integers(1, "the axis")?.first else {
            throw node.unsupported("the axis isn't known")
        }
        let axis = try InferenceContext.axis(given, rank: x.rank)
        let isReversed = `operator`.isReversed
        if isReversed { x = try node.flipped(x, axis, as: "reversed") }
        if `operator`.isExclusive {
            var shorter = x.shape
            shorter[axis] = x.shape[axis].extent.map { .known(max($0 - 1, 0)) } ?? .unknown
            let rest = try node.sliced(
                x, [axis: (start: nil, end: -1, step: nil)],
                giving: OutputType(x.type, shorter), as: "but_the_last")
            var widths = [JSONValue](repeating: [0, 0], count: x.rank)
            widths[axis] = [1, 0]
            x = try node.operation(
                .numpy("Pad"), [("pad_width", .array(widths)), ("mode", "constant")],
                .tensor(rest), giving: same, as: "shifted")
        }
        x = try node.operation(
            .numpy("Cumsum"),
            [("axis", .integer(axis)), ("dtype", .string(x.type.description))], .tensor(x),
            giving: same, as: isReversed ? "sums" : nil)
        return [isReversed ? try node.flipped(x, axis) : x]
    }
}
