import HingeGraph

extension Operator {
    /// What is known of the outputs, checked: every driver of inference asks here.
    ///
    /// An operator computes with the numbers of a file. What it is given and what it gives are held against the limits of
    /// all shapes, so that sums and products of extents with small numbers fit an `Int` in ``infer(_:)``.
    ///
    /// - Throws: ``HingeError`` when the inputs don't fit, when a dimension is negative, or with the code `limit` when a
    ///   value has more dimensions or elements than any tensor may have.
    package func inferOutputs(_ context: InferenceContext) throws -> [Inferred] {
        for (index, input) in context.inputs.enumerated() {
            try check("input", index) { try input?.type?.check() }
        }
        return try infer(context).enumerated().map { index, output in
            try check("output", index) { try output.checked() }
        }
    }

    private func check<Result>(
        _ kind: String, _ index: Int, _ body: () throws -> Result
    ) throws -> Result {
        do {
            return try body()
        } catch let error as HingeError {
            throw HingeError(error.code, "\(kind) \(index): \(error.message)", at: error.context)
        }
    }
}

extension Inferred {
    /// This without elements that its shape has no room for.
    ///
    /// - Throws: ``HingeError`` when a dimension is negative, or with the code `limit` when there are too many
    ///   dimensions or elements.
    fileprivate func checked() throws -> Inferred {
        try type?.check()
        guard let elements, let shape = type?.shape else { return self }
        let fits =
            switch shape.rank {
            case 0: elements.count == 1
            case 1: shape[0].extent.map { $0 == elements.count } ?? true
            default: false
            }
        guard !fits else { return self }
        var result = self
        result.elements = nil
        return result
    }
}

extension ValueType {
    /// - Throws: ``HingeError`` when a dimension is negative, or with the code `limit`.
    fileprivate func check() throws {
        switch self {
        case .tensor(_, let shape), .sparseTensor(_, let shape):
            // What isn't known has one element, or more.
            _ = try shape.map { try Tensor.count(of: $0.dimensions.map { $0.extent ?? 1 }) }
        case .sequence(let element), .optional(let element), .map(_, let element):
            try element?.check()
        case .opaque: break
        }
    }
}
