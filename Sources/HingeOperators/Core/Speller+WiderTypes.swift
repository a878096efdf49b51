import HingeGraph

extension Operator {
    /// The casts that let the operator be written for another element type: those that its inputs have, each with one that it
    /// computes the same in.
    func casts(for known: [Inferred?]) -> [(type: DataType, wider: DataType)] {
        var types: [DataType] = []
        for type in known.compactMap({ $0?.type?.dataType }) where !types.contains(type) {
            types.append(type)
        }
        return types.flatMap { type in widerTypes(for: type).map { (type, $0) } }
    }
}

extension Speller {
    /// Spells an operator for a wider element type: inputs of `type` are cast to that, and outputs back.
    ///
    /// - Throws: ``HingeError`` with the code `unsupported` when the version can't express that either.
    mutating func spell(
        _ operation: some Operator, in wider: DataType, for type: DataType
    ) throws {
        var facts = inputs.indices.map { $0 < known.count ? known[$0] : nil }
        let before = try infer(operation, facts)
        var names = inputs
        for (index, fact) in facts.enumerated() where fact?.type?.dataType == type {
            if let constant = fact?.constant {
                let converted = try constant.converted(to: wider)
                facts[index] = Inferred(constant: converted)
                names[index] = self.constant(converted)
            } else {
                facts[index] = .tensor(wider, fact?.type?.shape)
                names[index] = cast(inputs[index], to: wider)
            }
        }
        let after = try infer(operation, facts)
        var results = outputs
        for (index, name) in outputs.enumerated() where !name.isEmpty {
            guard index < before.count, let wanted = before[index].type?.dataType,
                let found = after[index].type?.dataType
            else {
                throw HingeError(
                    .unsupported, "the element type of output \(index) must be known to be cast")
            }
            if wanted != found { results[index] = freshName() }
        }
        try append(operation, names, outputs: results, known: facts)
        for (index, name) in outputs.enumerated() where results[index] != name {
            try append(
                Cast(to: type), [results[index]], outputs: [name],
                known: [.tensor(after[index].type?.dataType, after[index].type?.shape)])
        }
    }

    private func infer(_ operation: some Operator, _ facts: [Inferred?]) throws -> [Inferred] {
        try operation.inferOutputs(InferenceContext(inputs: facts, outputCount: outputs.count))
    }
}

extension DataType {
    /// The floating-point types that 16-bit numbers may be computed with in.
    package var widerReals: [DataType] { self == .float16 || self == .bfloat16 ? [.float32] : [] }

    /// The integer types, narrower ones first, in which sums, differences, products, quotients and comparisons of this one's
    /// numbers are the same once they are cast back.
    package var widerIntegers: [DataType] {
        switch self {
        case .int8, .uint8, .int16, .uint16: [.int32, .int64]
        case .int32, .uint32: [.int64]
        default: []
        }
    }
}
