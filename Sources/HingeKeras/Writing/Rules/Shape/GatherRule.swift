import HingeGraph
import HingeOperators

/// `Gather` of rows of a constant matrix as `Embedding`, else as `Take`.
///
/// Both count negative indices from the end in Keras 3, with every backend, as the operator does; Keras 2 refuses them when it
/// runs on a CPU.
struct GatherRule: OperatorRule {
    func write(_ operator: Gather, _ node: NodeWriting) throws -> [KerasTensor] {
        let output = try node.output()
        let shape = try node.shape(0)
        let axis = try InferenceContext.axis(`operator`.axis, rank: shape.rank)
        if axis == 0, let table = node.constant(0), table.rank == 2,
            table.dataType.isFloatingPoint
        {
            let layer = EmbeddingLayer(
                inputDimension: table.shape[0], outputDimension: table.shape[1])
            return [
                try node.layer(
                    layer, try node.tensor(1), weights: WrittenWeights(["embeddings": table]),
                    giving: output)
            ]
        }
        return [
            try node.operation(
                .numpy("Take"), [("axis", .integer(axis))], try node.argument(0),
                try node.argument(1), giving: output)
        ]
    }
}

/// `GatherElements` as `TakeAlongAxis`.
struct GatherElementsRule: OperatorRule {
    func write(_ operator: GatherElements, _ node: NodeWriting) throws -> [KerasTensor] {
        [
            try node.operation(
                .numpy("TakeAlongAxis"), [("axis", .integer(`operator`.axis))],
                try node.argument(0), try node.argument(1), giving: try node.output())
        ]
    }
}
