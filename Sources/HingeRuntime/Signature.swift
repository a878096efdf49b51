import HingeGraph

/// The inputs that a model declares, and the check of those that a caller gives.
struct Signature: Sendable {
    /// The inputs without a default.
    let required: [ValueInfo]
    /// The inputs that are also initializers.
    let overridable: [ValueInfo]
    private let names: Set<String>

    init(_ graph: Graph) {
        required = graph.requiredInputs
        let names = Set(required.map(\.name))
        overridable = graph.inputs.filter { !names.contains($0.name) }
        self.names = Set(graph.inputs.map(\.name))
    }

    /// Checks that the values are the declared inputs.
    ///
    /// - Throws: ``HingeError`` with the code `mismatch`.
    func check(_ values: [String: Value]) throws {
        if values.keys.contains(where: { !names.contains($0) }),
            let unknown = values.keys.filter({ !names.contains($0) }).min()
        {
            let known = (required + overridable).map { "'\($0.name)'" }.joined(separator: ", ")
            throw HingeError(
                .mismatch,
                "unknown input '\(unknown)'; the inputs of the model are \(known.orNone)")
        }
        var symbols: [String: Symbol] = [:]
        for info in required {
            guard let value = values[info.name] else { throw mismatch(info, nil) }
            try check(value, info, &symbols)
        }
        for info in overridable {
            if let value = values[info.name] { try check(value, info, &symbols) }
        }
    }

    /// A named dimension: its extent, and the input that had it first.
    private struct Symbol {
        let extent: Int
        let input: String
    }

    private func check(
        _ value: Value, _ info: ValueInfo, _ symbols: inout [String: Symbol]
    ) throws {
        guard let type = info.type, type.accepts(value) else {
            if info.type == nil { return }
            throw mismatch(info, value)
        }
        guard case .tensor(let tensor) = value, let shape = type.shape else { return }
        for (dimension, extent) in zip(shape.dimensions, tensor.shape) {
            guard case .symbolic(let name) = dimension, !name.isEmpty else { continue }
            guard let symbol = symbols[name] else {
                symbols[name] = Symbol(extent: extent, input: info.name)
                continue
            }
            guard symbol.extent == extent else {
                let rule =
                    symbol.input == info.name
                    ? "each \(name) is the same"
                    : "\(name) is \(symbol.extent) as in input '\(symbol.input)'"
                throw HingeError(
                    .mismatch,
                    "input '\(info.name)': expected \(type), where \(rule), found \(value.typeText)"
                )
            }
        }
    }

    private func mismatch(_ info: ValueInfo, _ value: Value?) -> HingeError {
        let expected = info.type.map(\.description) ?? "a value"
        return HingeError(
            .mismatch,
            "input '\(info.name)': expected \(expected), found \(value?.typeText ?? "none")")
    }
}

extension ValueType {
    /// Whether a value is of this type; named dimensions fit any extent.
    func accepts(_ value: Value) -> Bool {
        switch (self, value) {
        case (.tensor(let type, let shape), .tensor(let tensor)):
            type.map { $0 == tensor.dataType } ?? true && ValueType.fits(tensor.shape, shape)
        case (.sparseTensor(let type, let shape), .sparseTensor(let tensor)):
            type.map { $0 == tensor.values.dataType } ?? true
                && ValueType.fits(tensor.shape, shape)
        case (.sequence(let element), .sequence(let values)):
            element.map { element in values.allSatisfy { element.accepts($0) } } ?? true
        case (.optional(let element), .optional(let value)):
            if let element, let value { element.accepts(value) } else { true }
        case (.map(let key, let element), .map(let keys, let values)):
            key.map { $0 == keys.dataType } ?? true
                && element.map { element in values.allSatisfy { element.accepts($0) } } ?? true
        case (.opaque, _): true
        default: false
        }
    }

    private static func fits(_ extents: [Int], _ shape: Shape?) -> Bool {
        guard let shape else { return true }
        return shape.rank == extents.count
            && zip(shape.dimensions, extents).allSatisfy { ($0.extent ?? $1) == $1 }
    }
}

extension Value {
    /// The type and shape of the value, in the words of errors: `float32[2, 3]`.
    var typeText: String {
        switch self {
        case .tensor(let tensor): "\(tensor.dataType)\(tensor.shape)"
        case .sparseTensor(let tensor): "sparse \(tensor.values.dataType)\(tensor.shape)"
        case .sequence(let values):
            values.first.map { "sequence of \(values.count), the first \($0.typeText)" }
                ?? "an empty sequence"
        case .optional(let value): value.map { "optional \($0.typeText)" } ?? "an empty optional"
        case .map(let keys, let values):
            "map from \(keys.dataType) to \(values.first?.typeText ?? "nothing")"
        }
    }
}

extension String {
    fileprivate var orNone: String { isEmpty ? "none" : self }
}
