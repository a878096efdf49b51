import HingeGraph

/// The steps that normalizations are made of where a version doesn't have them.
extension Speller {
    /// The mean over axes that stay as extents of 1.
    mutating func reduceMean(_ input: String, axes: [Int]) -> String {
        let keep = Attribute.int("keepdims", 1)
        if opset < 18 { return step("ReduceMean", [input], [.ints("axes", axes), keep]) }
        return step("ReduceMean", [input, constant(Tensor(axes.map { Int64($0) }))], [keep])
    }

    /// The value as another element type.
    mutating func cast(_ input: String, to type: DataType) -> String {
        step("Cast", [input], [.dataType("to", type)])
    }

    /// The type that statistics are computed in: that of the input if it is wide enough.
    func statisticsType(_ type: DataType, stash: DataType) -> DataType {
        type == .float64 ? type : stash
    }

    /// The axes from `axis` to the last one, as the version allows them to be written.
    ///
    /// - Throws: ``HingeError`` when that takes the rank of input 0, which isn't known.
    func axes(from axis: Int) throws -> [Int] {
        if let rank = shape(0)?.rank {
            return Array(try InferenceContext.axis(axis, rank: rank)..<rank)
        }
        guard axis < 0, opset >= 11 else {
            throw HingeError(
                .unsupported, "the rank of x must be known to write this for opset \(opset)")
        }
        return Array(axis..<0)
    }

    /// Spells a value of shape `[C]` as `[C, 1, …]`, which broadcasts to input 0, `[N, C, spatial…]`.
    ///
    /// - Throws: ``HingeError`` when the rank of input 0 isn't known.
    mutating func perChannel(_ index: Int) throws -> String {
        guard let rank = shape(0)?.rank else {
            throw HingeError(
                .unsupported, "the rank of x must be known to write this for opset \(opset)")
        }
        let shape = [-1] + [Int](repeating: 1, count: max(0, rank - 2))
        if let constant = constantInput(index) {
            return self.constant(try constant.reshaped(to: [constant.count] + shape.dropFirst()))
        }
        return try append(Reshape(shape: shape), [inputs[index]])
    }

    /// Gives `value` the shape of input 0, of which all but the first dimension may have to be known.
    mutating func reshapeLikeInput(_ value: String, outputs: [String]) throws {
        if let rest = shape(0)?.dimensions.dropFirst(), let extents = Shape(Array(rest)).extents,
            !extents.contains(0)
        {
            return try append(Reshape(shape: [0] + extents), [value], outputs: outputs)
        }
        guard opset >= 5 else {
            throw HingeError(
                .unsupported, "the shape of x must be known to write this for opset \(opset)")
        }
        let shape = step("Shape", [inputs[0]])
        emit("Reshape", inputs: [value, shape], outputs: outputs)
    }
}
