import HingeGraph

public extension Attention {
    func evaluate(_ context: inout EvaluationContext) throws {
        let isWide = softmaxType == .float64
        try context.inRealType {
            try isWide ? evaluate(&$0, Double.self) : evaluate(&$0, Float.self)
        } double: {
            try evaluate(&$0, Double.self)
        }
    }

    private func evaluate<T: RealMatrixElement>(
        _ context: inout EvaluationContext, _ type: T.Type
    ) throws {
        let geometry = try AttentionGeometry(self, context)
        let query = try context.input(0)
        let mask = try AttentionMask<T>(self, geometry, context)
        let key = try geometry.allRows(
            1, past: 4, size: geometry.headSize, output: 1, T.self, &context)
        let value = try geometry.allRows(
            2, past: 5, size: geometry.valueSize, output: 2, T.self, &context)
        let shape = [geometry.batch, geometry.queryHeads, geometry.queryLength]
        let result = try context.output(
            0, query.dataType,
            geometry.isFlat
                ? [shape[0], shape[2], shape[1] * geometry.valueSize]
                : shape + [geometry.valueSize])
        let scores =
            context.wants(3)
            ? try context.output(3, query.dataType, shape + [geometry.keyLength]) : nil
        let queries = try query.reals(T.self)
        try result.withReals(T.self) { result in
            let kernel = AttentionKernel(
                operation: self, geometry: geometry, mask: mask, query: queries, key: key,
                value: value)
            guard let scores else { return kernel.run(to: result, scores: nil) }
            try scores.withReals(T.self) { kernel.run(to: result, scores: $0.baseAddress) }
        }
        withExtendedLifetime((queries, key, value, mask)) {}
    }
}

extension AttentionGeometry {
    /// Keys or values, past ones first, and how they lie in memory.
    struct Rows {
        let tensor: Tensor
        let layout: Layout
    }

    /// All keys or values as numbers of type `T`, which also become an output where somebody wants it.
    fileprivate func allRows<T: RealMatrixElement>(
        _ index: Int, past: Int, size: Int, output: Int, _ type: T.Type,
        _ context: inout EvaluationContext
    ) throws -> Rows {
        let given = try context.input(index)
        let own = layout(heads: keyHeads, length: newLength, size: size)
        guard context.has(past) || context.wants(output) else {
            return Rows(tensor: try given.reals(T.self), layout: own)
        }
        let earlier = try context.optionalInput(past)
        if let earlier, earlier.dataType != given.dataType {
            throw HingeError(
                .mismatch,
                "expected input \(past) of type \(given.dataType), found \(earlier.dataType)")
        }
        let target = try context.output(
            output, given.dataType, [batch, keyHeads, keyLength, size])
        let width = given.dataType.byteCount(ofElements: 1) ?? 1
        given.withUnsafeBytes { rows in
            guard let earlier else { return copy(rows, own, nil, to: target, size, width) }
            earlier.withUnsafeBytes { copy(rows, own, $0, to: target, size, width) }
        }
        let all = try Tensor(allocating: given.dataType, shape: target.shape)
        if let region = all.region { target.bytes.copyBytes(to: region.base) }
        return Rows(
            tensor: try all.reals(T.self),
            layout: headsFirst(heads: keyHeads, length: keyLength, size: size))
    }

    /// Copies past rows and new ones one after the other, for each head.
    ///
    /// - Parameter width: The number of bytes of an element.
    private func copy(
        _ rows: UnsafeRawBufferPointer, _ layout: Layout, _ earlier: UnsafeRawBufferPointer?,
        to target: OutputTensor, _ size: Int, _ width: Int
    ) {
        guard let base = target.bytes.baseAddress, let rows = rows.baseAddress else { return }
        let bytes = size * width
        for sample in 0..<batch {
            for head in 0..<keyHeads {
                let place = sample * keyHeads + head
                let start = base + place * keyLength * bytes
                if let earlier = earlier?.baseAddress {
                    let count = pastLength * bytes
                    start.copyMemory(from: earlier + place * count, byteCount: count)
                }
                let offset = layout.offset(sample, head)
                for row in 0..<newLength {
                    (start + (pastLength + row) * bytes).copyMemory(
                        from: rows + (offset + row * layout.rowStride) * width, byteCount: bytes)
                }
            }
        }
    }
}

extension UnsafeMutableRawBufferPointer {
    fileprivate func copyBytes(to target: UnsafeMutableRawPointer) {
        if let baseAddress { target.copyMemory(from: baseAddress, byteCount: count) }
    }
}
