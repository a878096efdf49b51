import HingeGraph
import HingeOperators

/// The difference of two tensors, element by element.
///
/// Source: Keras `Subtract`.
struct SubtractLayer: MergingLayer {
    static let className = "Subtract"

    func merge(_ inputs: [Operand], _ context: LayerContext) throws -> Operand {
        guard inputs.count == 2 else {
            throw HingeError(.mismatch, "expected 2 inputs, found \(inputs.count)")
        }
        return try context.append(Sub(), inputs[0], inputs[1])
    }
}
