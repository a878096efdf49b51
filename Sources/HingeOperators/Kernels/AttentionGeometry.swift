import HingeGraph

/// The extents of one evaluation of ``Attention``.
struct AttentionGeometry: Sendable {
    let batch: Int
    let queryHeads: Int
    let keyHeads: Int
    let queryLength: Int
    /// The number of past keys.
    let pastLength: Int
    /// The number of keys besides.
    let newLength: Int
    /// The size of a head of query and key.
    let headSize: Int
    /// The size of a head of the value.
    let valueSize: Int
    /// Whether heads lie side by side in rows: `[N, L, H·D]`, not `[N, H, L, D]`.
    let isFlat: Bool

    /// The number of keys altogether.
    var keyLength: Int { pastLength + newLength }

    /// - Throws: ``HingeError`` when the inputs don't fit.
    init(_ operation: Attention, _ context: EvaluationContext) throws {
        let inputs = try (0..<7).map { index -> Inferred? in
            try context.optionalInput(index).map { .tensor($0.dataType, Shape($0.shape)) }
        }
        let known = InferenceContext(inputs: inputs, outputCount: 4)
        let outputs = try operation.infer(known).map { $0.type?.shape?.extents }
        guard let keys = outputs[1], let values = outputs[2], let scores = outputs[3],
            let query = try context.optionalInput(0), let key = try context.optionalInput(1)
        else {
            throw HingeError(.mismatch, "expected query, key and value of known shapes")
        }
        batch = scores[0]
        queryHeads = scores[1]
        queryLength = scores[2]
        keyHeads = keys[1]
        headSize = keys[3]
        valueSize = values[3]
        isFlat = query.rank == 3
        newLength = isFlat ? key.shape[1] : key.shape[2]
        pastLength = keys[2] - newLength
        for (index, size) in [(4, headSize), (5, valueSize)] {
            guard let past = try context.optionalInput(index) else { continue }
            let expected = [batch, keyHeads, pastLength, size]
            guard past.shape == expected else {
                throw HingeError(
                    .mismatch,
                    "expected input \(index) of shape \(expected), found \(past.shape)")
            }
        }
        try MemoryLimit.check(.float64, scores)
    }

    /// How heads of a value lie in memory.
    struct Layout: Sendable {
        let batchStride: Int
        let headStride: Int
        let rowStride: Int

        /// The offset of the first row of a head.
        func offset(_ batch: Int, _ head: Int) -> Int { batch * batchStride + head * headStride }
    }

    /// How heads lie in a value of the form of the inputs.
    func layout(heads: Int, length: Int, size: Int) -> Layout {
        isFlat
            ? Layout(
                batchStride: length * heads * size, headStride: size, rowStride: heads * size)
            : Layout(
                batchStride: heads * length * size, headStride: length * size, rowStride: size)
    }

    /// How heads lie in a value `[N, H, L, D]`.
    func headsFirst(heads: Int, length: Int, size: Int) -> Layout {
        Layout(batchStride: heads * length * size, headStride: length * size, rowStride: size)
    }
}

/// What is added to the scores of attention, and which keys a query takes into account.
struct AttentionMask<T: RealMatrixElement>: Sendable {
    /// The mask as numbers, minus infinity for a key that is left out; `nil` for none.
    let bias: Tensor?
    /// The number of keys that the mask has numbers for.
    private let count: Int
    /// The steps of the mask from sample to sample, head to head, query to query and key to key.
    private let strides: [Int]
    private let operation: Attention
    private let geometry: AttentionGeometry
    /// The number of keys that count in each sample.
    private let keyCounts: [Int]?

    /// - Throws: ``HingeError`` when the mask isn't of numbers or booleans, or more keys are to count than there are.
    init(
        _ operation: Attention, _ geometry: AttentionGeometry, _ context: EvaluationContext
    ) throws {
        self.operation = operation
        self.geometry = geometry
        keyCounts = try context.optionalInput(6)?.integers()
        if let keyCounts, keyCounts.count != geometry.batch {
            throw HingeError(
                .mismatch, "expected \(geometry.batch) numbers of keys, found \(keyCounts.count)")
        }
        let limit = geometry.keyLength
        if let count = keyCounts?.first(where: { !(0...limit).contains($0) }) {
            throw HingeError(
                .mismatch, "expected numbers of keys from 0 to \(limit), found \(count)")
        }
        guard let mask = try context.optionalInput(3) else {
            bias = nil
            count = geometry.keyLength
            strides = [0, 0, 0, 0]
            return
        }
        let extent = mask.shape.last ?? 1
        let isRepeated = extent == 1 && !operation.padsMask
        count = isRepeated ? geometry.keyLength : extent
        bias =
            mask.dataType == .bool
            ? try AttentionMask.choices(mask) : try mask.converted(to: T.dataType).aligned()
        strides =
            Broadcast.strides(
                of: mask.shape.dropLast() + [1],
                in: [geometry.batch, geometry.queryHeads, geometry.queryLength, 1]
            )
            .dropLast().map { $0 * extent } + [isRepeated ? 0 : 1]
    }

    /// A mask of booleans as numbers to add.
    private static func choices(_ mask: Tensor) throws -> Tensor {
        let result = try Tensor(allocating: T.dataType, shape: mask.shape)
        guard let target = result.region?.base.assumingMemoryBound(to: T.self) else {
            return result
        }
        mask.withUnsafeBytes { flags in
            for index in 0..<mask.count { target[index] = flags[index] != 0 ? 0 : -.infinity }
        }
        return result
    }

    /// The keys that a query takes into account, as far as that follows from its position.
    func keys(_ sample: Int, _ query: Int) -> Range<Int> {
        var end = geometry.keyLength
        var offset = geometry.pastLength
        if let keyCounts {
            end = min(end, keyCounts[sample])
            offset = keyCounts[sample] - geometry.queryLength
        }
        let position = query + offset
        if operation.isCausal { end = min(end, position + 1) }
        if let right = operation.rightWindow, right < geometry.keyLength {
            end = min(end, position + right + 1)
        }
        end = min(end, count)
        var start = 0
        if let left = operation.leftWindow, left < position { start = position - left }
        return start < end ? start..<end : 0..<0
    }

    /// Adds the mask to the scores of one query, minus infinity where a key is left out: what isn't a number remains so.
    ///
    /// - Parameter base: The elements of ``bias``.
    /// - Returns: Whether any key is left.
    func apply(
        to scores: UnsafeMutableBufferPointer<T.Sum>, keys: Range<Int>, _ base: UnsafePointer<T>?,
        _ sample: Int, _ head: Int, _ query: Int
    ) -> Bool {
        for key in 0..<min(keys.lowerBound, scores.count) { scores[key] -= .infinity }
        for key in min(keys.upperBound, scores.count)..<scores.count { scores[key] -= .infinity }
        guard let base else { return !keys.isEmpty }
        let row = base + sample * strides[0] + head * strides[1] + query * strides[2]
        var isOpen = false
        for key in keys {
            let added = row[key * strides[3]]
            isOpen = isOpen || added != -.infinity
            scores[key] += added.term
        }
        return isOpen
    }
}
