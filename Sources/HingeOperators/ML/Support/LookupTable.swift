import HingeGraph

/// Replaces each element of a tensor by the value that stands at the place of an equal key.
struct LookupTable: Sendable {
    private let keys: KeyTable
    /// The values, and behind them that of elements that are no key.
    private let values: Tensor

    /// - Throws: ``HingeError`` when the types aren't those of a table, or the lengths differ.
    init(keys: Tensor, values: Tensor, defaultValue: Tensor) throws {
        guard keys.count == values.count else {
            throw HingeError(
                .badData,
                "expected as many values as keys, found \(values.count) and \(keys.count)")
        }
        self.keys = try KeyTable(keys)
        self.values = try values.appending(defaultValue)
    }

    /// Writes output 0, which has the shape of the tensor.
    func write(_ x: Tensor, _ context: inout EvaluationContext) throws {
        let last = values.count - 1
        let places = try keys.places(x).map { $0 ?? last }
        try context.pick(places, of: values, x.shape)
    }
}

extension ElementNeeds {
    /// Elements of which some are among keys, and others aren't.
    static func looking(up keys: Tensor?) -> ElementNeeds {
        comparedWith(keys) ?? ElementNeeds()
    }
}
