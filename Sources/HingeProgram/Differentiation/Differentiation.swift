import HingeGraph
import HingeOperators

/// Adds to a program the steps that compute gradients: differentiation in reverse mode.
///
/// Rules:
/// 1. An operator between what is differentiated and what it is differentiated by that states no derivative itself is
///    replaced by the operators that stand for it.
/// 2. From the last such step to the first, the gradients of a step's inputs are computed from those of its outputs, as its
///    operator states; a value that several steps use has the sum of what each gives.
/// 3. A step that runs bodies is followed by one that runs the derivatives of the bodies.
/// 4. Integers, conditions and text have no gradients, and nothing passes through an operator that states that its
///    derivative is zero.
/// 5. The gradient of a value that doesn't matter is zero.
struct Differentiation {
    typealias SlotID = Program.SlotID

    var appender: ProgramAppender

    init(_ program: Program) {
        appender = ProgramAppender(program)
    }

    var program: Program { appender.program }

    /// The gradient of a value.
    struct Seed {
        /// The value.
        var value: SlotID
        /// The slot of its gradient.
        var gradient: SlotID
    }

    /// The gradients of values by which others are differentiated.
    ///
    /// - Parameters:
    ///   - seeds: The gradients of the values that are differentiated, some perhaps twice.
    ///   - values: The values by which they are differentiated.
    /// - Returns: The slots of their gradients; `nil` where one is zero.
    /// - Throws: ``HingeError`` with the step as its context where an operator in between has no derivative.
    mutating func gradients(_ seeds: [Seed], by values: [SlotID]) throws -> [SlotID?] {
        try expand(Path(program, from: values, to: seeds.map(\.value)), seeds, values)
        let path = Path(program, from: values, to: seeds.map(\.value))
        var gradients: [SlotID: [SlotID]] = [:]
        for seed in seeds { gradients[seed.value, default: []].append(seed.gradient) }
        for id in path.steps.reversed() {
            let step = program.steps[id]
            var given: [SlotID?] = []
            for output in step.outputs {
                given.append(try output.flatMap { try total(&gradients, $0, step) })
            }
            guard given.contains(where: { $0 != nil }) else { continue }
            let found = try withPlaces(step.places) {
                try contributions(id, given, path.depending)
            }
            for (slot, gradient) in found { gradients[slot, default: []].append(gradient) }
        }
        return try values.map { try total(&gradients, $0, nil) }
    }

    /// The gradient of a value: the sum of what is given for it.
    private mutating func total(
        _ gradients: inout [SlotID: [SlotID]], _ slot: SlotID, _ step: Program.Step?
    ) throws -> SlotID? {
        guard let parts = gradients[slot], let first = parts.first else { return nil }
        if parts.count == 1 { return first }
        let sum = try appender.append(parts.count == 2 ? Add() : Sum(), parts, for: step)[0]
        gradients[slot] = [sum]
        return sum
    }

    /// What a step gives to the gradients of the values that it reads.
    private mutating func contributions(
        _ id: Program.StepID, _ given: [SlotID?], _ depending: Set<SlotID>
    ) throws -> [(SlotID, SlotID)] {
        try nameOutputs(id)
        let step = program.steps[id]
        if !step.bodies.isEmpty { return try bodyContributions(id, given, depending) }
        let wanted = Set(
            step.inputs.indices.filter { step.inputs[$0].map(depending.contains) ?? false })
        var operation = step.operation
        var inputs = step.inputs
        if let aligned = try aligned(step) { (operation, inputs) = aligned }
        guard let differentiable = operation as? any DifferentiableOperator else {
            throw step.hasNoDerivative
        }
        var derivative = Derivative(
            inputs: inputs.map { $0.map { appender.fact($0) } },
            outputs: step.outputs.map { $0.map { appender.fact($0) } },
            outputGradients: step.outputs.indices.map { index in
                (index < given.count ? given[index] : nil).map { appender.fact($0) }
            }, wanted: wanted)
        try differentiable.differentiate(&derivative)
        let results = derivative.gradients
        let slots = try appender.append(
            derivative.composition, inputs + step.outputs + given, results, for: step)
        var found: [(SlotID, SlotID)] = []
        for position in wanted.sorted() where position < slots.count {
            guard var gradient = slots[position], let value = step.inputs[position] else {
                continue
            }
            if inputs[position] != value {
                gradient = try reshaped(gradient, like: value, step)
            }
            if gradient != value {
                let type = appender.fact(value).type
                appender.program.facts[gradient] = appender.fact(gradient).filled(from: type)
            }
            found.append((value, gradient))
        }
        return found
    }

