import HingeGraph
import HingeOperators

/// Computes operators of constants while a graph is built.
enum ConstantFolding {
    /// The first output of an operator for constants.
    ///
    /// - Throws: ``HingeError`` when the constants don't fit the operator.
    static func evaluate(_ operator: any Operator, _ inputs: [Tensor]) throws -> Tensor {
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
}
