import HingeGraph
import HingeOperators
import HingeProgram

/// What can be planned only in the course of a run.
///
/// Steps behind a data-dependent shape, or behind the choice of a body, have inputs whose types nothing tells before.
/// Where it pays, those steps are a region: a program of their own, which is planned when their input types are
/// known, as a body is. It may hold such steps in turn, and regions for them.
extension PlanBuilder {
    /// The steps that are left to a region: those that are worth a plan but have inputs of unknown types, and all that
    /// depend on them.
    func findRegion() -> [Program.StepID] {
        var isLate = [Bool](repeating: false, count: program.slots.count)
        var isUnknown = isLate
        for slot in options.inputs where types[slot] == nil { isUnknown[slot] = true }
        var region: [Program.StepID] = []
        var liveCount = 0
        for index in program.steps.indices where !isDone[index] {
            liveCount += 1
            let step = program.steps[index]
            if step.used.contains(where: { isLate[$0] })
                || (isWorthPlanning(step.operation)
                    && step.inputs.contains { $0.map { isUnknown[$0] } ?? false })
            {
                region.append(index)
                for case let slot? in step.outputs { isLate[slot] = true }
                continue
            }
            let isKnown = step.bodies.isEmpty && isTrusted(index)
            for case let slot? in step.outputs where program.constant(slot) == nil {
                isUnknown[slot] = !isKnown || types[slot] == nil
            }
        }
        // A region of all there is would be no nearer to a plan.
        return region.count < liveCount ? region : []
    }

    /// Whether an operator gains more from a plan than the plan costs.
    private func isWorthPlanning(_ operation: any Operator) -> Bool {
        #if OneDNN
            options.usesOneDNN && Lowerings.find(operation)?.isWorthPlanning ?? false
        #else
            false
        #endif
    }

    /// Emits the step that plans and runs a region.
    func emitRegion(_ steps: [Program.StepID]) throws {
        let made = Set(steps.flatMap { program.steps[$0].outputs.compactMap { $0 } })
        var seen: Set<Program.SlotID> = []
        let outputs = options.outputs.filter { made.contains($0) && seen.insert($0).inserted }
        let part = program.part(steps, outputs: outputs)
        let bodies = Dictionary(
            uniqueKeysWithValues: steps.enumerated().compactMap { index, step in
                options.bodies[step].map { (index, $0) }
            })
        let inputs = try part.captures.map { try operand($0) }
        let targets = outputs.map { _ in addDynamic() }
        for (slot, target) in zip(outputs, targets) { values[slot] = .dynamic(target) }
        steps.forEach(finish)
        emit(
            RegionStep(
                program: PlannedProgram(
                    part, options.session.forInnerPrograms, weights, bodies: bodies),
                inputs: inputs, outputs: targets),
            reads: inputs.compactMap(\.buffer), writes: [])
    }
}

/// Steps that are planned when the types of their inputs are known.
struct RegionStep: PlanStep {
    let program: PlannedProgram
    let inputs: [EvaluateStep.Operand]
    /// The indexes of the outputs among the values whose types are known only when running.
    let outputs: [Int]

    /// The steps of the plan that ran last.
    var summary: String {
        "region: " + (program.latestSummary?.joined(separator: "; ") ?? "not planned yet")
    }

    func bind(_ workspace: Workspace) -> BoundStep { BoundRegion(self, workspace) }
}

/// A region tied to memory.
private final class BoundRegion: BoundStep {
    private let step: RegionStep
    private unowned(unsafe) let workspace: Workspace
    private let inputs: BoundOperands

    init(_ step: RegionStep, _ workspace: Workspace) {
        self.step = step
        self.workspace = workspace
        inputs = BoundOperands(step.inputs, workspace)
    }

    override func run() throws {
        let values = try step.program.run(inputs.values(workspace), seed: workspace.seed)
        for (index, value) in zip(step.outputs, values) {
            workspace.dynamics[index] = try value.map(workspace.detach)
        }
    }
}
