import HingeGraph
import HingeOperators

/// The greatest of several tensors, element by element.
///
/// Source: Keras `Maximum`.
struct MaximumLayer: MergingLayer {
    static let className = "Maximum"

    func merge(_ inputs: [Operand], _ context: LayerContext) throws -> Operand {
        try context.append(Max(), inputs)[0]
    }

    func merge(masked inputs: [KerasValue], _ context: LayerContext) throws -> Operand {
        try context.chain(Max(), masked: inputs)
    }
}
