import HingeGraph
import HingeOperators

/// `LRN` of `[N, spatial…, C]`: the squares of neighbouring channels are added up as slices of the squares with zeros around
/// them.
struct LRNRule: OperatorRule {
    func write(_ operator: LRN, _ node: NodeWriting) throws -> [KerasTensor] {
        try node.requireChannelsLast()
        let x = try node.tensor(0)
        let same = OutputType(x.type, x.shape)
        let axis = x.rank - 1
        guard let channels = x.shape[axis].extent, `operator`.size <= 64 else {
            throw node.unsupported(
                "Keras needs the number of channels to be known, and few of them")
        }
        let before = (`operator`.size - 1) / 2
        var sum = try node.operation(
            .numpy("Square"), [], .tensor(x), giving: same, as: "squares")
        if `operator`.size > 1 {
            var widths = [JSONValue](repeating: [0, 0], count: x.rank)
            widths[axis] = .integers([before, `operator`.size - 1 - before])
            var wide = x.shape
            wide[axis] = .known(channels + `operator`.size - 1)
            let padded = try node.operation(
                .numpy("Pad"), [("pad_width", .array(widths)), ("mode", "constant")],
                .tensor(sum), giving: OutputType(x.type, wide), as: "around")
            for offset in 0..<`operator`.size {
                let part = try node.sliced(
                    padded, [axis: (start: offset, end: offset + channels, step: nil)],
                    giving: same, as: "neighbour_\(offset)")
                sum =
                    offset == 0
                    ? part
                    : try node.combined(
                        "Add", .tensor(sum), .tensor(part), giving: same, as: "sum_\(offset)")
            }
        }
        let factor = Double(`operator`.alpha) / Double(`operator`.size)
        let scaled = try node.combined(
            "Multiply", .tensor(sum), try node.number(factor, x.type), giving: same, as: "scaled")
        let shifted = try node.combined(
            "Add", .tensor(scaled), try node.number(Double(`operator`.bias), x.type), giving: same,
            as: "shifted")
        let power = try node.combined(
            "Power", .tensor(shifted), try node.number(Double(`operator`.beta), x.type),
            giving: same, as: "power")
        return [try node.combined("Divide", .tensor(x), .tensor(power), giving: same)]
    }
}
