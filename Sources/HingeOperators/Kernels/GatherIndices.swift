import HingeGraph

extension Tensor {
    /// The elements as indices into a dimension, negative ones counted from its end.
    ///
    /// - Throws: ``HingeError`` when one is out of range.
    func indices(into extent: Int) throws -> [Int] {
        var indices = try integers()
        for position in indices.indices {
            let index = indices[position]
            guard index >= -extent, index < extent else {
                throw HingeError(
                    .mismatch, "expected indices from \(-extent) to \(extent - 1), found \(index)")
            }
            if index < 0 { indices[position] = index + extent }
        }
        return indices
    }
}

/// Copies blocks of elements that lie next to each other: block `i` of the result is the one at
/// `offsets[i]` of the source.
struct BlockGather: Movement {
    let offsets: [Int]
    let length: Int

    @inline(__always)
    func callAsFunction<Element>(
        _ sources: MovementSources<Element>, _ result: UnsafeMutablePointer<Element>
    ) {
        let source = sources[0]
        guard length != 1 else {
            return offsets.withUnsafeBufferPointer { offsets in
                parallelFor(offsets.count, cost: 8) { range in
                    for position in range { result[position] = source[offsets[position]] }
                }
            }
        }
        parallelFor(offsets.count * length, cost: 1) { range in
            var start = range.lowerBound
            while start < range.upperBound {
                let (position, inside) = start.quotientAndRemainder(dividingBy: length)
                let count = min(length - inside, range.upperBound - start)
                (result + start).update(from: source + (offsets[position] + inside), count: count)
                start += count
            }
        }
    }
}

/// Copies slices along one axis of a tensor, seen as `[outer, count, inner]`: slice `i` of the result is the one at
/// `indices[i]` of the source.
struct AxisGather: Movement {
    let span: AxisSpan
    let indices: [Int]

    /// The same of elements that are seen as so many parts.
    func split(_ count: Int) -> AxisGather {
        AxisGather(
            span: AxisSpan(outer: span.outer, count: span.count, inner: span.inner * count),
            indices: indices)
    }

    @inline(__always)
    func callAsFunction<Element>(
        _ sources: MovementSources<Element>, _ result: UnsafeMutablePointer<Element>
    ) {
        let source = sources[0]
        indices.withUnsafeBufferPointer { indices in
            guard span.inner == 1 else {
                return forEachPart(indices) { from, to, count in
                    (result + to).update(from: source + from, count: count)
                }
            }
            parallelFor(span.outer * indices.count, cost: 8) { range in
                var start = range.lowerBound
                while start < range.upperBound {
                    let (row, first) = start.quotientAndRemainder(dividingBy: indices.count)
                    let count = min(indices.count - first, range.upperBound - start)
                    let (x, y) = (source + row * span.count, result + start)
                    for place in 0..<count { y[place] = x[indices[first + place]] }
                    start += count
                }
            }
        }
    }

    /// Calls `body` with the offsets in source and result of parts that lie next to each other, and their lengths.
    @inline(never)
    private func forEachPart(
        _ indices: UnsafeBufferPointer<Int>, _ body: (_ from: Int, _ to: Int, _ count: Int) -> Void
    ) {
        let length = span.inner
        parallelFor(span.outer * indices.count * length, cost: 1) { range in
            var start = range.lowerBound
            while start < range.upperBound {
                let (slice, inside) = start.quotientAndRemainder(dividingBy: length)
                let (row, place) = slice.quotientAndRemainder(dividingBy: indices.count)
                let count = min(length - inside, range.upperBound - start)
                body((row * span.count + indices[place]) * length + inside, start, count)
                start += count
            }
        }
    }
}

/// The offsets that a tensor of index vectors, `int64[…, k]`, refers to in a tensor's first `k` dimensions.
struct IndexVectors {
    /// The offset of the block that each vector refers to.
    let offsets: [Int]
    /// The number of elements of a block.
    let length: Int

    /// - Parameters:
    ///   - indices: The index vectors.
    ///   - shape: The shape of the tensor that they refer to.
    ///   - batchDimensions: The leading dimensions that both have in common.
    /// - Throws: ``HingeError`` when the shapes don't fit, or an index is out of range.
    init(_ indices: Tensor, into shape: [Int], batchDimensions: Int = 0) throws {
        guard let depth = indices.shape.last, batchDimensions >= 0,
            batchDimensions < indices.rank, batchDimensions + depth <= shape.count,
            indices.shape[..<batchDimensions] == shape[..<batchDimensions]
        else {
            throw HingeError(
                .mismatch, "indices of shape \(indices.shape) don't refer into \(shape)")
        }
        let strides = StridedCopy.strides(of: shape)
        let extents = shape[batchDimensions..<batchDimensions + depth]
        let steps = Array(strides[batchDimensions..<batchDimensions + depth])
        let batches = shape[..<batchDimensions].reduce(1, *)
        let batchStep = shape[batchDimensions...].reduce(1, *)
        try MemoryLimit.check(
            .int64,
            Array(indices.shape.dropLast()) + shape[(batchDimensions + depth)...])
        let values = try indices.integers()
        let perBatch = indices.shape[batchDimensions...].dropLast().reduce(1, *)
        try MemoryLimit.checkArray(of: Int.self, count: batches * perBatch)
        var offsets: [Int] = []
        offsets.reserveCapacity(batches * perBatch)
        for vector in 0..<batches * perBatch {
            var offset = vector / max(perBatch, 1) * batchStep
            for (position, extent) in extents.enumerated() {
                let index = values[vector * depth + position]
                guard index >= -extent, index < extent else {
                    throw HingeError(
                        .mismatch,
                        "expected indices from \(-extent) to \(extent - 1), found \(index)")
                }
                offset += (index < 0 ? index + extent : index) * steps[position]
            }
            offsets.append(offset)
        }
        self.offsets = offsets
        length = shape[(batchDimensions + depth)...].reduce(1, *)
    }
}

/// The offsets of elements that a tensor of indices along one axis refers to: each index replaces the coordinate
/// of its own place in that axis.
struct ElementIndices {
    /// The offset that each index refers to.
    let offsets: [Int]

    /// - Throws: ``HingeError`` when the shapes don't fit, or an index is out of range.
    init(_ indices: Tensor, into shape: [Int], axis: Int) throws {
        guard indices.rank == shape.count,
            indices.shape.indices.allSatisfy({ $0 == axis || indices.shape[$0] <= shape[$0] })
        else {
            throw HingeError(
                .mismatch, "indices of shape \(indices.shape) don't refer into \(shape)")
        }
        let values = try indices.indices(into: shape[axis])
        let strides = StridedCopy.strides(of: shape)
        var index = [Int](repeating: 0, count: shape.count)
        var base = 0
        try MemoryLimit.checkArray(of: Int.self, count: values.count)
        var offsets: [Int] = []
        offsets.reserveCapacity(values.count)
        for value in values {
            offsets.append(base + value * strides[axis])
            var dimension = shape.count - 1
            while dimension >= 0 {
                index[dimension] += 1
                if dimension != axis { base += strides[dimension] }
                if index[dimension] < indices.shape[dimension] { break }
                if dimension != axis { base -= strides[dimension] * index[dimension] }
                index[dimension] = 0
                dimension -= 1
            }
        }
        self.offsets = offsets
    }
}
