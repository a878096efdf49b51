import HingeGraph
import HingeOperators
import HingeProgram

/// A program compiled for one set of input shapes: steps in order, and where each of them finds its memory.
///
/// A plan never changes and holds no memory of its own but constants; a ``Workspace`` runs it.
struct Plan: Sendable {
    /// The steps, in the order in which they run.
    var steps: [any PlanStep] = []
    /// Where each buffer is.
    var buffers: [Location] = []
    /// The size of each buffer, in bytes.
    var byteCounts: [Int] = []
    /// The steps of the program that compute with numbers of fewer bits than the model has.
    var lowSteps: Set<Program.StepID> = []
    #if OneDNN
        /// What is known of how large elements are.
        var magnitudes = MagnitudePlan()
    #endif
    /// The memory that intermediate values share, in bytes.
    var arenaByteCount = 0
    /// The memory that steps use while they run and not after, in bytes.
    var scratchByteCount = 0
    /// The number of values whose type is known only when running.
    var dynamicCount = 0
    /// The memory that the run allocates for outputs.
    var outputTypes: [TensorType] = []
    /// Where each output is found at the end.
    var results: [Result] = []
    /// Whether it is done before a second thread has woken up, and so is made for one.
    var isSmall = false

    /// Where a buffer is.
    enum Location: Sendable {
        /// At an offset in the arena.
        case arena(Int)
        case constant(MemoryRegion)
        /// In the tensor that the caller gives as an input.
        case input(Int)
        /// In a tensor that is made for an output; an index into `outputTypes`.
        case output(Int)
    }

    /// Tells this plan from others.
    let identity = Identity()

    /// What tells a plan from others; its copies have the same.
    final class Identity: Sendable {}

    /// Where an output is found at the end.
    enum Result: Sendable {
        case constant(Value)
        case input(Int)
        /// In a tensor that was made for it; an index into `outputTypes`.
        case output(Int)
        case dynamic(Int)
    }
}

/// An index into a plan's buffers.
typealias BufferID = Int

/// What a step does, without the memory to do it in.
protocol PlanStep: Sendable {
    /// What the step is, in a word or two.
    var summary: String { get }

    /// What the step is, for people.
    var description: StepDescription { get }

    /// The step tied to the memory of a workspace.
    func bind(_ workspace: Workspace) throws -> BoundStep
}

/// A step tied to the memory of a workspace, which owns it and so outlives it.
class BoundStep {
    func run() throws {}
}

/// A step that has nothing of its own in a workspace: each run looks up where its memory is.
protocol StatelessStep: PlanStep {
    func run(_ workspace: Workspace) throws
}

extension StatelessStep {
    func bind(_ workspace: Workspace) -> BoundStep { BoundStatelessStep(self, workspace) }
}

private final class BoundStatelessStep<Step: StatelessStep>: BoundStep {
    private let step: Step
    private unowned(unsafe) let workspace: Workspace

    init(_ step: Step, _ workspace: Workspace) {
        self.step = step
        self.workspace = workspace
    }

    override func run() throws { try step.run(workspace) }
}

/// The inference of a step didn't hold: an output has another type than it said.
struct PlanMismatch: Error {
    let step: Program.StepID
    /// The planned program that it is a step of.
    let program: ObjectIdentifier?
}

/// Values have come up that the plan isn't right for: NaN, or infinite ones, or such as may become so.
struct NonFiniteValues: Error {}