    /// Has a step give the outputs that its operator's derivative computes with.
    private mutating func nameOutputs(_ id: Program.StepID) throws {
        var step = program.steps[id]
        guard let operation = step.operation as? any DifferentiableOperator else { return }
        let missing = operation.outputsForDerivative.filter {
            $0 >= step.outputs.count || step.outputs[$0] == nil
        }
        guard let last = missing.max() else { return }
        while step.outputs.count <= last { step.outputs.append(nil) }
        let inferred = try operation.inferOutputs(
            InferenceContext(
                inputs: step.inputs.map { $0.map { appender.fact($0) } },
                outputCount: step.outputs.count))
        // The version of its node may not have them.
        step.source = nil
        for position in missing {
            let fact = position < inferred.count ? inferred[position] : Inferred()
            step.outputs[position] = appender.program.add(
                Program.Slot(hint: operation.id.type), fact)
        }
        appender.program.steps[id] = step
    }

    /// An operator whose second input lies over the first by the rule of versions before 7, by the rule of today.
    private mutating func aligned(
        _ step: Program.Step
    ) throws -> (operation: any Operator, inputs: [SlotID?])? {
        let context = InferenceContext(
            inputs: step.inputs.map { $0.map { appender.fact($0) } })
        guard let operation = step.operation as? any AlignedOperator,
            let (form, dimensions) = operation.aligned(context), step.inputs.count > 1,
            let second = step.inputs[1]
        else { return nil }
        var inputs = step.inputs
        inputs[1] = try appender.append(Unsqueeze(axes: dimensions), [second], for: step)[0]
        return (form, inputs)
    }

    private mutating func reshaped(
        _ gradient: SlotID, like value: SlotID, _ step: Program.Step
    ) throws -> SlotID {
        let shape = try appender.append(ShapeOf(), [value], for: step)[0]
        return try appender.append(Reshape(), [gradient, shape], for: step)[0]
    }
}

extension Program.Step {
    /// The error for an operator that gradients can't pass.
    fileprivate var hasNoDerivative: HingeError {
        var reason = "no derivative is stated"
        if let absent = operation as? any UndifferentiatedOperator {
            reason = type(of: absent).derivativeAbsence.reason
        }
        return HingeError(
            .unsupported, "\(operation.id.type) can't be differentiated: \(reason)")
    }
}

// MARK: - The way between

/// The steps through which values depend on others.
struct Path {
    /// The values that depend on those by which is differentiated, these included.
    let depending: Set<Program.SlotID>
    /// The steps on a way from the ones to the others, in order.
    let steps: [Program.StepID]

    init(_ program: Program, from values: [Program.SlotID], to targets: [Program.SlotID]) {
        var depending = Set(values)
        for step in program.steps where step.passesGradients {
            guard step.used.contains(where: depending.contains) else { continue }
            for case let output? in step.outputs {
                if program.facts[output].type?.hasGradient ?? true { depending.insert(output) }
            }
        }
        var needed = Set(targets).intersection(depending)
        var steps: [Program.StepID] = []
        for (id, step) in program.steps.enumerated().reversed() {
            let isNeeded = step.outputs.contains { $0.map(needed.contains) ?? false }
            guard isNeeded, step.passesGradients else { continue }
            let used = step.used.filter(depending.contains)
            guard !used.isEmpty else { continue }
            needed.formUnion(used)
            steps.append(id)
        }
        self.depending = depending
        self.steps = steps.reversed()
    }
}

extension Program.Step {
    /// Whether the operator doesn't state that its derivative is zero.
    fileprivate var passesGradients: Bool {
        guard let absent = operation as? any UndifferentiatedOperator,
            case .zero = type(of: absent).derivativeAbsence
        else { return true }
        return false
    }
}

extension ValueType {
    /// Whether values of the type have gradients.
    var hasGradient: Bool {
        switch self {
        case .tensor(let type, _): type?.isFloatingPoint ?? true
        case .sequence(let element), .optional(let element): element?.hasGradient ?? true
        case .sparseTensor, .map, .opaque: false
        }
    }
}

// MARK: - Expansion

