import HingeGraph
import HingeOperators

/// `Tile` as `Tile`.
struct TileRule: OperatorRule {
    func write(_ operator: Tile, _ node: NodeWriting) throws -> [KerasTensor] {
        let repeats = try node.requiredConstant(1, "how often a tensor is repeated").integers()
        return [
            try node.operation(
                .numpy("Tile"), [("repeats", .integers(repeats))], .tensor(try node.tensor(0)),
                giving: try node.output())
        ]
    }
}
