import HingeGraph
import HingeOperators

/// `Split` as `Split` at the places between the parts.
struct SplitRule: OperatorRule {
    func write(_ operator: Split, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let axis = try InferenceContext.axis(`operator`.axis, rank: x.rank)
        let outputs = try node.node.outputs.enumerated().map { index, name in
            name.isEmpty ? OutputType(x.type, x.shape) : try node.output(index)
        }
        if outputs.count == 1 { return [x] }
        var sizes = try node.integers(1, "the sizes of the parts") ?? []
        if sizes.isEmpty {
            guard let extent = x.shape[axis].extent else {
                throw node.unsupported("Keras needs the extent that is cut to be known")
            }
            let part = (extent + outputs.count - 1) / outputs.count
            sizes = outputs.indices.map { max(0, min(part, extent - $0 * part)) }
        }
        var cuts: [Int] = []
        for size in sizes.dropLast() { cuts.append((cuts.last ?? 0) + size) }
        return try node.operation(
            .numpy("Split"), [("indices_or_sections", .integers(cuts)), ("axis", .integer(axis))],
            CallArguments([.tensor(x)]), giving: outputs)
    }
}
