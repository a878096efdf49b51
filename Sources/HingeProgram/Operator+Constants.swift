import HingeGraph
import HingeOperators

extension Operator {
    /// The outputs as constants, if the inputs are constants and the outputs have at most `limit` elements.
    ///
    /// What an operator can't compute stays a computation: it may stand where it never runs.
    func constants(_ inputs: [Inferred?], _ outputs: [Inferred], limit: Int) -> [Inferred]? {
        guard inputs.allSatisfy({ $0 == nil || $0?.constant != nil }), isDeterministic,
            !outputs.isEmpty, outputs.contains(where: { $0.constant == nil }),
            outputs.allSatisfy({ fits($0.type, limit) })
        else { return nil }
        let isBounded = outputs.allSatisfy { $0.type?.shape?.extents != nil }
        let inputCount = Extent.sum(of: inputs.map { $0?.constant?.count ?? 0 })
        guard isBounded || inputCount <= limit else { return nil }
        var context = EvaluationContext(
            inputs: inputs.map { $0?.constant.map { .tensor($0) } }, outputCount: outputs.count)
        guard (try? compute(&context)) != nil else { return nil }
        var result = outputs
        for (index, value) in context.outputs.enumerated() where index < result.count {
            guard let tensor = value?.tensor, tensor.count <= limit else { continue }
            result[index] = Inferred(constant: tensor)
        }
        return result
    }

    /// Evaluates, by what the operator prepares where it prepares something.
    private func compute(_ context: inout EvaluationContext) throws {
        if let kernel = try prepare(PreparationContext(context)) {
            try kernel(&context)
        } else {
            try evaluate(&context)
        }
    }

    private func fits(_ type: ValueType?, _ limit: Int) -> Bool {
        guard case .tensor(_, let shape) = type else { return type == nil }
        guard let extents = shape?.extents else { return true }
        guard let count = try? Tensor.count(of: extents) else { return false }
        return count <= limit
    }
}
