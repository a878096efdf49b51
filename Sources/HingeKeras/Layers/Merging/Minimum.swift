import HingeGraph
import HingeOperators

/// The least of several tensors, element by element.
///
/// Source: Keras `Minimum`.
struct MinimumLayer: MergingLayer {
    static let className = "Minimum"

    func merge(_ inputs: [Operand], _ context: LayerContext) throws -> Operand {
        try context.append(Min(), inputs)[0]
    }

    func merge(masked inputs: [KerasValue], _ context: LayerContext) throws -> Operand {
        try context.chain(Min(), masked: inputs)
    }
}
