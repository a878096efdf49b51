import HingeGraph

/// Attention by blocks of queries: the scores of a block are all that is in memory at once, as wide as sums are.
struct AttentionKernel<T: RealMatrixElement> {
    let operation: Attention
    let geometry: AttentionGeometry
    let mask: AttentionMask<T>
    let query: Tensor
    let key: AttentionGeometry.Rows
    let value: AttentionGeometry.Rows

    /// The most queries of a block.
    private static var blockLength: Int { 64 }

    /// Writes the result, and the scores `[N, H, L, T]` where somebody wants them.
    func run(to result: UnsafeMutableBufferPointer<T>, scores: UnsafeMutablePointer<T>?) {
        result.update(repeating: 0)
        guard let result = result.baseAddress, geometry.keyLength > 0,
            let query = query.region?.base.assumingMemoryBound(to: T.self),
            let key = key.tensor.region?.base.assumingMemoryBound(to: T.self),
            let value = value.tensor.region?.base.assumingMemoryBound(to: T.self)
        else { return }
        let length = geometry.queryLength
        let block = min(max(length, 1), Self.blockLength)
        let blocks = (length + block - 1) / block
        let work = Extent.product(of: [
            block, geometry.keyLength, geometry.headSize + geometry.valueSize + RealMath.cost,
        ])
        let memory = Memory(
            query: query, key: key, value: value,
            bias: mask.bias?.region?.base.assumingMemoryBound(to: T.self), result: result,
            scores: scores,
            skipsKeys: scores == nil && isFinite(query, key, value))
        parallelFor(geometry.batch * geometry.queryHeads * blocks, cost: work) { range in
            let product = MatrixProduct<T.Sum>(
                rows: block, columns: geometry.keyLength, depth: geometry.headSize)
            withTemporaryMemory(of: T.Sum.self, capacity: block * geometry.keyLength) {
                for item in range {
                    let (place, part) = item.quotientAndRemainder(dividingBy: blocks)
                    let (sample, head) = place.quotientAndRemainder(
                        dividingBy: geometry.queryHeads)
                    let first = part * block
                    attend(
                        first..<min(first + block, length), sample, head, memory, product, $0)
                }
            }
        }
    }

    /// Where the elements of all values are.
    private struct Memory {
        let query: UnsafePointer<T>
        let key: UnsafePointer<T>
        let value: UnsafePointer<T>
        let bias: UnsafePointer<T>?
        let result: UnsafeMutablePointer<T>
        let scores: UnsafeMutablePointer<T>?
        /// Whether keys that a query takes no account of make no difference.
        let skipsKeys: Bool
    }

    /// Whether all values and all products of query and key are surely finite: what is left out of them adds 0.
    private func isFinite(
        _ query: UnsafePointer<T>, _ key: UnsafePointer<T>, _ value: UnsafePointer<T>
    ) -> Bool {
        func magnitude(_ elements: UnsafePointer<T>, _ count: Int) -> T {
            var largest: T = 0
            for index in 0..<count {
                let size = elements[index].magnitude
                // Not less: NaN counts.
                if !(size <= largest) { largest = size.isNaN ? .infinity : size }
            }
            return largest
        }
        let scale = operation.scale.map { T($0).magnitude } ?? 1
        let product =
            magnitude(query, self.query.count) * magnitude(key, self.key.tensor.count)
            * T(max(geometry.headSize, 1)) * max(scale, 1)
        return product.isFinite && magnitude(value, self.value.tensor.count).isFinite
    }

    /// Writes the rows of some queries of one head.
    private func attend(
        _ queries: Range<Int>, _ sample: Int, _ head: Int, _ memory: Memory,
        _ product: MatrixProduct<T.Sum>, _ buffer: UnsafeMutableBufferPointer<T.Sum>
    ) {
        guard let scores = buffer.baseAddress else { return }
        let shared = head / (geometry.queryHeads / geometry.keyHeads)
        let own = geometry.layout(
            heads: geometry.queryHeads, length: geometry.queryLength, size: geometry.headSize)
        let ranges = queries.map { mask.keys(sample, $0) }
        let columns =
            memory.skipsKeys ? ranges.map(\.upperBound).max() ?? 0 : geometry.keyLength
        guard columns > 0 else { return }
        buffer.prefix(queries.count * columns).update(repeating: 0)
        let keys = StridedMatrix(
            base: memory.key + key.layout.offset(sample, shared), rowStride: key.layout.rowStride,
            columnStride: 1)
        product.addProduct(
            rows: queries.count, columns: columns, depth: geometry.headSize,
            StridedMatrix(
                base: memory.query
                    + (own.offset(sample, head) + queries.lowerBound * own.rowStride),
                rowStride: own.rowStride, columnStride: 1),
            keys.transposed, to: scores, rowStride: columns)
        for (row, query) in queries.enumerated() {
            let line = UnsafeMutableBufferPointer(start: scores + row * columns, count: columns)
            let place =
                ((sample * geometry.queryHeads + head) * geometry.queryLength + query)
                * geometry.keyLength
            weigh(
                line, keys: ranges[row], sample, head, query, memory.bias,
                giving: memory.scores.map { $0 + place })
        }
        let target = geometry.layout(
            heads: geometry.queryHeads, length: geometry.queryLength, size: geometry.valueSize)
        product.addProduct(
            rows: queries.count, columns: geometry.valueSize, depth: columns,
            StridedMatrix(base: scores, rowStride: columns, columnStride: 1),
            StridedMatrix(
                base: memory.value + value.layout.offset(sample, shared),
                rowStride: value.layout.rowStride, columnStride: 1),
            to: memory.result
                + (target.offset(sample, head) + queries.lowerBound * target.rowStride),
            rowStride: target.rowStride)
    }

    /// Makes one query's products the weights of the values.
    private func weigh(
        _ line: UnsafeMutableBufferPointer<T.Sum>, keys: Range<Int>, _ sample: Int, _ head: Int,
        _ query: Int, _ bias: UnsafePointer<T>?, giving scores: UnsafeMutablePointer<T>?
    ) {
        func give(_ state: Attention.ScoreOutput) {
            guard operation.scoreOutput == state, let scores else { return }
            for index in line.indices { scores[index] = T(line[index]) }
        }
        let scale = operation.scale.map { T.Sum($0) } ?? 1 / T.Sum(geometry.headSize).squareRoot()
        for index in line.indices { line[index] *= scale }
        give(.products)
        if operation.softcap > 0 {
            let cap = T.Sum(operation.softcap)
            for index in line.indices { line[index] = cap * T.Sum.tanh(line[index] / cap) }
        }
        give(.capped)
        let isOpen = mask.apply(to: line, keys: keys, bias, sample, head, query)
        give(.masked)
        if isOpen, let base = line.baseAddress {
            SoftmaxKernel.normalize(base, line.count, for: T.self)
        } else {
            line.update(repeating: 0)
        }
        give(.probabilities)
    }
}
