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

    /// Factors that a mask leaves out are 1; where all are left out, the product is 0.
    func merge(masked inputs: [KerasValue], _ context: LayerContext) throws -> Operand {
        let factors = try inputs.map { input in
            guard let mask = input.mask else { return input.operand }
            let one = try context.scalar(1, like: input.operand, "one")
            return try context.append(
                Where(), context.column(mask), input.operand, one, as: "factor")
        }
        guard let mask = try context.mergedMask(inputs.map(\.mask)) else {
            return try context.chain(Mul(), factors)
        }
        let product = try context.chain(Mul(), factors, as: "product")
        let zero = try context.scalar(0, like: product, "zero")
        return try context.append(Where(), context.column(mask), product, zero)
    }
}
