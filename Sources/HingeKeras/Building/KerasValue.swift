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
    /// The mask that a layer that keeps masks gives its outputs.
    var keptMask: Operand?
    /// Whether the mask is an argument, rather than one that comes with the input.
    private(set) var isMaskGiven = false

    /// Creates a call.
    ///
    /// An argument `mask` takes the place of the mask that comes with the input; in Keras 3 up to
    /// 3.10 outputs nevertheless keep the latter.
    init(arguments: CallArguments<KerasValue>, semantics: KerasSemantics) {
        self.arguments = arguments
        keptMask = inputs.first?.mask
        guard case .tensor(let mask)? = arguments["mask"],
            case .tensor(var input)? = arguments.positional.first
        else { return }
        isMaskGiven = true
        input.mask = mask.operand
        self.arguments.positional[0] = .tensor(input)
        if semantics.generation != .keras3 || semantics.isKeras3(since: 11) {
            keptMask = mask.operand
        }
    }

    /// The masks among the arguments, in the order of the inputs; `nil` where an input has none.
    var maskArguments: [Operand?] {
        func masks(_ argument: CallArgument<KerasValue>) -> [Operand?] {
            switch argument {
            case .tensor(let value): [value.operand]
            case .list(let items): items.flatMap(masks)
            case .dictionary(let items):
                items.sorted { $0.key.isLess(than: $1.key) }.flatMap { masks($0.value) }
            default: [nil]
            }
        }
        guard let argument = arguments["mask"], !argument.isNone else { return [] }
        return masks(argument)
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
