import HingeGraph
import HingeOperators
import HingeProgram

/// A step that runs its operator's own evaluation: the kernel that the operator prepares for the types of the step's
/// inputs, or, where it prepares none or a type is known only when running, the operator itself.
struct EvaluateStep: PlanStep {
    /// An input.
    enum Operand: Sendable {
        case absent
        case constant(Value)
        case memory(BufferID, TensorType)
        /// A value whose type is known only when running.
        case dynamic(Int)
        /// An input of the model that isn't a tensor.
        case input(Int)
    }

    /// Where an output goes.
    enum Target: Sendable {
        case none
        case memory(BufferID, TensorType)
        case dynamic(Int)
    }

    let index: Int
    /// The name of the node; may be empty.
    let name: String
    let operation: any Operator
    let places: [HingeError.Place]
    let inputs: [Operand]
    let outputs: [Target]
    let bodies: [PlannedBody]
    /// For each body the values around it that it reads.
    let captured: [[Operand]]
    let salt: UInt64
    /// Whose plan the step is in.
    let owner: ObjectIdentifier?
    /// What the operator prepared; an error is thrown by a run that comes to the step, as evaluation would throw it.
    private let prepared: Result<Kernel?, any Error>

    init(
        index: Int, name: String, operation: any Operator, places: [HingeError.Place],
        inputs: [Operand], outputs: [Target], bodies: [PlannedBody], captured: [[Operand]],
        salt: UInt64, owner: ObjectIdentifier?
    ) {
        self.index = index
        self.name = name
        self.operation = operation
        self.places = places
        self.inputs = inputs
        self.outputs = outputs
        self.bodies = bodies
        self.captured = captured
        self.salt = salt
        self.owner = owner
        prepared = Result {
            guard let known = Self.known(inputs) else { return nil }
            return try operation.prepare(
                PreparationContext(inputs: known, outputCount: outputs.count))
        }
    }

    /// What is known of the inputs in all runs of the plan; `nil` when the type of one isn't.
    private static func known(_ inputs: [Operand]) -> [PreparationContext.Input]? {
        var known: [PreparationContext.Input] = []
        for input in inputs {
            switch input {
            case .absent: known.append(.absent)
            case .constant(let value): known.append(.init(value))
            case .memory(_, let type):
                known.append(.tensor(KnownTensor(type.dataType, type.shape)))
            case .dynamic, .input: return nil
            }
        }
        return known
    }

    var summary: String { "evaluate \(operation.id)" }

    func bind(_ workspace: Workspace) -> BoundStep { BoundEvaluation(self, workspace) }

    /// Computes the outputs.
    func evaluate(_ context: inout EvaluationContext) throws {
        if let kernel = try prepared.get() {
            try kernel(&context)
        } else {
            try operation.evaluate(&context)
        }
    }
}

/// An evaluation tied to memory.
final class BoundEvaluation: BoundStep {
    private let step: EvaluateStep
    private unowned(unsafe) let workspace: Workspace
    private let inputs: BoundOperands
    private let captured: [BoundOperands]
    /// The memory of the outputs, where it is planned.
    private let planned: BoundOperands
    /// What the operator sees, kept from run to run: to make it anew would take memory in each.
    private var context: EvaluationContext

    init(_ step: EvaluateStep, _ workspace: Workspace) {
        self.step = step
        self.workspace = workspace
        inputs = BoundOperands(step.inputs, workspace)
        captured = step.captured.map { BoundOperands($0, workspace) }
        planned = BoundOperands(
            step.outputs.map { target in
                if case .memory(let buffer, let type) = target {
                    .memory(buffer, type)
                } else {
                    .absent
                }
            }, workspace)
        context = BoundEvaluation.context(step, inputs, planned)
    }

    private static func context(
        _ step: EvaluateStep, _ inputs: BoundOperands, _ planned: BoundOperands
    ) -> EvaluationContext {
        EvaluationContext(
            inputs: inputs.fixed, outputCount: step.outputs.count, planned: planned.fixed)
    }

    override func run() throws {
        try withPlaces(step.places) { try evaluate() }
    }

    private func evaluate() throws {
        let salt = workspace.seed.mixed(with: step.salt)
        let runner =
            step.bodies.isEmpty
            ? nil
            : BodyRunner(
                try zip(step.bodies, captured).map { body, captured in
                    BodyRunner.Body(
                        name: body.name, program: body.program,
                        captured: try captured.values(workspace))
                }, salt: salt)
        defer { end() }
        try inputs.forEachMoving(workspace) { context.give($1, asInput: $0) }
        try planned.forEachMoving(workspace) { context.give($1, asOutput: $0) }
        context.begin(runner, SeededGenerator(seed: salt))
        try step.evaluate(&context)
        for (index, target) in step.outputs.enumerated() {
            switch target {
            case .none: break
            case .dynamic(let slot):
                workspace.dynamics[slot] = try context.outputs[index].map(workspace.detach)
            case .memory(_, let type):
                guard context.place(index, type.dataType, type.shape) else {
                    throw PlanMismatch(step: step.index, program: step.owner)
                }
            }
        }
    }

    /// Lets go of what belongs to the run alone.
    private func end() {
        guard context.isReusable else {
            context = BoundEvaluation.context(step, inputs, planned)
            return
        }
        inputs.forEachMovingIndex { context.give(nil, asInput: $0) }
        planned.forEachMovingIndex { context.give(nil, asOutput: $0) }
        context.end()
    }
}
