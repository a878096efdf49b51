import HingeGraph
import HingeOperators

/// The product of several tensors, element by element.
///
/// Source: Keras `Multiply`.
struct MultiplyLayer: MergingLayer {
    static let className = "Multiply"

    func merge(_ inputs: [Operand], _ context: LayerContext) throws -> Operand {
        try context.chain(Mul(), inputs)
    }
}
