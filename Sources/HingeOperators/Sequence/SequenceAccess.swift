import HingeGraph

/// What a file may not ask for more of.
enum SequenceLimit {
    /// The most elements of a sequence.
    private static let count = 1 << 24
    /// The memory that an element takes besides what it holds, in bytes.
    private static let elementByteCount = 256

    /// Checks that a sequence has no more elements than it may have.
    ///
    /// - Throws: ``HingeError`` with the code `limit`.
    static func check(count: Int) throws {
        let limit = min(SequenceLimit.count, MemoryLimit.perValue / elementByteCount)
        guard count <= limit else {
            throw HingeError(
                .limit, "expected a sequence of at most \(limit) elements, found \(count)")
        }
    }
}

extension EvaluationContext {
    /// The elements of the sequence that is the input at `index`.
    ///
    /// - Throws: ``HingeError`` when it is absent or isn't a sequence.
    func sequence(_ index: Int) throws -> [Value] {
        let value = try value(index)
        guard case .sequence(let elements) = value else {
            throw HingeError(
                .mismatch,
                "expected a sequence as input \(index), found \(try value.valueType)")
        }
        return elements
    }

    /// A position in a sequence, the input at `index`, made non-negative: `int32[]` or `int64[]`.
    ///
    /// - Parameter count: The number of positions there are; negative ones count from `length`.
    /// - Throws: ``HingeError`` when there is no such position.
    func position(_ index: Int, below count: Int, length: Int) throws -> Int {
        let given = try input(index).integer()
        let position = given < 0 ? given + length : given
        guard (0..<count).contains(position) else {
            throw HingeError(
                .mismatch,
                count == 0
                    ? "expected an element at position \(given), found an empty sequence"
                    : "expected a position from \(-length) to \(count - 1), found \(given)")
        }
        return position
    }
}

extension InferenceContext {
    /// The type of the elements of the sequence that is the input at `index`, if it is known.
    ///
    /// - Throws: ``HingeError`` when the input surely isn't a sequence.
    func elementType(_ index: Int) throws -> ValueType? {
        guard let type = input(index)?.type else { return nil }
        guard case .sequence(let element) = type else {
            throw HingeError(.mismatch, "expected a sequence as input \(index), found \(type)")
        }
        return element
    }
}

extension Value {
    /// The tensors of a sequence.
    ///
    /// - Throws: ``HingeError`` when an element isn't one.
    static func tensors(_ elements: [Value]) throws -> [Tensor] {
        try elements.map { element in
            guard let tensor = element.tensor else {
                throw HingeError(
                    .mismatch, "expected a sequence of tensors, found \(try element.valueType)")
            }
            return tensor
        }
    }
}
