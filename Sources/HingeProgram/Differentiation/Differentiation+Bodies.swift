import HingeGraph
import HingeOperators

/// Steps that run bodies.
extension Differentiation {
    /// What a step that runs bodies gives to the gradients of the values that it reads.
    mutating func bodyContributions(
        _ id: Program.StepID, _ given: [SlotID?], _ depending: Set<SlotID>
    ) throws -> [(SlotID, SlotID)] {
        switch program.steps[id].operation {
        case is If: try branchContributions(id, given, depending)
        case let scan as Scan:
            try scanContributions(id, scan, given, depending)
        case let loop as Loop:
            try loopContributions(id, loop, given, depending)
        default:
            throw HingeError(
                .unsupported,
                "\(program.steps[id].operation.id.type) can't be differentiated: "
                    + "no derivative is stated")
        }
    }

    /// The values around a step that its bodies read and that have gradients to find.
    private func captured(_ step: Program.Step, _ depending: Set<SlotID>) -> [SlotID] {
        var seen: Set<SlotID> = []
        return step.bodies.flatMap(\.captured).filter {
            depending.contains($0) && seen.insert($0).inserted
        }
    }

    // MARK: - If

    /// An `If` of the derivatives of the branches.
    private mutating func branchContributions(
        _ id: Program.StepID, _ given: [SlotID?], _ depending: Set<SlotID>
    ) throws -> [(SlotID, SlotID)] {
        let step = program.steps[id]
        let values = captured(step, depending)
        guard !values.isEmpty else { return [] }
        let bodies = try step.bodies.map { branch in
            var body = BodyDerivative(branch, around: appender.program)
            let seeds = zip(branch.program.outputs, given).compactMap { output, gradient in
                gradient.map { Seed(value: output, gradient: body.capture($0)) }
            }
            let targets = values.map { body.capture($0) }
            body.outputs = try body.gradients(seeds, by: targets)
            return body.finish()
        }
        let gradients = try appender.append(
            If(outputCount: values.count), step.inputs, outputCount: values.count,
            bodies: bodies, for: step)
        return Array(zip(values, gradients))
    }

    // MARK: - Loops

    /// What a loop has run on, element by element, and what of it has gradients.
    private struct Iterations {
        /// The step.
        var step: Program.Step
        /// The body.
        var body: Program.Body
        /// The number of values of the state.
        var stateCount: Int
        /// The positions of the state among the body's inputs, and among its outputs.
        var firstStateInput: Int
        var firstStateOutput: Int
        /// The position of the initial state among the step's inputs.
        var firstInput: Int
        /// All inputs of the body in each iteration, stacked.
        var elements: [(slot: SlotID, direction: Scan.Direction)] = []
        /// The positions among the step's inputs of those that are scanned, by position in the body.
        var scanned: [Int: Int] = [:]
        /// How the stacked outputs are stacked.
        var stacks: [Scan.Direction]
    }

    /// A `Scan` back over what a `Scan` ran on.
    private mutating func scanContributions(
        _ id: Program.StepID, _ scan: Scan, _ given: [SlotID?], _ depending: Set<SlotID>
    ) throws -> [(SlotID, SlotID)] {
        guard !scan.isBatched else {
            throw HingeError(
                .unsupported, "Scan can't be differentiated: the form of version 8 isn't supported")
        }
        let stored = try storeInputs(id, Array(0..<scan.stateCount)) { count in
            var result = scan
            result.stacks += [Scan.Direction](repeating: Scan.Direction(), count: count)
            return result
        }
        let step = program.steps[id]
        var iterations = Iterations(
            step: step, body: step.bodies[0], stateCount: scan.stateCount, firstStateInput: 0,
            firstStateOutput: 0, firstInput: 0, stacks: scan.stacks)
        iterations.elements = stored.map { ($0, Scan.Direction()) }
        for (index, direction) in scan.scans.enumerated() {
            let position = scan.stateCount + index
            guard let slot = step.inputs[position] else { continue }
            iterations.elements.append((slot, direction))
            iterations.scanned[position] = position
        }
        return try contributions(iterations, given, depending)
    }

