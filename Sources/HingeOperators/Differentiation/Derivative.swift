import HingeGraph

/// The steps that compute the gradients of an operator's inputs while they are put together.
///
/// The operator's inputs and outputs and the gradients of its outputs are values to compute with.
public struct Derivative: Composing {
    /// A value.
    public typealias Operand = Composition.Operand

    /// The steps so far.
    ///
    /// Their inputs are the operator's inputs, its outputs, and the gradients of these.
    package var composition: Composition
    /// The gradient of each input, as far as it is given.
    package private(set) var gradients: [Operand?]
    private let inputCount: Int
    private let outputCount: Int
    private let wanted: Set<Int>

    /// - Parameters:
    ///   - inputs: What is known of the operator's inputs; `nil` for an absent one.
    ///   - outputs: What is known of its outputs; `nil` for one that isn't named.
    ///   - outputGradients: What is known of the gradients of the outputs; `nil` for one that is zero.
    ///   - wanted: The positions of the inputs whose gradients are asked for.
    package init(
        inputs: [Inferred?], outputs: [Inferred?], outputGradients: [Inferred?], wanted: Set<Int>
    ) {
        composition = Composition(inputs + outputs + outputGradients, outputCount: 0)
        gradients = [Operand?](repeating: nil, count: inputs.count)
        inputCount = inputs.count
        outputCount = outputs.count
        self.wanted = wanted
    }

    /// The operator's input at `index`.
    ///
    /// - Throws: ``HingeError`` when it is absent.
    public func input(_ index: Int) throws -> Operand {
        guard let input = optionalInput(index) else {
            throw HingeError(.mismatch, "expected input \(index), found none")
        }
        return input
    }

    /// The operator's input at `index`; `nil` when it is absent.
    public func optionalInput(_ index: Int) -> Operand? {
        index < inputCount ? composition.inputs[index] : nil
    }

    /// The number of the operator's inputs, absent ones included.
    public var inputs: Range<Int> { 0..<inputCount }

    /// The number of the operator's outputs, those included that the step doesn't name.
    public var outputs: Range<Int> { 0..<outputCount }

    /// The operator's output at `index`; `nil` when the step doesn't name it.
    public func optionalOutput(_ index: Int) -> Operand? {
        index < outputCount ? composition.inputs[inputCount + index] : nil
    }

    /// The operator's output at `index`.
    ///
    /// - Throws: ``HingeError`` when the step doesn't name it.
    public func output(_ index: Int = 0) throws -> Operand {
        guard let output = optionalOutput(index) else {
            throw HingeError(.mismatch, "expected output \(index), found none")
        }
        return output
    }

    /// The gradient of the operator's output at `index`; `nil` where it is zero.
    public func outputGradient(_ index: Int) -> Operand? {
        index < outputCount ? composition.inputs[inputCount + outputCount + index] : nil
    }

    /// The gradient of output 0 of an operator whose other outputs, if any, have none.
    ///
    /// - Throws: ``HingeError`` when another output has one.
    public func outputGradient() throws -> Operand {
        guard let gradient = outputGradient(0) else {
            throw HingeError(.unsupported, "only output 0 has a derivative")
        }
        return gradient
    }

    /// Whether the gradient of the input at `index` is asked for.
    public func wants(_ index: Int) -> Bool { wanted.contains(index) }

    /// Gives the gradient of the input at `index`.
    public mutating func give(_ operand: Operand, for index: Int) {
        if index < inputCount { gradients[index] = operand }
    }

    /// Gives the gradient of an input that was broadcast: the sum over what it was repeated along.
    ///
    /// - Throws: ``HingeError`` when the inputs don't fit.
    public mutating func giveSum(_ operand: Operand, for index: Int) throws {
        give(try sum(operand, toShapeOf: input(index)), for: index)
    }

    /// Appends an operator with one output.
    ///
    /// - Throws: ``HingeError`` when the inputs don't fit.
    public mutating func append(_ operation: any Operator, _ inputs: Operand?...) throws -> Operand
    {
        try composition.append(operation, inputs, outputCount: 1)[0]
    }

    /// Appends an operator with any number of inputs and outputs.
    ///
    /// - Throws: ``HingeError`` when the inputs don't fit.
    public mutating func append(
        _ operation: any Operator, _ inputs: [Operand?], outputCount: Int
    ) throws -> [Operand] {
        try composition.append(operation, inputs, outputCount: outputCount)
    }

    /// Adds a constant.
    public mutating func constant(_ tensor: Tensor) -> Operand { composition.constant(tensor) }

    /// The error for a form of the operator that has no derivative here.
    func unsupported(_ what: String) -> HingeError {
        HingeError(.unsupported, "the derivative of \(what) is not supported")
    }
}
