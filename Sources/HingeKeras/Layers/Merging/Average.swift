import HingeGraph
import HingeOperators

/// The mean of several tensors, element by element.
///
/// Source: Keras `Average`.
struct AverageLayer: MergingLayer {
    static let className = "Average"

    func merge(_ inputs: [Operand], _ context: LayerContext) throws -> Operand {
        try context.append(Mean(), inputs.map { try context.floating($0) })[0]
    }
}
