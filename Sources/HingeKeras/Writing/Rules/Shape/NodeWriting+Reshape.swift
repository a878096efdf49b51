import HingeGraph
import HingeOperators

extension NodeWriting {
    /// The same elements in another shape as `Reshape`, if the batch stays as it is and the shape is known well enough.
    func reshapedIfKnown(_ x: KerasTensor, to output: OutputType) throws -> KerasTensor? {
        guard let first = output.shape.dimensions.first, first != .unknown,
            first == x.shape.dimensions.first,
            output.shape.dimensions.dropFirst().count(where: { $0.extent == nil }) <= 1,
            !output.shape.dimensions.contains(0), x.type.isFloatingPoint
        else { return nil }
        return try reshaped(x, to: output)
    }

    /// The same elements in another shape: `Reshape` when the batch stays as it is, else the operation.
    ///
    /// - Throws: ``HingeError`` when more than one extent isn't known.
    func reshaped(
        _ x: KerasTensor, to output: OutputType, as role: String? = nil
    ) throws -> KerasTensor {
        let dimensions = output.shape.dimensions
        let keepsBatch =
            x.rank > 0 && dimensions.first == x.shape.dimensions.first
            && dimensions.first != .unknown
        let inner = keepsBatch ? Array(dimensions.dropFirst()) : dimensions
        let isEmpty = dimensions.contains(0)
        guard inner.count(where: { $0.extent == nil }) <= 1, !isEmpty else {
            throw unsupported(
                "a reshape to \(output.shape) isn't known well enough: Keras takes one unknown extent"
            )
        }
        let target = inner.map { $0.extent ?? -1 }
        if keepsBatch {
            return try layer(
                ReshapeLayer(targetShape: target), x, giving: output, as: role)
        }
        return try operation(
            .numpy("Reshape"), [("newshape", .integers(target))], .tensor(x), giving: output,
            as: role)
    }
}
