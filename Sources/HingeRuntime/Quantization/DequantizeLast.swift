import HingeGraph
import HingeOperators
import HingeProgram

/// The first rule of ``RecognizeQuantization``.
extension ProgramEditor {
    /// Has a step that moves elements, or takes the largest of some, work on the integers that its input is made of.
    ///
    /// Dequantizing gives each element a number by itself, in the same order.
    mutating func dequantizeAfter(_ id: Program.StepID) throws {
        guard let step = step(id), step.operation.worksOnIntegers, step.outputs.count == 1,
            let output = step.outputs[0], let given = dequantized(step.inputs.first ?? nil),
            dataType(output) == .float32, constant(output) == nil
        else { return }
        let moved = try insert(
            step.operation, inputs: [given.source] + step.inputs.dropFirst(), before: id,
            name: step.name)
        guard dataType(moved) == given.quantization.type else { return }
        try replace(
            [id], with: given.step.operation, inputs: [moved] + given.step.inputs.dropFirst())
    }
}

extension Operator {
    /// Whether an operator gives the same of integers as of the numbers that they stand for, in the same order.
    fileprivate var worksOnIntegers: Bool {
        switch self {
        case is Transpose, is Reshape, is Flatten, is Squeeze, is Unsqueeze, is MaxPool, is SliceOf,
            is DepthToSpace, is SpaceToDepth:
            true
        default: false
        }
    }
}
