import HingeGraph
import HingeOperators
import HingeProgram

/// Rules 2 to 4 of ``RecognizeQuantization``.
extension ProgramEditor {
    /// Makes functions of one number a table.
    mutating func recognizeFunction(_ target: QuantizedTarget) throws -> Bool {
        var (slot, functions): (Program.SlotID, [Program.Step]) = (target.input, [])
        while functions.count < 8, dequantized(slot) == nil, let id = producer(of: slot),
            let step = step(id), let operand = functionOperand(step)
        {
            functions.append(step)
            slot = operand
        }
        guard let given = dequantized(slot), constant(given.source) == nil else { return false }
        if functions.isEmpty, given.quantization == target.quantization,
            given.quantization.isInvertible
        {
            return bypass(target.id, to: given.source)
        }
        let steps = [given.step] + functions.reversed() + [target.step]
        guard let table = try? values(of: steps, given.quantization.allIntegers),
            table.dataType == target.quantization.type
        else { return false }
        let constant = addConstant(table, hint: "table")
        try replace([target.id], with: TableLookup(), inputs: [given.source, constant])
        return true
    }

    /// The operand of a function of one number; all that it needs besides is constant.
    private func functionOperand(_ step: Program.Step) -> Program.SlotID? {
        guard step.outputs.count == 1, step.bodies.isEmpty, step.operation.isDeterministic,
            dataType(step.outputs[0]) == .float32
        else { return nil }
        let variables = step.inputs.filter { $0.map { constant($0) == nil } ?? false }
        guard variables.count == 1, let operand = variables[0] else { return nil }
        switch step.operation.locality {
        case .elementwise where step.inputs[0] == operand: break
        case .broadcasting: break
        default: return nil
        }
        let isScalar = step.inputs.allSatisfy { slot in
            guard let slot, slot != operand else { return true }
            return shape(slot)?.rank == 0
        }
        return isScalar && dataType(operand) == .float32 ? operand : nil
    }

    /// What steps, each by the one before it, make of all integers.
    private func values(of steps: [Program.Step], _ integers: Tensor) throws -> Tensor {
        var current = integers
        for step in steps {
            let inputs: [Value?] = step.inputs.map { slot in
                guard let slot else { return nil }
                return .tensor(constant(slot) ?? current)
            }
            var context = EvaluationContext(inputs: inputs)
            try step.operation.evaluate(&context)
            guard let result = context.outputs[0]?.tensor, result.shape == integers.shape else {
                throw HingeError(.mismatch, "expected a value for each of 256 integers")
            }
            current = result
        }
        return current
    }

    /// Joins parts as integers of the result's quantization.
    mutating func recognizeConcat(_ target: QuantizedTarget) throws -> Bool {
        guard let id = producer(of: target.input), let step = step(id), step.operation is Concat
        else { return false }
        let parts = step.inputs.map { dequantized($0) }
        guard !parts.contains(where: { $0 == nil }) else { return false }
        var slots: [Program.SlotID?] = []
        for case let part? in parts {
            if part.quantization == target.quantization, part.quantization.isInvertible {
                slots.append(part.source)
                continue
            }
            let table = try values(
                of: [part.step, target.step], part.quantization.allIntegers)
            slots.append(
                try insert(
                    TableLookup(),
                    inputs: [part.source, addConstant(table, hint: "table")], before: target.id))
        }
        try replace([target.id], with: step.operation, inputs: slots)
        return true
    }

    /// Makes a function of two numbers one of integers.
    ///
    /// - Parameters:
    ///   - value: The result before its activation.
    ///   - bounds: The integers that the activation leaves.
    mutating func recognizeBinary(
        _ target: QuantizedTarget, _ value: Program.SlotID, _ bounds: ClosedRange<Int>
    ) throws -> Bool {
        guard let id = producer(of: value), let step = step(id), step.inputs.count == 2,
            step.operation.locality == .broadcasting,
            let function = QuantizedBinary.Function(step.operation),
            let a = dequantized(step.inputs[0]), let b = dequantized(step.inputs[1])
        else { return false }
        try replace(
            [target.id],
            with: QuantizedBinary(
                function: function, a: a.quantization, b: b.quantization,
                result: target.quantization, bounds: bounds),
            inputs: [a.source, b.source])
        return true
    }
}

extension QuantizedBinary.Function {
    fileprivate init?(_ operation: any Operator) {
        switch operation {
        case is Add: self = .sum
        case is Sub: self = .difference
        case is Mul: self = .product
        default: return nil
        }
    }
}
