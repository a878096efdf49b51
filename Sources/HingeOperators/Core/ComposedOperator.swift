import HingeGraph

/// An operator that others stand for: it states them, and what it infers and computes is what they do.
///
/// `BiasGelu` is the one to imitate.
public protocol ComposedOperator: Operator {
    /// Appends the operators that together compute this one, and gives its outputs.
    ///
    /// - Throws: ``HingeError`` when the inputs don't fit; with the code `unsupported` when what is known of them is too
    ///   little. Of inputs of known types and shapes enough is known.
    func compose(_ composition: inout Composition) throws
}

public extension ComposedOperator {
    func infer(_ context: InferenceContext) throws -> [Inferred] {
        do {
            return try Composition(self, context.inputs, outputCount: context.outputCount)
                .outputFacts
        } catch let error as HingeError where error.code == .unsupported {
            return [Inferred](repeating: Inferred(), count: context.outputCount)
        }
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let known = try context.inputs.map { value -> Inferred? in
            guard let value else { return nil }
            guard let tensor = value.tensor else { return Inferred(type: try value.valueType) }
            return Inferred(constant: tensor)
        }
        try Composition(self, known, outputCount: context.outputCount).run(&context)
    }

    func multiplyAccumulates(_ context: InferenceContext, _ outputs: [Inferred]) -> Int {
        let steps = try? Composition(self, context.inputs, outputCount: context.outputCount)
        return steps?.multiplyAccumulates ?? 0
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        let steps = try? Composition(self, context.inputs, outputCount: context.outputCount)
        return steps?.inputNeeds(outputs) ?? [:]
    }
}
