import HingeGraph
import HingeOperators
import HingeProgram

/// The types of a program's inputs with some extents left open: those that change from run to run.
///
/// A plan for them is made once. What has an open extent is computed by the operators themselves, in memory that the run
/// allocates, the rest as in any plan. So a loop whose cache of keys and values grows by one with each run isn't planned
/// with each run.
struct OpenTypes: Sendable {
    /// An extent of an input.
    enum Extent: Hashable, Sendable {
        case fixed(Int)
        /// One that may be anything, the same wherever it stands.
        case open(Int)
    }

    /// An input that is a tensor.
    struct Input: Sendable {
        let dataType: DataType
        let shape: [Extent]
    }

    private let inputs: [Input?]
    /// How large each open extent may be.
    private let limits: [Int]

    /// The types that are alike in each of some sets of types; `nil` where there is nothing to leave open, or they differ in
    /// more than extents.
    ///
    /// Extents that were the same in all of the sets count as one.
    init?(_ sets: [[TensorType?]]) {
        guard let last = sets.last, sets.allSatisfy({ $0.count == last.count }) else { return nil }
        var histories: [[Int]: Int] = [:]
        var limits: [Int] = []
        var inputs: [Input?] = []
        for (position, type) in last.enumerated() {
            let types = sets.map { $0[position] }
            guard let type else {
                guard types.allSatisfy({ $0 == nil }) else { return nil }
                inputs.append(nil)
                continue
            }
            guard
                types.allSatisfy({
                    $0?.dataType == type.dataType && $0?.shape.count == type.shape.count
                })
            else { return nil }
            let shape = type.shape.indices.map { axis -> Extent in
                let history = types.compactMap { $0?.shape[axis] }
                if Set(history).count == 1 { return .fixed(type.shape[axis]) }
                if let known = histories[history] { return .open(known) }
                histories[history] = limits.count
                limits.append(2 * (history.max() ?? 0))
                return .open(limits.count - 1)
            }
            inputs.append(Input(dataType: type.dataType, shape: shape))
        }
        guard !limits.isEmpty else { return nil }
        self.inputs = inputs
        self.limits = limits
    }

    /// Whether a plan for these types is one for a set of types.
    func fit(_ types: [TensorType?]) -> Bool {
        guard types.count == inputs.count else { return false }
        var found = [Int?](repeating: nil, count: limits.count)
        for (input, type) in zip(inputs, types) {
            guard let input, let type else {
                if input == nil, type == nil { continue }
                return false
            }
            guard input.dataType == type.dataType, input.shape.count == type.shape.count else {
                return false
            }
            for (extent, actual) in zip(input.shape, type.shape) {
                switch extent {
                case .fixed(let expected): if actual != expected { return false }
                case .open(let index):
                    guard actual <= limits[index], found[index] ?? actual == actual else {
                        return false
                    }
                    found[index] = actual
                }
            }
        }
        return true
    }

    /// What is known of the inputs.
    var known: [Inferred] {
        inputs.map { input in
            guard let input else { return Inferred() }
            let dimensions = input.shape.map { extent -> Shape.Dimension in
                switch extent {
                case .fixed(let extent): .known(extent)
                case .open(let index): .symbolic("open extent \(index)")
                }
            }
            return .tensor(input.dataType, Shape(dimensions))
        }
    }
}

/// What is known of the shapes that a program's inputs came in, and the plan for what they have in common.
struct OpenPlan {
    /// The sets of types that came last and have no plan of their own, or didn't when they came.
    private var recent: [[TensorType?]] = []
    /// The plan, and the types that it is for.
    private var current: (types: OpenTypes, plan: CompiledPlan)?
    /// Whether it was found that too much would depend on the open extents.
    private var isHopeless = false

    /// How many sets of types are remembered.
    private static let memory = 8
    /// How many sets of types have plans of their own before it is clear that there will be more.
    private static let patience = 2

    /// The plan for a set of types; `nil` if it should have one of its own: the first sets, those that come again, and those
    /// that nothing else fits.
    ///
    /// - Parameter make: Makes a plan in which extents are open; `nil` if it isn't worth it.
    mutating func plan(
        for types: [TensorType?], _ make: (OpenTypes) throws -> CompiledPlan?
    ) rethrows -> CompiledPlan? {
        guard !isHopeless, !recent.contains(types) else { return nil }
        recent.append(types)
        if recent.count > Self.memory { recent.removeFirst() }
        if let current, current.types.fit(types) { return current.plan }
        guard recent.count > Self.patience,
            let open = OpenTypes(Array(recent.suffix(Self.patience + 1)))
        else { return nil }
        guard let plan = try make(open) else {
            isHopeless = true
            return nil
        }
        current = (open, plan)
        return plan
    }

    /// Forgets the plan.
    mutating func clear() { current = nil }
}

extension Program {
    /// Whether a plan for open extents is worth it: what depends on them takes less time, as the operators themselves compute
    /// it, than a plan for each set of types would take to make.
    ///
    /// - Parameter open: The same program, with what is known of it where the extents are open.
    func isWorthOpening(_ open: Program) -> Bool {
        var work = 0
        var stepCount = 0
        for (step, openStep) in zip(steps, open.steps) {
            let outputs = step.outputs.compactMap { $0 }
            guard outputs.contains(where: { facts[$0].constant == nil }) else { continue }
            // What depends on elements has no plan that is better.
            guard outputs.allSatisfy({ tensor($0) != nil }) else { return false }
            stepCount += 1
            let isOpen = (openStep.outputs + openStep.inputs).contains { slot in
                slot.map { open.tensor($0) == nil } ?? false
            }
            guard isOpen else { continue }
            let results = step.outputs.map { $0.map { facts[$0] } ?? Inferred() }
            let context = InferenceContext(
                inputs: step.inputs.map { $0.map { facts[$0] } }, outputCount: results.count)
            work = Extent.sum(
                of: [work, step.operation.multiplyAccumulates(context, results)]
                    + outputs.map { Extent.product(of: [2, tensor($0)?.count ?? 0]) })
        }
        return work <= stepCount * Program.workOfPlanning
    }

    /// The products that an operator itself computes in the time that it takes to plan one step.
    private static let workOfPlanning = 1 << 16
}
