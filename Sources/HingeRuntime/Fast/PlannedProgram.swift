import HingeGraph
import HingeOperators
import HingeProgram
import Synchronization

/// A program with its plans for the input types seen last: a model's, or a body's.
///
/// A body is planned like any other program, once for each set of types that its inputs, and the values around it that
/// it reads, come in.
final class PlannedProgram: RunnableProgram {
    private let program: Program
    /// The slots that take what a run gives: the inputs, then the captured values.
    private let inputs: [Program.SlotID]
    /// The bodies of each step.
    private let bodies: [Program.StepID: [PlannedBody]]
    private let weights: WeightStore
    private let options: Session.Options
    /// Steps that compute in float32 whatever the session's precision.
    private let preciseSteps: Set<Program.StepID>
    private let plans = Mutex<[CompiledPlan]>([])
    private let open = Mutex(OpenPlan())
    private let distrusted = Mutex<Set<Program.StepID>>([])
    private let compilations = Mutex(0)
    /// Held while compiling, so that tasks with the same types compile once.
    private let compiling = Mutex<Void>(())

    /// How many sets of input types have a plan at a time.
    private static let planLimit = 8

    /// - Parameters:
    ///   - preciseSteps: Steps that compute in float32 whatever the session's precision.
    ///   - bodies: The bodies of steps that are planned already.
    init(
        _ program: Program, _ options: Session.Options, _ weights: WeightStore = WeightStore(),
        preciseSteps: Set<Program.StepID> = [], bodies known: [Program.StepID: [PlannedBody]] = [:]
    ) {
        self.preciseSteps = preciseSteps
        self.program = program
        self.options = options
        self.weights = weights
        inputs = program.inputs + program.captures
        var bodies = known
        for (index, step) in program.steps.enumerated()
        where !step.bodies.isEmpty && known[index] == nil {
            bodies[index] = step.bodies.map { body in
                PlannedBody(
                    name: body.attribute, captured: body.captured,
                    program: PlannedProgram(body.program, options.forInnerPrograms, weights))
            }
        }
        self.bodies = bodies
    }

    /// Makes the plan for the types of the inputs that are known already, so that the first run is as fast as others.
    func prepare() throws {
        let types = inputs.map { program.tensor($0) }
        if !types.contains(nil) { _ = try plan(types) }
    }

    /// What each step of the plan for inputs of the given types is.
    func summary(_ types: [TensorType?]) throws -> [String] { try plan(types).summary }

    /// What the plan for inputs of the given types does.
    func description(_ types: [TensorType?]) throws -> PlanDescription {
        try plan(types).description
    }

    /// The types of the operators of the program, in order.
    var operators: [String] { program.steps.map(\.operation.id.type) }

    /// The steps of the plan that ran last that compute with numbers of fewer bits.
    var lowSteps: Set<Program.StepID> { plans.withLock { $0.first }?.lowSteps ?? [] }

    /// Whether the plan that ran last is one for values that may be NaN or infinite.
    var isLatestCareful: Bool { plans.withLock { $0.first }?.isCareful ?? false }

    /// What each step of the plan that ran last is; `nil` before any.
    var latestSummary: [String]? { plans.withLock { $0.first }?.summary }

    /// How many plans were made so far.
    var planCount: Int { compilations.withLock { $0 } }

    func run(_ values: [Value?], seed: UInt64) throws -> [Value?] {
        let given = try values.map { try $0?.aligned() }
        let types = given.map { value in
            value?.tensor.map { TensorType(dataType: $0.dataType, shape: $0.shape) }
        }
        var isCareful = false
        while true {
            let plan =
                try known(types, isCareful) ?? (isCareful ? nil : openPlan(types))
                ?? plan(types, isCareful: isCareful)
            do {
                return try plan.isSmall
                    ? Threads.with(options.threads ?? 1) { try plan.run(given, seed: seed) }
                    : Threads.running(options.threads) { try plan.run(given, seed: seed) }
            } catch is NonFiniteValues {
                isCareful = true
            } catch let error as HingeError {
                // The step added its place to what it threw.
                guard let mismatch = error.underlying as? PlanMismatch,
                    mismatch.program == ObjectIdentifier(self)
                else { throw error }
                distrusted.withLock { _ = $0.insert(mismatch.step) }
                plans.withLock { $0 = [] }
                open.withLock { $0.clear() }
            }
        }
    }

    var inputCount: Int { program.inputs.count }

    func outputTypes(_ inputs: [Inferred?], _ captured: [Inferred]) -> [ValueType?] {
        program.outputTypes(inputs, captured)
    }

    /// A plan in which some extents are open, for inputs of types that have no plan of their own; `nil` if they should have
    /// one.
    private func openPlan(_ types: [TensorType?]) throws -> CompiledPlan? {
        try open.withLock { open in
            try open.plan(for: types) { openTypes in
                let openProgram = try inferred(openTypes.known)
                guard try inferred(types.map(\.known)).isWorthOpening(openProgram) else {
                    return nil
                }
                return CompiledPlan(
                    types: types, isCareful: false, try compile(openProgram, isOpen: true))
            }
        }
    }

