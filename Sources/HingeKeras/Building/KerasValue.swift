import HingeGraph
import HingeOperators

/// A tensor between layers while a graph is built, and the mask that goes with it.
struct KerasValue: Sendable, Hashable {
    /// The tensor.
    var operand: Operand
    /// Which steps of the tensor count: booleans `[N, T]`, N the batch and T the steps.
    var mask: Operand?

    init(_ operand: Operand, mask: Operand? = nil) {
        self.operand = operand
        self.mask = mask
    }
}

/// One call of a layer while a graph is built.
struct LayerCall {
    /// The arguments.
    var arguments: CallArguments<KerasValue>

    /// Creates a call; an argument `mask` takes the place of the mask that comes with the input.
    init(arguments: CallArguments<KerasValue>) {
        self.arguments = arguments
        guard case .tensor(let mask)? = arguments["mask"],
            case .tensor(var input)? = arguments.positional.first
        else { return }
        input.mask = mask.operand
        self.arguments.positional[0] = .tensor(input)
    }

    /// The tensors of the first argument.
    var inputs: [KerasValue] {
        if let first = arguments.positional.first { return first.leaves }
        return arguments["inputs"]?.leaves ?? []
    }

    /// The one tensor of the first argument.
    ///
    /// - Throws: ``HingeError`` when there are several or none.
    func input() throws -> KerasValue {
        let inputs = inputs
        guard inputs.count == 1 else {
            throw HingeError(.mismatch, "expected 1 input, found \(inputs.count)")
        }
        return inputs[0]
    }

    /// The tensor that is the argument of the given name, or at the given position.
    func tensor(_ name: String, _ position: Int) -> KerasValue? {
        let argument =
            arguments[name]
            ?? (position < arguments.positional.count ? arguments.positional[position] : nil)
        if case .tensor(let value)? = argument { return value }
        return nil
    }

    /// The plain value that is the argument of the given name.
    func flag(_ name: String) -> Bool { arguments[name]?.literal?.bool ?? false }
}
