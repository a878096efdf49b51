import HingeGraph

public extension LinearAttention {
    /// In double precision, token by token.
    func evaluate(_ context: inout EvaluationContext) throws {
        let inputs = try (0..<6).map { try context.optionalInput($0) }
        let outputs = try infer(InferenceContext(inputs, outputCount: 2))
        guard let shape = outputs[0].type?.shape?.extents,
            let state = outputs[1].type?.shape?.extents, let type = inputs[0]?.dataType
        else { throw HingeError(.mismatch, "expected query, key and value of known shapes") }
        let result = try context.output(0, type, shape)
        let present = try context.output(1, inputs[3]?.dataType ?? type, state)
        let values = try inputs.map { try $0?.reals(Double.self) }
        let pass = LinearAttentionPass(
            operation: self, batch: shape[0], length: shape[1], size: state[2],
            valueSize: state[3], decaySize: (inputs[4]?.shape[2] ?? 0) / keyHeadCount,
            rateCount: inputs[5]?.shape[2] ?? 0, inputs: values.map { $0?.doubleBase })
        try result.withReals(Double.self) { result in
            try present.withReals(Double.self) { present in
                if let result = result.baseAddress {
                    pass.run(to: result, present)
                } else {
                    pass.run(to: nil, present)
                }
            }
        }
        withExtendedLifetime(values) {}
    }
}

extension Tensor {
    fileprivate var doubleBase: UnsafePointer<Double>? {
        region.map { UnsafePointer($0.base.assumingMemoryBound(to: Double.self)) }
    }
}

/// One evaluation of ``LinearAttention``.
private struct LinearAttentionPass {
    let operation: LinearAttention
    let batch: Int
    let length: Int
    /// The size of a head of query and key.
    let size: Int
    /// The size of a head of the value.
    let valueSize: Int
    /// The number of decays for each head: one, or one for each element of the key.
    let decaySize: Int
    /// The number of rates for each token: one, or one for each head.
    let rateCount: Int
    /// The elements of the inputs, in order.
    let inputs: [UnsafePointer<Double>?]

    /// Writes the result, `[N, L, H·V]`, and the states at the end, `[N, G, K, V]`.
    func run(
        to result: UnsafeMutablePointer<Double>?, _ states: UnsafeMutableBufferPointer<Double>
    ) {
        let count = size * valueSize
        if let past = inputs[3], let base = states.baseAddress {
            base.update(from: past, count: states.count)
        } else {
            states.update(repeating: 0)
        }
        let heads = operation.keyHeadCount
        // Result and states are apart for each head.
        nonisolated(unsafe) let (base, target) = (states.baseAddress, result)
        parallelFor(batch * heads, cost: Extent.product(of: [length, count, 4])) { range in
            var update = [Double](repeating: 0, count: valueSize)
            for place in range {
                let (sample, head) = place.quotientAndRemainder(dividingBy: heads)
                for token in 0..<length {
                    guard let base, let target else { continue }
                    let row = sample * length + token
                    change(base + place * count, row, head, &update)
                    read(base + place * count, row, head, to: target)
                }
            }
        }
    }

    /// Changes the state of a head by one token.
    private func change(
        _ state: UnsafeMutablePointer<Double>, _ row: Int, _ head: Int, _ update: inout [Double]
    ) {
        guard let keys = inputs[1], let values = inputs[2] else { return }
        let heads = operation.keyHeadCount
        let key = keys + (row * heads + head) * size
        let value = values + (row * heads + head) * valueSize
        if operation.updateRule.isGated, let decays = inputs[4] {
            let decay = decays + (row * heads + head) * decaySize
            for index in 0..<size {
                let factor = Double.exp(decay[decaySize == 1 ? 0 : index])
                let line = state + index * valueSize
                for column in 0..<valueSize { line[column] *= factor }
            }
        }
        for column in 0..<valueSize { update[column] = value[column] }
        if operation.updateRule.isDelta, let rates = inputs[5] {
            for index in 0..<size {
                let line = state + index * valueSize
                for column in 0..<valueSize { update[column] -= line[column] * key[index] }
            }
            let rate = rates[row * rateCount + (rateCount == 1 ? 0 : head)]
            for column in 0..<valueSize { update[column] *= rate }
        }
        for index in 0..<size {
            let line = state + index * valueSize
            for column in 0..<valueSize { line[column] += key[index] * update[column] }
        }
    }

    /// Reads the state of a head for the heads of the query that share it.
    private func read(
        _ state: UnsafeMutablePointer<Double>, _ row: Int, _ head: Int,
        to result: UnsafeMutablePointer<Double>
    ) {
        guard let queries = inputs[0] else { return }
        let scale =
            operation.scale == 0 ? 1 / Double(size).squareRoot() : Double(operation.scale)
        let shared = operation.queryHeadCount / operation.keyHeadCount
        for queryHead in head * shared..<(head + 1) * shared {
            let place = row * operation.queryHeadCount + queryHead
            let query = queries + place * size
            let target = result + place * valueSize
            for column in 0..<valueSize { target[column] = 0 }
            for index in 0..<size {
                let line = state + index * valueSize
                for column in 0..<valueSize { target[column] += query[index] * line[column] }
            }
            for column in 0..<valueSize { target[column] *= scale }
        }
    }
}
