import HingeGraph

extension PreparationContext {
    /// Writes a function of all inputs, taken two at a time from the left, to output 0.
    func reduceInputs(
        _ function: some BinaryFunction, _ integerFunction: some BinaryIntegerFunction
    ) throws -> Kernel {
        try reduceInputs { $0.loop(function) ?? $0.integerLoop(integerFunction) }
    }

    /// Writes a function of all inputs, floating-point numbers taken two at a time from the left, to output 0.
    func reduceInputs(_ function: some BinaryFunction) throws -> Kernel {
        try reduceInputs { $0.loop(function) }
    }

    /// The kernel of several inputs of one floating-point type that gives output 0 of that type: computed in `Double` where more
    /// than two numbers would be rounded on the way.
    func roundingOnce(_ make: (PreparationContext) throws -> Kernel) throws -> Kernel {
        let first = try input(0)
        let type = first.dataType
        guard inputs.count > 2, type.isFloatingPoint, type != .float64 else {
            return try make(self)
        }
        var wide = self
        wide.inputs = try inputs.indices.map { index in
            try Tensor.requireSameType(first, input(index))
            return .tensor(KnownTensor(.float64, try input(index).shape))
        }
        let kernel = try make(wide)
        return { context in
            let wide = try context.inputs.indices.map { index in
                Value.tensor(try context.input(index).converted(to: .float64))
            }
            var real = EvaluationContext(inputs: wide)
            try kernel(&real)
            context.inputs = [real.outputs[0]]
            try context.convert(to: type, ConversionRules())
        }
    }

    private func reduceInputs(_ loop: (DataType) -> PairLoop?) throws -> Kernel {
        let first = try input(0)
        guard inputs.count > 1 else { return { $0.set(0, try $0.input(0)) } }
        var pairings = [try Pairing(first, input(1))]
        let type = first.dataType
        guard let loop = loop(type) else { throw first.notSupported() }
        for index in 2..<max(inputs.count, 2) {
            let left = KnownTensor(type, pairings[index - 2].shape)
            pairings.append(try Pairing(left, input(index)))
        }
        return InputReduction(type: type, pairings: pairings, loop: loop).run
    }
}

/// A function of several tensors of one type, which broadcast, taken two at a time from the left.
private struct InputReduction: Sendable {
    let type: DataType
    /// What is computed so far with the next tensor.
    let pairings: [Pairing]
    let loop: PairLoop

    /// Computes output 0.
    ///
    /// Once what is computed so far has the shape of the whole, it is in the output's memory. That may also be the
    /// memory of input 0 or 1, which nothing reads after the first pair.
    @Sendable
    func run(_ context: inout EvaluationContext) throws {
        guard let shape = pairings.last?.shape else { return }
        let y = try context.output(0, type, shape)
        guard let result = context.outputs[0]?.tensor else { return }
        var left = try context.input(0)
        for (index, pairing) in pairings.enumerated() {
            let right = try context.input(index + 1)
            if pairing.shape == shape {
                try loop(y, left, right, pairing.runs)
                left = result
            } else {
                var part = EvaluationContext(inputs: [])
                try loop(part.output(0, type, pairing.shape), left, right, pairing.runs)
                if let tensor = part.outputs[0]?.tensor { left = tensor }
            }
        }
    }
}
