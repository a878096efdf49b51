import HingeGraph
import HingeOperators

extension Tensor {
    /// What an operator gives for constants.
    ///
    /// - Throws: ``HingeError`` when the constants don't fit it.
    static func fold(_ operator: any Operator, _ inputs: Tensor...) throws -> Tensor {
        var context = EvaluationContext(inputs: inputs.map { .tensor($0) })
        for (index, tensor) in `operator`.operandValues {
            while context.inputs.count <= index { context.inputs.append(nil) }
            context.inputs[index] = .tensor(tensor)
        }
        try `operator`.evaluate(&context)
        guard let output = context.outputs[0]?.tensor else {
            throw HingeError(.mismatch, "expected a tensor of \(`operator`.id), found none")
        }
        return output
    }

    /// The weights `[out, in, window…]` of a convolution as Keras has them: `[window…, in, out]`.
    func kerasKernel() throws -> Tensor {
        try .fold(Transpose(Array(2..<rank) + [1, 0]), self)
    }

    /// The elements broadcast to a vector; `nil` when they vary along another axis than the last.
    func vector(_ count: Int) throws -> Tensor? {
        guard shape.dropLast().allSatisfy({ $0 == 1 }) else { return nil }
        if self.count == count { return try reshaped(to: [count]) }
        guard self.count == 1 else { return nil }
        return try .fold(Expand(shape: [count]), reshaped(to: [1]))
    }

    /// The elements in another type.
    func cast(to type: DataType) throws -> Tensor {
        dataType == type ? self : try .fold(Cast(to: type), self)
    }
}
