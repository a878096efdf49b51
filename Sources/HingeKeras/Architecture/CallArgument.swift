import HingeGraph

/// An argument of a layer's call: a structure of lists and dictionaries with tensors, constants and
/// plain values as its leaves.
///
/// `Leaf` is what stands for a tensor: a reference to another layer's output in a configuration, a
/// value of the graph while it is built.
indirect enum CallArgument<Leaf> {
    /// A tensor that is computed.
    case tensor(Leaf)
    /// Arguments in order.
    case list([CallArgument])
    /// Arguments by key, in the order of the file.
    case dictionary([(key: String, value: CallArgument)])
    /// An array that the configuration holds.
    case constant(Tensor)
    /// A Python slice.
    case slice(start: CallArgument, stop: CallArgument, step: CallArgument)
    /// Python's `...`.
    case ellipsis
    /// Anything else: a number, a string, a truth value, null.
    case literal(JSONValue)
}

extension CallArgument: Sendable where Leaf: Sendable {}

extension CallArgument {
    /// The same structure with other leaves.
    func map<Result>(_ transform: (Leaf) throws -> Result) rethrows -> CallArgument<Result> {
        switch self {
        case .tensor(let leaf): .tensor(try transform(leaf))
        case .list(let items): .list(try items.map { try $0.map(transform) })
        case .dictionary(let items):
            .dictionary(try items.map { ($0.key, try $0.value.map(transform)) })
        case .constant(let tensor): .constant(tensor)
        case .slice(let start, let stop, let step):
            .slice(
                start: try start.map(transform), stop: try stop.map(transform),
                step: try step.map(transform))
        case .ellipsis: .ellipsis
        case .literal(let value): .literal(value)
        }
    }

    /// The tensors, in the order in which Keras flattens structures: dictionaries by their sorted
    /// keys.
    var leaves: [Leaf] {
        switch self {
        case .tensor(let leaf): [leaf]
        case .list(let items): items.flatMap(\.leaves)
        case .dictionary(let items):
            items.sorted { $0.key.isLess(than: $1.key) }.flatMap(\.value.leaves)
        case .slice(let start, let stop, let step): start.leaves + stop.leaves + step.leaves
        case .constant, .ellipsis, .literal: []
        }
    }

    /// The plain value, if this is one.
    var literal: JSONValue? { if case .literal(let value) = self { value } else { nil } }

    /// Whether this is Python's `None`.
    var isNone: Bool { literal == .null }
}

/// A reference to an output of a call of a layer.
struct TensorReference: Sendable, Hashable {
    /// The layer's name within its model.
    var layer: String
    /// Which call of the layer, counted from 0.
    var call: Int
    /// Which of the call's outputs.
    var output: Int
}

/// A call of a layer: its arguments, by position and by name.
struct CallArguments<Leaf> {
    /// The arguments by position.
    var positional: [CallArgument<Leaf>]
    /// The arguments by name, in the order of the file.
    var named: [(key: String, value: CallArgument<Leaf>)]

    init(
        _ positional: [CallArgument<Leaf>], _ named: [(key: String, value: CallArgument<Leaf>)] = []
    ) {
        self.positional = positional
        self.named = named
    }

    /// The argument with the given name.
    subscript(name: String) -> CallArgument<Leaf>? {
        named.first { $0.key == name }?.value
    }

    /// The same arguments with other leaves.
    func map<Result>(_ transform: (Leaf) throws -> Result) rethrows -> CallArguments<Result> {
        CallArguments<Result>(
            try positional.map { try $0.map(transform) },
            try named.map { ($0.key, try $0.value.map(transform)) })
    }

    /// The tensors: first those by position, then those by name, names sorted.
    var leaves: [Leaf] {
        positional.flatMap(\.leaves)
            + named.sorted { $0.key.isLess(than: $1.key) }.flatMap(\.value.leaves)
    }
}

extension CallArguments: Sendable where Leaf: Sendable {}

extension String {
    /// Whether Python sorts this string before another: by code point.
    func isLess(than other: String) -> Bool {
        unicodeScalars.lexicographicallyPrecedes(other.unicodeScalars)
    }
}
