import HingeGraph

extension Tensor {
    /// The part of a tensor that lies in a range of one dimension.
    ///
    /// It shares the tensor's memory where it is contiguous in it.
    ///
    /// - Precondition: the tensor has the dimension, and the dimension the range.
    /// - Throws: ``HingeError`` with the code `limit` when there is no room for a copy.
    func part(_ range: Range<Int>, along axis: Int) throws -> Tensor {
        precondition(shape.indices.contains(axis) && range.upperBound <= shape[axis])
        var partShape = shape
        partShape[axis] = range.count
        let rows = shape[..<axis].reduce(1, *)
        let inner = shape[(axis + 1)...].reduce(1, *)
        if rows == 1, let region, dataType.bitWidth % 8 == 0 {
            let width = inner * (dataType.bitWidth / 8)
            return try Tensor(
                dataType: dataType, shape: partShape,
                region: MemoryRegion(
                    region, range.lowerBound * width..<range.upperBound * width))
        }
        let copy = StridedCopy(
            [rows, range.count * inner], from: [shape[axis] * inner, 1],
            offset: partShape.contains(0) ? 0 : range.lowerBound * inner)
        return try moved(to: partShape, by: copy)
    }

    /// The part of a tensor at one index of its first dimension, without that dimension.
    ///
    /// - Precondition: the first dimension has the index.
    func element(at index: Int) throws -> Tensor {
        try part(index..<index + 1, along: 0).reshaped(to: Array(shape.dropFirst()))
    }

    /// The tensor with one dimension in another place, the others in order.
    ///
    /// - Parameter isReversed: Whether the dimension's indices count from its end.
    func movingAxis(_ axis: Int, to place: Int, isReversed: Bool = false) throws -> Tensor {
        guard axis != place || isReversed else { return self }
        var order = Array(shape.indices)
        order.remove(at: axis)
        order.insert(axis, at: place)
        var strides = StridedCopy.strides(of: shape)
        var offset = 0
        if isReversed, count > 0 {
            offset = (shape[axis] - 1) * strides[axis]
            strides[axis] = -strides[axis]
        }
        let moved = order.map { shape[$0] }
        return try self.moved(
            to: moved, by: StridedCopy(moved, from: order.map { strides[$0] }, offset: offset))
    }

    private func moved(to shape: [Int], by copy: StridedCopy) throws -> Tensor {
        var context = EvaluationContext(inputs: [])
        try context.move(self, shape, by: SingleCopy(copy: copy))
        guard let tensor = context.outputs[0]?.tensor else {
            throw HingeError(.internalError, "a part of a tensor was not written")
        }
        return tensor
    }
}

extension Tensor {
    /// The only element of a tensor of booleans.
    ///
    /// - Throws: ``HingeError`` when it isn't one.
    func condition() throws -> Bool {
        guard dataType == .bool, count == 1 else {
            throw HingeError(
                .mismatch, "expected a condition, one boolean, found \(dataType)\(shape)")
        }
        return withUnsafeBytes { $0[0] != 0 }
    }

    /// The only element of a tensor of integers.
    ///
    /// - Throws: ``HingeError`` when it isn't one.
    func integer() throws -> Int {
        guard count == 1 else {
            throw HingeError(.mismatch, "expected one integer, found \(dataType)\(shape)")
        }
        return try integers()[0]
    }
}
