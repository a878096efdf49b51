import HingeGraph
import HingeOperators

/// What is known of each slot of a program when the types of its inputs are known.
///
/// What depends on constants only, or on shapes only, is computed here and never when running.
struct Facts: Sendable {
    /// What is known of each slot; `nil` for an absent optional output.
    private(set) var values: [Inferred?]

    /// The largest constant that is made of smaller ones, in bytes.
    private static let growthLimit = 1 << 24

    /// - Parameters:
    ///   - inputs: What is known of inputs, by slot.
    ///   - constants: Slots that are known to be constants from an earlier look.
    init(_ program: Program, inputs: [Int: Inferred], constants: [Int: Tensor] = [:]) {
        values = program.slots.map { slot in
            slot.constant.map { Inferred(constant: $0) } ?? Inferred(type: nil)
        }
        for (slot, tensor) in constants { values[slot] = Inferred(constant: tensor) }
        for (slot, fact) in inputs { values[slot] = fact }
        for step in program.steps { look(at: step) }
    }

    /// The slot's value, if it is a constant.
    func constant(_ slot: Int) -> Tensor? { values[slot]?.constant }

    /// The type and shape of a slot that takes a tensor, if they are known altogether.
    func tensor(_ slot: Int) -> TensorType? {
        guard case .tensor(let dataType?, let shape?) = values[slot]?.type,
            let extents = shape.extents, dataType != .string,
            (try? MemoryLimit.check(dataType, extents)) != nil
        else { return nil }
        return TensorType(dataType: dataType, shape: extents)
    }

    private mutating func look(at step: Program.Step) {
        let outputs = step.outputs.compactMap { $0 }
        guard outputs.contains(where: { values[$0]?.constant == nil }) else { return }
        var inputs = step.inputs.map { $0.flatMap { values[$0] } }
        for (index, tensor) in step.operands {
            while inputs.count <= index { inputs.append(nil) }
            inputs[index] = inputs[index] ?? Inferred(constant: tensor)
        }
        // What runs subgraphs is left to the run: it may not run them, or run them many times.
        guard step.bodies.isEmpty,
            let inferred = try? step.operation.inferOutputs(
                InferenceContext(inputs: inputs, outputCount: step.outputs.count))
        else { return }
        let constants = fold(step, inputs, inferred)
        for (index, slot) in step.outputs.enumerated() {
            guard let slot else { continue }
            if index < constants.count, let tensor = constants[index] {
                values[slot] = Inferred(constant: tensor)
            } else if index < inferred.count {
                values[slot] = inferred[index].withConstant
            }
        }
    }

    /// The outputs of a step whose inputs are all constants.
    private func fold(
        _ step: Program.Step, _ inputs: [Inferred?], _ inferred: [Inferred]
    ) -> [Tensor?] {
        guard step.operation.isDeterministic,
            inputs.allSatisfy({ $0 == nil || $0?.constant != nil }),
            inferred.allSatisfy({ Facts.isTensor($0) })
        else { return [] }
        let size = Extent.sum(of: inputs.map { $0?.constant?.byteCount ?? 0 })
        let limit = max(Facts.growthLimit, size)
        guard inferred.allSatisfy({ Facts.byteCount($0) <= limit }) else { return [] }
        var context = EvaluationContext(
            inputs: inputs.map { $0?.constant.map { .tensor($0) } },
            outputCount: step.outputs.count)
        // What can't be evaluated fails when it runs, if it runs.
        guard (try? step.operation.evaluate(&context)) != nil else { return [] }
        return context.outputs.map { $0?.tensor }
    }

    private static func isTensor(_ fact: Inferred) -> Bool {
        if case .tensor = fact.type { true } else { fact.type == nil }
    }

    /// The size of a value; of one whose shape isn't known, as if it were small.
    private static func byteCount(_ fact: Inferred) -> Int {
        guard let extents = fact.type?.shape?.extents else { return 0 }
        guard let count = try? Tensor.count(of: extents) else { return .max }
        return (fact.type?.dataType ?? .float64).byteCount(ofElements: count) ?? .max
    }
}

/// The type of a tensor whose shape is known.
struct TensorType: Sendable, Hashable {
    let dataType: DataType
    let shape: [Int]

    /// The number of elements.
    var count: Int { Extent.product(of: shape) }
    /// The size in bytes.
    var byteCount: Int { dataType.byteCount(ofElements: count) ?? 0 }
}

extension Inferred {
    /// This with the constant that its elements make, if all of them are known.
    fileprivate var withConstant: Inferred {
        guard constant == nil, let extents = elements.flatMap({ Shape($0).extents }),
            case .tensor(let dataType?, let shape?) = type, shape.rank <= 1,
            shape.rank == 1 || extents.count == 1
        else { return self }
        let tensorShape = shape.rank == 0 ? [] : [extents.count]
        switch dataType {
        case .int64:
            return Inferred(constant: Tensor(extents.map { Int64($0) }, shape: tensorShape))
        case .int32 where extents.allSatisfy({ Int32(exactly: $0) != nil }):
            return Inferred(constant: Tensor(extents.map { Int32($0) }, shape: tensorShape))
        default: return self
        }
    }
}