    /// A `Scan` back over the iterations of a `Loop`.
    private mutating func loopContributions(
        _ id: Program.StepID, _ loop: Loop, _ given: [SlotID?], _ depending: Set<SlotID>
    ) throws -> [(SlotID, SlotID)] {
        let stored = try storeInputs(id, Array(0..<loop.carriedCount + 2)) { count in
            var result = loop
            result.stackCount += count
            return result
        }
        let step = program.steps[id]
        let stacks = [Scan.Direction](repeating: Scan.Direction(), count: loop.stackCount)
        var iterations = Iterations(
            step: step, body: step.bodies[0], stateCount: loop.carriedCount, firstStateInput: 2,
            firstStateOutput: 1, firstInput: 2, stacks: stacks)
        iterations.elements = stored.map { ($0, Scan.Direction()) }
        return try contributions(iterations, given, depending)
    }

    /// Has a loop give out what goes into its body in each iteration, stacked.
    ///
    /// - Parameters:
    ///   - positions: The positions of the inputs of the body.
    ///   - change: The operator with so many more stacks.
    /// - Returns: The slots of the stacks.
    private mutating func storeInputs(
        _ id: Program.StepID, _ positions: [Int], _ change: (Int) -> any Operator
    ) throws -> [SlotID] {
        var step = program.steps[id]
        guard var body = step.bodies.first else { return [] }
        let count = body.program.outputs.count - (step.operation is Loop ? 1 : 0)
        while step.outputs.count < count { step.outputs.append(nil) }
        let outputs = positions.map { position -> SlotID in
            let slot = body.program.inputs[position]
            body.program.outputs.append(slot)
            body.program.frame.outputs.append(ValueInfo(name: "", type: nil))
            let type = body.program.facts[slot].type
            let shape = type?.shape.map { Shape([.unknown] + $0.dimensions) }
            return appender.program.add(
                Program.Slot(hint: "stored"), .tensor(type?.dataType, shape))
        }
        step.outputs += outputs.map { $0 }
        step.operation = change(positions.count)
        step.bodies[0] = body
        step.source = nil
        appender.program.steps[id] = step
        return outputs
    }

    /// What the iterations of a loop give to the gradients of the values that it reads.
    private mutating func contributions(
        _ iterations: Iterations, _ given: [SlotID?], _ depending: Set<SlotID>
    ) throws -> [(SlotID, SlotID)] {
        let (step, body) = (iterations.step, iterations.body)
        let inner = body.program
        // The initial states that have gradients, the values around, and the elements.
        let states = (0..<iterations.stateCount).filter { index in
            let slot = inner.inputs[iterations.firstStateInput + index]
            return step.inputs[iterations.firstInput + index] != nil
                && inner.facts[slot].type?.hasGradient ?? true
        }
        let around = captured(step, depending)
        let scanned = iterations.scanned.keys.sorted().filter { position in
            iterations.scanned[position].flatMap { step.inputs[$0] }.map(depending.contains)
                ?? false
        }
        var back = BodyDerivative(body, around: appender.program)
        let own = inner.inputs
        let stateGradients = states.map { index in
            back.addInput(like: own[iterations.firstStateInput + index])
        }
        let sums = around.map { slot in back.addInput(like: back.capture(slot)) }
        let elementInputs = own
        back.appendInputs(elementInputs)
        var seeds = zip(states, stateGradients).map { index, gradient in
            Seed(
                value: inner.outputs[iterations.firstStateOutput + index], gradient: gradient)
        }
        var stackGradients: [(slot: SlotID, direction: Scan.Direction)] = []
        for (index, direction) in iterations.stacks.enumerated() {
            let position = iterations.stateCount + index
            guard position < given.count, let gradient = given[position] else { continue }
            let output = inner.outputs[iterations.firstStateOutput + position]
            seeds.append(Seed(value: output, gradient: back.addInput(like: output)))
            stackGradients.append((gradient, direction))
        }
        let targets =
            states.map { own[iterations.firstStateInput + $0] }
            + around.map { back.capture($0) } + scanned.map { own[$0] }
        var gradients = try back.gradients(seeds, by: targets)
        for (index, sum) in sums.enumerated() {
            gradients[states.count + index] = try back.add(gradients[states.count + index], sum)
        }
        back.outputs = gradients

        var inputs: [SlotID?] = []
        for index in states {
            let position = iterations.firstInput + index
            guard let initial = step.inputs[position] else { continue }
            inputs.append(
                try index < given.count && given[index] != nil
                    ? given[index] : appender.zeros(like: initial))
        }
        for slot in around { inputs.append(try appender.zeros(like: slot)) }
        inputs += iterations.elements.map(\.slot) + stackGradients.map(\.slot)
        let directions = (iterations.elements.map(\.direction) + stackGradients.map(\.direction))
            .map { Scan.Direction(axis: $0.axis, isReversed: !$0.isReversed) }
        let scan = Scan(
            stateCount: states.count + around.count, scans: directions,
            stacks: scanned.map { position in
                let direction = iterations.elements[position].direction
                return Scan.Direction(axis: direction.axis, isReversed: !direction.isReversed)
            })
        let results = try appender.append(
            scan, inputs, outputCount: states.count + around.count + scanned.count,
            bodies: [back.finish()], for: step)
        var found: [(SlotID, SlotID)] = []
        for (index, gradient) in zip(states, results) {
            if let initial = step.inputs[iterations.firstInput + index],
                depending.contains(initial)
            {
                found.append((initial, gradient))
            }
        }
        found += zip(around, results[states.count...])
        for (position, gradient) in zip(scanned, results[(states.count + around.count)...]) {
            if let slot = iterations.scanned[position].flatMap({ step.inputs[$0] }) {
                found.append((slot, gradient))
            }
        }
        return found
    }
}

