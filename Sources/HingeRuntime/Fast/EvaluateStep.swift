import HingeGraph
import HingeOperators
import HingeProgram

/// A step that runs its operator's own evaluation.
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

    var summary: String { "evaluate \(operation.id)" }

    func bind(_ workspace: Workspace) -> BoundStep { BoundEvaluation(self, workspace) }
}

/// An evaluation tied to memory.
final class BoundEvaluation: BoundStep {
    /// A value, or where to find it in each run.
    private enum Source {
        case fixed(Value?)
        case external(Plan.Location, TensorType)
        case dynamic(Int)
        case input(Int)
    }

    private let step: EvaluateStep
    private unowned let workspace: Workspace
    private let inputs: [Source]
    private let captured: [[Source]]
    private let planned: [Source]

    init(_ step: EvaluateStep, _ workspace: Workspace) {
        self.step = step
        self.workspace = workspace
        inputs = step.inputs.map { BoundEvaluation.source($0, workspace) }
        captured = step.captured.map { $0.map { BoundEvaluation.source($0, workspace) } }
        planned = step.outputs.map { target in
            guard case .memory(let buffer, let type) = target else { return .fixed(nil) }
            return BoundEvaluation.source(.memory(buffer, type), workspace)
        }
    }

    private static func source(_ operand: EvaluateStep.Operand, _ workspace: Workspace) -> Source {
        switch operand {
        case .absent: .fixed(nil)
        case .constant(let value): .fixed(value)
        case .dynamic(let index): .dynamic(index)
        case .input(let index): .input(index)
        case .memory(let buffer, let type):
            workspace.fixedTensor(buffer, type).map { .fixed(.tensor($0)) }
                ?? .external(workspace.plan.buffers[buffer], type)
        }
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
                try zip(step.bodies, captured).map { body, values in
                    BodyRunner.Body(
                        name: body.name, program: body.program, captured: try values.map(value))
                }, salt: salt)
        let memory = try planned.map { try value($0)?.tensor }
        var context = EvaluationContext(
            inputs: try inputs.map(value), outputCount: step.outputs.count, planned: memory,
            runner: runner, generator: SeededGenerator(seed: salt))
        try step.operation.evaluate(&context)
        for (index, target) in step.outputs.enumerated() {
            switch target {
            case .none: break
            case .dynamic(let slot):
                workspace.dynamics[slot] = try context.outputs[index].map(workspace.detach)
            case .memory(_, let type):
                guard let tensor = context.outputs[index]?.tensor,
                    tensor.dataType == type.dataType, tensor.shape == type.shape,
                    let target = memory[index]?.region, let source = tensor.region
                else { throw PlanMismatch(step: step.index, program: step.owner) }
                // A view, or memory of the operator's own.
                if target.base != source.base {
                    target.base.copyMemory(from: source.base, byteCount: source.byteCount)
                }
            }
        }
    }

    private func value(_ source: Source) throws -> Value? {
        switch source {
        case .fixed(let value): value
        case .dynamic(let index): workspace.dynamics[index]
        case .input(let index): workspace.inputs[index]
        case .external(let location, let type):
            .tensor(try workspace.external(location).reshaped(to: type.shape))
        }
    }
}
