import HingeGraph
import HingeOperators
import HingeProgram

/// What passes that recognise several nodes as one operator look for.
extension ProgramEditor {
    /// A step that computes an operator of the given type, and its operator; `nil` also where one of two inputs is laid
    /// along an axis, as before version 7.
    package func match<Kind: Operator>(
        _ id: Program.StepID?, as kind: Kind.Type
    ) -> (step: Program.Step, operator: Kind)? {
        guard let id, let step = step(id), let found = step.operation as? Kind else { return nil }
        if found is any BroadcastingOperator, found.locality == .whole { return nil }
        return (step, found)
    }

    /// The first input of a step.
    package func input(_ id: Program.StepID) -> Program.SlotID? { step(id)?.inputs.first ?? nil }

    /// The step that produces a value, if it is of the given type and nobody but `user` needs it.
    package func inner<Kind: Operator>(
        _ slot: Program.SlotID?, as kind: Kind.Type, usedBy user: Program.StepID
    ) -> Program.StepID? {
        guard let id = producer(of: slot), match(id, as: kind) != nil,
            soleConsumer(of: slot) == user
        else { return nil }
        return id
    }

    /// The number that a constant with one element holds.
    func number(_ slot: Program.SlotID?) -> Double? {
        guard let tensor = constant(slot), tensor.count == 1, tensor.dataType.isFloatingPoint
        else { return nil }
        return try? tensor.doubles()[0]
    }

    /// Whether a value holds a number, as exactly as its element type can.
    func isNumber(_ slot: Program.SlotID?, _ expected: Double) -> Bool {
        guard let value = number(slot), let type = dataType(slot) else { return false }
        return ProgramEditor.isEqual(value, expected, type)
    }

    /// Whether two numbers are equal but for rounding to an element type, and that of the tool that wrote them.
    static func isEqual(_ value: Double, _ expected: Double, _ type: DataType?) -> Bool {
        let tolerance: Double =
            switch type {
            case .float16: 1e-3
            case .bfloat16: 8e-3
            default: 1e-5
            }
        return abs(value - expected) <= tolerance * max(abs(expected), 1e-30)
    }

    /// The inputs of a commutative node, each of them first once.
    package func operands<Kind: Operator>(
        _ id: Program.StepID?, as kind: Kind.Type
    ) -> [(Program.SlotID, Program.SlotID)] {
        guard let (step, _) = match(id, as: kind), step.inputs.count == 2,
            let first = step.inputs[0], let second = step.inputs[1]
        else { return [] }
        return [(first, second), (second, first)]
    }

    /// Whether an operator with bounds as inputs or of its own clips to the given ones.
    func clips(_ id: Program.StepID, from low: Double, to high: Double) -> Bool {
        guard let (step, clip) = match(id, as: Clip.self) else { return false }
        func bound(_ own: Float?, _ index: Int) -> Double? {
            if let own { return Double(own) }
            return step.inputs.count > index ? number(step.inputs[index]) : nil
        }
        return bound(clip.minimum, 1) == low && bound(clip.maximum, 2) == high
    }
}

/// A product as its factors: steps that multiply and divide, flattened through values that nothing else uses.
struct Product {
    /// The product of the constants.
    private(set) var constant = 1.0
    /// The other factors.
    private(set) var factors: [Program.SlotID] = []
    /// The steps that multiply, innermost first.
    private(set) var steps: [Program.StepID] = []
    /// The element type.
    let type: DataType?

    /// The product that a step computes; `nil` when it doesn't multiply or divide by a constant.
    init?(_ id: Program.StepID?, _ editor: ProgramEditor) {
        guard let id, let output = editor.step(id)?.outputs.first else { return nil }
        type = editor.dataType(output)
        guard add(id, editor) else { return nil }
    }

    /// Whether the constants' product is a number.
    func isConstant(_ expected: Double) -> Bool {
        ProgramEditor.isEqual(constant, expected, type)
    }

    private mutating func add(_ id: Program.StepID, _ editor: ProgramEditor) -> Bool {
        if let (step, _) = editor.match(id, as: Mul.self), step.inputs.count == 2 {
            for case let slot? in step.inputs { add(slot, usedBy: id, editor) }
        } else if let (step, _) = editor.match(id, as: Div.self), step.inputs.count == 2,
            let dividend = step.inputs[0], let divisor = editor.number(step.inputs[1]),
            divisor != 0
        {
            add(dividend, usedBy: id, editor)
            constant /= divisor
        } else {
            return false
        }
        steps.append(id)
        return true
    }

    private mutating func add(
        _ slot: Program.SlotID, usedBy user: Program.StepID, _ editor: ProgramEditor
    ) {
        if let number = editor.number(slot) {
            constant *= number
        } else if let id = editor.producer(of: slot), editor.soleConsumer(of: slot) == user,
            add(id, editor)
        {
        } else {
            factors.append(slot)
        }
    }
}