/// The derivative of a body while it is made: the body, followed by the steps that compute gradients.
private struct BodyDerivative {
    typealias SlotID = Program.SlotID

    private var differentiation: Differentiation
    private var captured: [SlotID]
    private let attribute: String
    private let around: Program
    /// The slots of the gradients that it gives; `nil` for zeros.
    var outputs: [SlotID?] = []
    private var targets: [SlotID] = []

    init(_ body: Program.Body, around: Program) {
        var program = body.program
        program.inputs = []
        program.frame.inputs = []
        differentiation = Differentiation(program)
        captured = body.captured
        attribute = body.attribute
        self.around = around
    }

    /// A value of the program around, as one of the body.
    mutating func capture(_ slot: SlotID) -> SlotID {
        if let index = captured.firstIndex(of: slot) {
            return differentiation.program.captures[index]
        }
        var copy = Program.Slot(hint: around.slots[slot].name ?? around.slots[slot].hint)
        copy.stated = around.slots[slot].stated
        let inner = differentiation.appender.program.add(copy, around.facts[slot])
        differentiation.appender.program.captures.append(inner)
        captured.append(slot)
        return inner
    }

    /// Adds an input of the type of a value.
    mutating func addInput(like slot: SlotID) -> SlotID {
        let fact = Inferred(type: differentiation.program.facts[slot].type)
        let input = differentiation.appender.program.add(Program.Slot(hint: "gradient"), fact)
        appendInputs([input])
        return input
    }

    /// Makes slots the next inputs.
    mutating func appendInputs(_ slots: [SlotID]) {
        for slot in slots {
            let type = differentiation.program.facts[slot].type
            differentiation.appender.program.inputs.append(slot)
            differentiation.appender.program.frame.inputs.append(
                ValueInfo(name: "", type: type))
        }
    }

    mutating func gradients(
        _ seeds: [Differentiation.Seed], by values: [SlotID]
    ) throws -> [SlotID?] {
        targets = values
        return try differentiation.gradients(seeds, by: values).enumerated().map { index, slot in
            try slot ?? differentiation.appender.zeros(like: values[index])
        }
    }

    /// The sum of two values, of which one may be zero.
    mutating func add(_ first: SlotID?, _ second: SlotID) throws -> SlotID {
        guard let first else { return second }
        return try differentiation.appender.append(Add(), [first, second], for: nil)[0]
    }

    /// The body.
    func finish() -> Program.Body {
        var program = differentiation.program
        program.outputs = outputs.map { $0 ?? 0 }
        program.frame.outputs = outputs.map { _ in ValueInfo(name: "", type: nil) }
        program.isBody = true
        var body = Program.Body(attribute: attribute, program: program, captured: captured)
        _ = body.removeUnused()
        return body
    }
}