extension Differentiation {
    /// Puts the operators that stand for others in the place of steps that need them.
    private mutating func expand(_ path: Path, _ seeds: [Seed], _ values: [SlotID]) throws {
        let steps = program.steps
        let needed = Set(path.steps)
        guard needed.contains(where: { !steps[$0].isDifferentiable }) else { return }
        appender.program.steps = []
        for (id, step) in steps.enumerated() {
            guard needed.contains(id), !step.isDifferentiable else {
                appender.append(step)
                continue
            }
            try expand(step)
        }
        // What stands for an operator may need others to stand for it.
        try expand(Path(program, from: values, to: seeds.map(\.value)), seeds, values)
    }

    private mutating func expand(_ step: Program.Step) throws {
        let known = step.inputs.map { $0.map { appender.fact($0) } }
        try withPlaces(step.places) {
            switch step.operation {
            case is FunctionCall, is Gradient:
                guard let body = step.bodies.first else { throw step.hasNoDerivative }
                try appender.append(
                    body.program, step.inputs, captured: body.captured, outputs: step.outputs,
                    for: step)
            case let attention as FlexAttention:
                try expand(attention, step)
            case let operation as any ComposedOperator:
                try place(
                    Composition(operation, known, outputCount: step.outputs.count), step)
            case let operation as any SteppedOperator:
                var composition = Composition(known, outputCount: step.outputs.count)
                try operation.appendSteps(&composition)
                try place(composition, step)
            case let operation as any ExpandableOperator:
                let expansion = try operation.expansion(
                    InferenceContext(inputs: known, outputCount: step.outputs.count))
                let inner = try Program(expansion, known)
                try appender.append(
                    inner, step.inputs, captured: [], outputs: step.outputs, for: step)
            default: throw step.hasNoDerivative
            }
        }
    }

    /// Puts the steps around the bodies and those of the bodies in the place of a step.
    private mutating func expand(_ attention: FlexAttention, _ step: Program.Step) throws {
        let shapes = step.inputs.prefix(3).compactMap { slot in
            slot.flatMap { appender.fact($0).type?.shape?.extents }
        }
        guard shapes.count == 3 else {
            throw HingeError(
                .unsupported, "the shapes of query, key and value must be known")
        }
        func part(_ part: FlexAttention.Part, _ inputs: [SlotID?]) throws -> SlotID? {
            var steps = Composition(
                inputs.map { $0.map { appender.fact($0) } }, outputCount: 1)
            steps.give(try attention.append(part, of: shapes, to: &steps))
            return try appender.append(steps, inputs, steps.outputs, for: step)[0]
        }
        func changed(_ value: SlotID?, by attribute: String) throws -> SlotID? {
            guard let value, let body = step.bodies.first(where: { $0.attribute == attribute })
            else { return value }
            // A body gives a value of the type and shape that it takes.
            let output = appender.program.add(
                Program.Slot(hint: "\(step.operation.id.type)_\(attribute)"),
                Inferred(type: appender.fact(value).type))
            try appender.append(
                body.program, [value], captured: body.captured, outputs: [output], for: step)
            return output
        }
        let scores = try changed(
            part(.scores, [step.inputs[0], step.inputs[1]]), by: FlexAttention.scoreBody)
        let weights = try changed(
            part(.probabilities, [scores]), by: FlexAttention.probabilityBody)
        let result = try part(.result, [weights, step.inputs[2]])
        _ = try appender.append(Identity(), [result], outputs: step.outputs, for: step)
    }

    /// Puts the steps of a composition in the place of a step.
    private mutating func place(_ composition: Composition, _ step: Program.Step) throws {
        let slots = try appender.append(
            composition, step.inputs, composition.outputs, outputs: step.outputs, for: step)
        for case (let slot?, let output?) in zip(slots, step.outputs) where slot != output {
            _ = try appender.append(Identity(), [slot], outputs: [output], for: step)
        }
    }
}

extension Program.Step {
    /// Whether the step needs no others to stand for it.
    fileprivate var isDifferentiable: Bool {
        if operation is FunctionCall || operation is Gradient || operation is FlexAttention {
            return false
        }
        if !bodies.isEmpty || operation is any DifferentiableOperator { return true }
        return
            !(operation is any ComposedOperator || operation is any ExpandableOperator
            || operation is any SteppedOperator)
    }
}
