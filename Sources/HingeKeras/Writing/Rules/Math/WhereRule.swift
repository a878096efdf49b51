import HingeGraph
import HingeOperators

/// `Where` as `Where`.
struct WhereRule: OperatorRule {
    func write(_ operator: Where, _ node: NodeWriting) throws -> [KerasTensor] {
        [
            try node.operation(
                .numpy("Where"), [], try node.argument(0), try node.argument(1),
                try node.argument(2), giving: try node.output())
        ]
    }
}