    /// - Parameter isCareful: Whether values may be NaN or infinite.
    private func plan(_ types: [TensorType?], isCareful: Bool = false) throws -> CompiledPlan {
        if let plan = known(types, isCareful) { return plan }
        return try compiling.withLock { _ in
            if let plan = known(types, isCareful) { return plan }
            let plan = CompiledPlan(
                types: types, isCareful: isCareful,
                try compile(inferred(types.map(\.known)), isCareful: isCareful))
            plans.withLock { list in
                list.insert(plan, at: 0)
                if list.count > PlannedProgram.planLimit { list.removeLast() }
            }
            return plan
        }
    }

    /// The plan for inputs of the given types, which becomes the one that is found first.
    private func known(_ types: [TensorType?], _ isCareful: Bool) -> CompiledPlan? {
        plans.withLock { list in
            let index = list.firstIndex { $0.types == types && $0.isCareful == isCareful }
            guard let index else { return nil }
            if index > 0 { list.insert(list.remove(at: index), at: 0) }
            return list[0]
        }
    }

    /// The program with what is known of its values for inputs, and captured values, of which something is known.
    private func inferred(_ known: [Inferred]) throws -> Program {
        var program = program
        let count = program.inputs.count
        let captured = zip(program.captures, known[count...]).map { slot, fact in
            program.facts[slot].constant == nil ? fact : program.facts[slot]
        }
        try program.infer(inputs: Array(known[..<count]), captured: captured, .running)
        return program
    }

    /// - Parameter isOpen: Whether extents are open, so that nothing is left to regions, which would be planned in each run.
    private func compile(
        _ program: Program, isCareful: Bool = false, isOpen: Bool = false
    ) throws -> Plan {
        compilations.withLock { $0 += 1 }
        var request = PlanBuilder.Options(inputs: inputs, outputs: program.outputs)
        request.distrusted = distrusted.withLock { $0 }
        request.isCareful = isCareful
        request.hasRegions = !isOpen
        request.bodies = bodies
        request.owner = ObjectIdentifier(self)
        request.session = options
        request.preciseSteps = preciseSteps
        let isSmall = program.isSmall
        return try Threads.compiling(options.threads ?? (isSmall ? 1 : nil)) {
            var plan = try PlanBuilder(program, weights, request).build()
            plan.isSmall = isSmall
            return plan
        }
    }
}

extension TensorType? {
    /// What is known of a value of the type; nothing where it isn't a tensor.
    fileprivate var known: Inferred {
        map { .tensor($0.dataType, Shape($0.shape)) } ?? Inferred()
    }
}

/// A body of a step, planned.
struct PlannedBody: Sendable {
    /// The name of the attribute that held it.
    let name: String
    /// The slots around it whose values it reads.
    let captured: [Program.SlotID]
    let program: PlannedProgram
}

/// A plan with the workspaces that are free to run it.
final class CompiledPlan: Sendable {
    /// The types of the inputs; `nil` for one that isn't a tensor.
    let types: [TensorType?]
    /// Whether it is right for values that are NaN or infinite.
    let isCareful: Bool
    private let plan: Plan
    private let free = Mutex<[Workspace]>([])

    /// How many workspaces wait for another run.
    private static let freeLimit = 8

    init(types: [TensorType?], isCareful: Bool, _ plan: Plan) {
        self.types = types
        self.isCareful = isCareful
        self.plan = plan
    }

    /// Whether one thread is enough for it.
    var isSmall: Bool { plan.isSmall }

    /// What each step is.
    var summary: [String] { plan.steps.map(\.summary) }

    /// The steps of the program that compute with numbers of fewer bits.
    var lowSteps: Set<Program.StepID> { plan.lowSteps }

    /// What the plan does.
    var description: PlanDescription { plan.description }

    func run(_ inputs: [Value?], seed: UInt64) throws -> [Value?] {
        let workspace = try free.withLock { $0.popLast() } ?? Workspace(plan)
        defer {
            free.withLock { list in
                if list.count < CompiledPlan.freeLimit { list.append(workspace) }
            }
        }
        return try workspace.run(inputs, seed: seed)
    }
}

extension Program {
    /// Whether the program is surely done before a second thread has woken up, in some ten microseconds.
    var isSmall: Bool {
        var work = 0
        for step in steps {
            guard step.bodies.isEmpty, work < Program.smallWork else { return false }
            let outputs = step.outputs.map { $0.map { facts[$0] } ?? Inferred() }
            let inputs = step.inputs.map { $0.map { facts[$0] } }
            for case let slot? in step.outputs {
                guard let type = tensor(slot) else { return false }
                work = Extent.sum(of: [work, type.count])
            }
            let context = InferenceContext(inputs: inputs, outputCount: outputs.count)
            work = Extent.sum(
                of: [work, step.operation.multiplyAccumulates(context, outputs)])
        }
        return work < Program.smallWork
    }

    /// The elements and products that one thread computes in that time.
    private static let smallWork = 1 << 18
}

extension Value {
    /// The value at an address that is aligned for its elements.
    fileprivate func aligned() throws -> Value {
        if case .tensor(let tensor) = self { .tensor(try tensor.aligned()) } else { self }
    }
}
