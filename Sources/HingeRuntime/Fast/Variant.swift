import HingeGraph
import HingeOperators
import Synchronization

/// A model compiled for certain outputs, with its plans for the input shapes seen last.
final class Variant: Sendable {
    private let program: Program
    /// The inputs, by name, and their slots.
    private let inputs: [(name: String, slot: Int)]
    private let outputNames: [String]
    private let outputs: [Int]
    /// Slots that are constants whatever the inputs' shapes are.
    private let constants: [Int: Tensor]
    private let weights = WeightStore()
    private let options: Session.Options
    private let plans = Mutex<[CompiledPlan]>([])
    private let distrusted = Mutex<Set<Int>>([])
    /// Held while compiling, so that tasks with the same shapes compile once.
    private let compiling = Mutex<Void>(())

    /// How many input shapes have a plan at a time.
    private static let planLimit = 8

    /// - Parameters:
    ///   - outputs: The values to return.
    ///   - overridden: The inputs with a default for which the caller gives a value.
    init(
        _ model: Model, outputs: [String], overridden: Set<String>, options: Session.Options
    ) throws {
        let prepared = Prepare(outputs: outputs, overridden: overridden).run(model)
        let builder = ProgramBuilder(OperatorSets(prepared))
        program = try builder.build(prepared.graph)
        self.options = options
        outputNames = outputs
        self.outputs = program.outputs
        inputs = zip(prepared.graph.inputs, program.inputs).map { ($0.name, $1) }
        let facts = Facts(
            program,
            inputs: Dictionary(
                uniqueKeysWithValues: zip(prepared.graph.inputs, program.inputs).map {
                    ($1, Inferred(type: $0.type))
                }))
        constants = Dictionary(
            uniqueKeysWithValues: program.slots.indices.compactMap { slot in
                facts.constant(slot).map { (slot, $0) }
            })
        let types = inputs.map { facts.tensor($0.slot) }
        // What is known of all inputs lets the first run be as fast as the others.
        if !types.contains(nil) { _ = try plan(types) }
    }

    /// Runs the model.
    func run(_ values: [String: Value]) throws -> [Value] {
        try zip(outputNames, runOptional(values)).map { try Variant.require($1, $0) }
    }

    /// The value, which must have been computed.
    static func require(_ value: Value?, _ name: String) throws -> Value {
        guard let value else {
            throw HingeError(
                .mismatch, "expected the value '\(name)', which its node doesn't give")
        }
        return value
    }

    /// What each step of the plan for inputs of the given types is.
    func summary(_ types: [TensorType?]) throws -> [String] {
        try plan(types).summary
    }

    /// Runs the model; optional outputs of operators that were left out are `nil`.
    func runOptional(_ values: [String: Value]) throws -> [Value?] {
        let given = try inputs.map { try values[$0.name].map { try $0.aligned() } }
        let types = given.map { value in
            value?.tensor.map { TensorType(dataType: $0.dataType, shape: $0.shape) }
        }
        return try Threads.with(options.threads) {
            var isCareful = false
            while true {
                let plan = try plan(types, isCareful: isCareful)
                do {
                    return try plan.run(given, seed: options.seed)
                } catch is NonFiniteValues {
                    isCareful = true
                } catch let error as HingeError {
                    // The step added its place to what it threw.
                    guard let mismatch = error.underlying as? PlanMismatch else { throw error }
                    distrusted.withLock { _ = $0.insert(mismatch.step) }
                    plans.withLock { $0 = [] }
                }
            }
        }
    }

    /// - Parameter isCareful: Whether values may be NaN or infinite.
    private func plan(
        _ types: [TensorType?], isCareful: Bool = false
    ) throws -> CompiledPlan {
        if let plan = known(types, isCareful) { return plan }
        return try compiling.withLock { _ in
            if let plan = known(types, isCareful) { return plan }
            let plan = CompiledPlan(
                types: types, isCareful: isCareful, try compile(types, isCareful))
            plans.withLock { list in
                list.insert(plan, at: 0)
                if list.count > Variant.planLimit { list.removeLast() }
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

    private func compile(_ types: [TensorType?], _ isCareful: Bool) throws -> Plan {
        var known: [Int: Inferred] = [:]
        for (input, type) in zip(inputs, types) {
            known[input.slot] = type.map { .tensor($0.dataType, Shape($0.shape)) } ?? Inferred()
        }
        let facts = Facts(program, inputs: known, constants: constants)
        var request = PlanBuilder.Options(inputs: inputs.map(\.slot), outputs: outputs)
        request.distrusted = distrusted.withLock { $0 }
        request.isCareful = isCareful
        return try Threads.with(options.threads) {
            try PlanBuilder(program, facts, weights, request).build()
        }
    }
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

    /// What each step is.
    var summary: [String] { plan.steps.map(\.summary) }

    func run(_ inputs: [Value?], seed: UInt64) throws -> [Value?] {
        let workspace =
            try free.withLock { $0.popLast() } ?? Workspace(plan, seed: seed)
        defer {
            free.withLock { list in
                if list.count < CompiledPlan.freeLimit { list.append(workspace) }
            }
        }
        return try workspace.run(inputs)
    }
}

extension Value {
    /// The value at an address that is aligned for its elements.
    fileprivate func aligned() throws -> Value {
        if case .tensor(let tensor) = self { .tensor(try tensor.aligned()) } else { self }
    }
}
