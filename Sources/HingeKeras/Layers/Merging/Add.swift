import HingeGraph
import HingeOperators

/// The sum of several tensors, element by element.
///
/// Source: Keras `Add`.
struct AddLayer: MergingLayer {
    static let className = "Add"

    func merge(_ inputs: [Operand], _ context: LayerContext) throws -> Operand {
        try context.chain(Add(), inputs)
    }
}
