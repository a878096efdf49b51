import HingeGraph

/// How two tensors of any rank are multiplied as stacks of matrices, as NumPy's `matmul` has it.
struct MatMulShape: Sendable {
    /// The shape of the result.
    let result: [Int]
    let rows: Int
    let columns: Int
    let depth: Int
    /// The offsets of each product's left and right matrix; the results follow one another.
    let offsets: [(left: Int, right: Int)]

    /// - Throws: ``HingeError`` when the shapes don't fit.
    init(_ left: [Int], _ right: [Int]) throws {
        guard let shape = try MatMul.shape(Shape(left), Shape(right))?.extents,
            let depth = left.last
        else {
            throw HingeError(.mismatch, "shapes \(left) and \(right) have no matrix product")
        }
        result = shape
        self.depth = depth
        columns = right.count == 1 ? 1 : right[right.count - 1]
        let leftRows = left.count == 1 ? 1 : left[left.count - 2]
        let leftBatch = Array(left.dropLast(2))
        let rightBatch = Array(right.dropLast(2))
        if rightBatch.allSatisfy({ $0 == 1 }), rightBatch.count <= leftBatch.count {
            // One matrix on the right: the stack on the left is one tall matrix.
            rows = try Tensor.count(of: leftBatch + [leftRows])
            offsets = [(0, 0)]
            return
        }
        rows = leftRows
        try MemoryLimit.check(.float32, shape)
        let batch = try Broadcast.shape(leftBatch, rightBatch)
        let leftSize = leftRows * depth
        let rightSize = depth * columns
        let leftSteps = Broadcast.strides(of: leftBatch, in: batch).map { $0 * leftSize }
        let rightSteps = Broadcast.strides(of: rightBatch, in: batch).map { $0 * rightSize }
        var offsets: [(left: Int, right: Int)] = [(0, 0)]
        for (index, extent) in batch.enumerated() {
            offsets = offsets.flatMap { offset in
                (0..<extent).map {
                    (offset.left + $0 * leftSteps[index], offset.right + $0 * rightSteps[index])
                }
            }
        }
        self.offsets = offsets
    }

    /// Writes the products of the matrices in `left` and `right` to `result`.
    ///
    /// - Precondition: the buffers have the elements that the shapes ask for.
    func multiply<T: MatrixElement>(
        _ left: UnsafeBufferPointer<T>, _ right: UnsafeBufferPointer<T>,
        to result: UnsafeMutableBufferPointer<T>
    ) {
        result.update(repeating: 0)
        guard let left = left.baseAddress, let right = right.baseAddress,
            let target = result.baseAddress, !result.isEmpty, depth > 0
        else { return }
        // An item is a block of rows of one product.
        let block = MatrixProduct<T.Sum>.mostRows
        let blocks = (rows + block - 1) / block
        let cost = Extent.product(of: [min(rows, block), columns, depth])
        parallelFor(offsets.count * blocks, cost: cost) { range in
            let product = MatrixProduct<T.Sum>(
                rows: min(rows, block), columns: columns, depth: depth)
            for item in range {
                let (index, part) = item.quotientAndRemainder(dividingBy: blocks)
                let (first, offset) = (part * block, offsets[index])
                product.addProduct(
                    rows: min(block, rows - first), columns: columns, depth: depth,
                    StridedMatrix(
                        base: left + (offset.left + first * depth), rowStride: depth,
                        columnStride: 1),
                    StridedMatrix(base: right + offset.right, rowStride: columns, columnStride: 1),
                    to: target + (index * rows + first) * columns, rowStride: columns)
            }
        }
    }
}
