import HingeGraph

extension SpatialOperator {
    /// Writes the sums below each position of the window, as a convolution of each channel with ones.
    ///
    /// - Parameter value: A value of the type and shape of input 0, `[N, C, spatial…]`.
    /// - Returns: The sums, and the extents of the input without the batch and the channels.
    /// - Throws: ``HingeError`` with the code `unsupported` that names `version`, where the operator has its window, when the
    ///   shape isn't known.
    func spellWindowSums(
        of value: String, needing version: Int, _ speller: inout Speller
    ) throws -> (sums: String, extents: [Int]) {
        guard let shape = speller.shape(0), shape.rank >= 3, let channels = shape[1].extent,
            let extents = Shape(Array(shape.dimensions.dropFirst(2))).extents
        else { throw speller.needs(version, "\(Self.type) with this window, of an unknown shape") }
        let geometry = try geometry(input: extents, kernel: nil)
        // Where the number of positions is rounded up, the last window stands out further.
        let ends = geometry.output.indices.map { axis in
            let reach = (geometry.kernel[axis] - 1) * geometry.dilations[axis] + 1
            let last = (geometry.output[axis] - 1) * geometry.strides[axis] + reach
            return max(geometry.padsEnd[axis], last - extents[axis] - geometry.padsBegin[axis])
        }
        let window = SpatialWindow(
            kernel: geometry.kernel, strides: geometry.strides, dilations: geometry.dilations,
            padding: .explicit(geometry.padsBegin + ends))
        let type = try speller.elementType(0)
        let ones = try Tensor(filledWith: 1, type, shape: [channels, 1] + geometry.kernel)
        let sums = try speller.append(
            Conv(window: window, group: channels), [value, speller.constant(ones)],
            known: [.tensor(type, shape), Inferred(constant: ones)])
        return (sums, extents)
    }
}
