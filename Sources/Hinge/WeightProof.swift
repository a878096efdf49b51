import HingeGraph

/// Shows that a file of weights holds those of the model that it was written for.
enum WeightProof {
    /// Compares the weights of two models of one graph, bit by bit.
    ///
    /// - Parameters:
    ///   - found: What was read.
    ///   - expected: What was written.
    /// - Returns: The number of weights; `nil` when the models don't have the same graph, so that their weights can't be
    ///   matched.
    /// - Throws: ``HingeError`` when a weight differs.
    static func count(_ found: Model, equalTo expected: Model) throws -> Int? {
        guard found.graph.hasSameStructure(as: expected.graph) else { return nil }
        let (weights, originals) = (found.graph.weights, expected.graph.weights)
        guard weights.map(\.name) == originals.map(\.name) else { return nil }
        for (weight, original) in zip(weights, originals)
        where !weight.tensor.hasSameElements(as: original.tensor) {
            throw HingeError(
                .mismatch, "the elements differ from those of the model",
                at: [.tensor(original.name)])
        }
        return originals.count
    }
}

extension Graph {
    /// Whether the nodes are the same operators between the same values.
    fileprivate func hasSameStructure(as other: Graph) -> Bool {
        nodes.count == other.nodes.count
            && zip(nodes, other.nodes).allSatisfy {
                $0.type == $1.type && $0.domain == $1.domain && $0.inputs == $1.inputs
                    && $0.outputs == $1.outputs
            }
    }
}

extension Tensor {
    /// Whether both have the same elements, bit by bit; what lies beyond the last element of a packed tensor is no
    /// part of it, and every byte but 0 is true.
    fileprivate func hasSameElements(as other: Tensor) -> Bool {
        if self == other { return true }
        guard dataType == other.dataType, shape == other.shape, strings == nil else { return false }
        let mask = UInt8(truncatingIfNeeded: (1 << (count * dataType.bitWidth % 8)) - 1)
        return withUnsafeBytes { own in
            other.withUnsafeBytes { others in
                guard own.count == others.count, let last = own.indices.last else { return false }
                if dataType == .bool {
                    return own.elementsEqual(others) { ($0 == 0) == ($1 == 0) }
                }
                return mask != 0 && own[last] & mask == others[last] & mask
                    && own[..<last].elementsEqual(others[..<last])
            }
        }
    }
}
