import HingeGraph
import HingeOperators
import HingeProgram

/// Compiles a program for one set of input shapes.
///
/// It walks the steps that are needed, in order. Each becomes a step of the plan: what oneDNN does, with the steps
/// behind it that fit into the same primitive, or the operator's own evaluation. Buffers are placed at the end, when
/// it is known from when to when each is needed.
final class PlanBuilder {
    /// The program, with what is known of its values for these inputs.
    let program: Program
    /// The constants in the layouts that steps want, shared between plans.
    let weights: WeightStore
    let options: Options
    /// The types of the slots' tensors, as far as they are known altogether.
    let types: [TensorType?]
    /// What stands in each slot so far.
    var values: [PlannedValue]
    /// How many steps that are still to come use each slot; outputs count as one use that never ends.
    private(set) var pending: [Int]
    /// The steps that are needed and use each slot, in order.
    private var users = SlotUsers()
    /// Whether each step of the program needs no more attention.
    var isDone: [Bool]
    /// Whether each step of the program is left to a region.
    private var isLate: [Bool]
    var buffers: [Buffer] = []
    var emissions: [Emission] = []
    /// The steps that put values one after the other in memory, in order.
    var joins: [Join] = []
    /// The slots whose values are in a buffer and may still be needed, by the buffer that owns the memory.
    private var tenants: [[Int]] = []
    /// The number of values whose types are known only when running.
    private(set) var dynamicCount = 0
    /// The memory that steps use while they run, in bytes.
    private(set) var scratchByteCount = 0
    /// The steps that compute with numbers of fewer bits than the model has.
    var lowSteps: Set<Program.StepID> = []
    /// The types of the outputs that are in memory.
    var outputTypes: [TensorType] = []
    /// Their buffers.
    var resultBuffers: [BufferID] = []
    #if OneDNN
        /// The steps that say how large their results are, in order.
        var watchedSteps: [any WatchedStep] = []
        /// The descriptors of row-major memory that were asked for.
        var plainDescriptors: [TensorType: Descriptor] = [:]
        var elementwisePrimitives = ElementwisePrimitives()
        /// Where constants stand while they are put into other layouts.
        let staging = Staging()
        /// The element type in which the step that is being lowered may compute and leave its result.
        var precision = DataType.float32
    #endif

    struct Options {
        /// The inputs, by position: their slots.
        var inputs: [Int]
        /// The slots to return.
        var outputs: [Int]
        /// Steps whose inference has not held, whose outputs are taken as they come.
        var distrusted: Set<Int> = []
        /// Steps that compute in float32 whatever the session's precision.
        var preciseSteps: Set<Program.StepID> = []
        /// Whether to use oneDNN.
        var usesOneDNN = true
        /// Whether values may be NaN or infinite, so that only what is right for those is used.
        var isCareful = false
        /// Whether steps behind types that only a run tells are planned in the run.
        var hasRegions = true
        /// The bodies of steps.
        var bodies: [Program.StepID: [PlannedBody]] = [:]
        /// Whose plan it is.
        var owner: ObjectIdentifier?
        /// The options of the session.
        var session = Session.Options()
    }

    /// A piece of memory.
    struct Buffer {
        var location: Plan.Location?
        let byteCount: Int
        /// The buffer whose memory this one is, if it has none of its own.
        let owner: BufferID?
    }

    /// A step of the plan, with the buffers of all its arguments: one that is read twice stands there twice.
    struct Emission {
        var step: any PlanStep
        let reads: [BufferID]
        let writes: [BufferID]
    }

    init(_ program: Program, _ weights: WeightStore, _ options: Options) {
        self.program = program
        self.weights = weights
        self.options = options
        types = program.slots.indices.map { program.tensor($0) }
        values = [PlannedValue](repeating: .undefined, count: program.slots.count)
        pending = [Int](repeating: 0, count: program.slots.count)
        isDone = [Bool](repeating: true, count: program.steps.count)
        isLate = [Bool](repeating: false, count: program.steps.count)
    }

    func build() throws -> Plan {
        findLiveSteps()
        for slot in values.indices {
            if let constant = program.constant(slot) { values[slot] = .constant(constant) }
        }
        for (index, slot) in options.inputs.enumerated() { defineInput(index, slot) }
        let region = options.hasRegions ? findRegion() : []
        for index in region { isLate[index] = true }
        for index in program.steps.indices where !isDone[index] && !isLate[index] {
            if try lower(index) { continue }
            #if OneDNN
                if let type = movedType(index) {
                    try emitMove(index, of: type)
                    continue
                }
            #endif
            try emitEvaluation(index)
        }
        if !region.isEmpty { try emitRegion(region) }
        return try finish()
    }

    /// Marks the steps that outputs depend on, and counts the uses of slots by them.
    private func findLiveSteps() {
        var isNeeded = [Bool](repeating: false, count: program.slots.count)
        for slot in options.outputs {
            isNeeded[slot] = true
            pending[slot] += 1
        }
        var uses: [(slot: Int, step: Int)] = []
        for index in program.steps.indices.reversed() {
            let step = program.steps[index]
            let isLive = step.outputs.contains { slot in
                slot.map { isNeeded[$0] && program.facts[$0].constant == nil } ?? false
            }
            guard isLive else { continue }
            isDone[index] = false
            for slot in step.used {
                isNeeded[slot] = true
                pending[slot] += 1
                uses.append((slot, index))
            }
        }
        users = SlotUsers(uses.reversed(), slotCount: program.slots.count)
    }

    /// The steps still to come that use a slot, in order; each once.
    func consumers(of slot: Int) -> [Int] { users[slot].filter { !isDone[$0] } }

    /// Whether what is inferred of a step's outputs has held so far, and may be planned for now.
    func isTrusted(_ index: Int) -> Bool { !options.distrusted.contains(index) && !isLate[index] }

    /// Takes over a buffer that holds a value in one more layout.
    func adopt(_ buffer: BufferID, by placement: Placement) {
        tenants[root(buffer)] += placement.slots
    }

    private func defineInput(_ index: Int, _ slot: Int) {
        guard program.constant(slot) == nil else { return }
        guard let type = program.tensor(slot) else {
            values[slot] = .input(index)
            return
        }
        let buffer = addBuffer(byteCount: type.byteCount, at: .input(index))
        define(slot, Placement(type, plain: buffer), in: buffer)
    }

    /// Lowers a step to oneDNN; false when it has nothing for it.
    private func lower(_ index: Int) throws -> Bool {
        #if OneDNN
            guard options.usesOneDNN, !options.distrusted.contains(index) else { return false }
            return try lowerToOneDNN(index)
        #else
            return false
        #endif
    }
}

/// The steps that use each slot, in one piece of memory.
struct SlotUsers {
    /// The steps, those of each slot together and in order.
    private var steps: [Int] = []
    /// Where the steps of each slot begin, and at last where all end.
    private var starts: [Int] = []

    init() {}

    /// - Parameter uses: Which step uses which slot, in the order of the steps.
    init(_ uses: some Collection<(slot: Int, step: Int)>, slotCount: Int) {
        var last = [Int](repeating: -1, count: slotCount)
        starts = [Int](repeating: 0, count: slotCount + 1)
        for use in uses where last[use.slot] != use.step {
            last[use.slot] = use.step
            starts[use.slot + 1] += 1
        }
        for slot in 0..<slotCount { starts[slot + 1] += starts[slot] }
        steps = [Int](repeating: 0, count: starts[slotCount])
        var ends = starts
        last = [Int](repeating: -1, count: slotCount)
        for use in uses where last[use.slot] != use.step {
            last[use.slot] = use.step
            steps[ends[use.slot]] = use.step
            ends[use.slot] += 1
        }
    }

    /// The steps that use a slot, in order; each once.
    subscript(slot: Int) -> ArraySlice<Int> { steps[starts[slot]..<starts[slot + 1]] }
}

/// Where a value is while a plan is built.
enum PlannedValue {
    case undefined
    case constant(Tensor)
    case memory(Placement)
    /// A value whose type is known only when running.
    case dynamic(Int)
    /// An input that isn't a tensor.
    case input(Int)
}

/// The buffers that hold a tensor: row-major, in layouts of oneDNN, or both.
final class Placement {
    let type: TensorType
    /// The buffer that holds the tensor in row-major order.
    var plain: BufferID?
    /// The slots whose value it is.
    var slots: [Program.SlotID] = []
    #if OneDNN
        /// The buffers that hold the tensor in other layouts.
        var layouts: [(descriptor: Descriptor, buffer: BufferID)] = []
    #endif

    init(_ type: TensorType, plain: BufferID?) {
        self.type = type
        self.plain = plain
    }
}

// MARK: - Emitting

extension PlanBuilder {
    func addBuffer(
        byteCount: Int, at location: Plan.Location? = nil, in owner: BufferID? = nil
    ) -> BufferID {
        let owner = owner.map(root)
        buffers.append(Buffer(location: location, byteCount: byteCount, owner: owner))
        tenants.append([])
        return buffers.count - 1
    }

    /// The buffer that owns the memory of a buffer.
    func root(_ buffer: BufferID) -> BufferID { buffers[buffer].owner ?? buffer }

    func emit(
        _ step: any PlanStep, reads: [BufferID], writes: [BufferID], scratchByteCount: Int = 0
    ) {
        emissions.append(Emission(step: step, reads: reads, writes: writes))
        self.scratchByteCount = max(self.scratchByteCount, scratchByteCount)
    }

    /// Notes that a step of the program is dealt with: it uses its inputs no more.
    func finish(_ index: Int) {
        isDone[index] = true
        let step = program.steps[index]
        for case let slot? in step.inputs { pending[slot] -= 1 }
        for body in step.bodies { for slot in body.captured { pending[slot] -= 1 } }
    }

    /// Puts a value into a slot.
    func define(_ slot: Int, _ placement: Placement, in buffer: BufferID) {
        values[slot] = .memory(placement)
        placement.slots.append(slot)
        tenants[root(buffer)].append(slot)
    }

    /// Whether nobody needs the memory of a buffer any more, and it may be overwritten.
    ///
    /// - Parameter finished: Steps that read it at the latest, not yet noted as dealt with.
    private func isDead(_ buffer: BufferID, after finished: [Int]) -> Bool {
        let owner = root(buffer)
        guard buffers[owner].location == nil else { return false }
        // What nobody needs now nobody will need later: it isn't looked at again.
        tenants[owner].removeAll { pending[$0] <= 0 }
        return tenants[owner].allSatisfy { slot in
            let uses = finished.reduce(0) { count, index in
                count + program.steps[index].used.count { $0 == slot }
            }
            return pending[slot] <= uses
        }
    }

    /// Whether a step may write its result over one of its arguments: nobody needs that after it, and the step
    /// itself reads that memory through no other argument.
    ///
    /// - Parameters:
    ///   - arguments: The buffers that the step reads; one that it reads twice stands there twice.
    ///   - finished: The steps of the program that the step does.
    func mayOverwrite(
        _ buffer: BufferID, reading arguments: [BufferID], after finished: [Int]
    ) -> Bool {
        let owner = root(buffer)
        return arguments.count { root($0) == owner } == 1 && isDead(buffer, after: finished)
    }

    /// The memory that a slot's value is in, whatever the layout.
    func memory(of slot: Int) -> [BufferID] {
        if case .memory(let placement) = values[slot] { placement.buffers.map(root) } else { [] }
    }

    /// The type of a slot's tensor, if it is in memory or constant.
    func tensorType(_ slot: Int) -> TensorType? {
        switch values[slot] {
        case .constant(let tensor): TensorType(dataType: tensor.dataType, shape: tensor.shape)
        case .memory(let placement): placement.type
        default: nil
        }
    }

    /// The buffer that holds a tensor in row-major order.
    func plainBuffer(_ placement: Placement) throws -> BufferID {
        if let plain = placement.plain { return plain }
        #if OneDNN
            return try reorderToPlain(placement)
        #else
            throw HingeError(.internalError, "a value of the plan has no memory")
        #endif
    }

    /// Makes a place for one more value whose type is known only when running.
    func addDynamic() -> Int {
        dynamicCount += 1
        return dynamicCount - 1
    }

    /// What a step reads from a slot.
    ///
    /// - Parameter mayBeUnaligned: Whether a constant may be at any address.
    func operand(_ slot: Int?, mayBeUnaligned: Bool = false) throws -> EvaluateStep.Operand {
        guard let slot else { return .absent }
        switch values[slot] {
        case .undefined: return .absent
        case .constant(let tensor):
            return .constant(.tensor(mayBeUnaligned ? tensor : try weights.aligned(tensor)))
        case .memory(let placement):
            return .memory(try plainBuffer(placement), placement.type)
        case .dynamic(let index): return .dynamic(index)
        case .input(let index): return .input(index)
        }
    }

    /// Emits the operator's own evaluation, or, where it only gives a value another shape, nothing.
    private func emitEvaluation(_ index: Int) throws {
        let step = program.steps[index]
        if try aliases(index) { return }
        let unaligned = step.operation.unalignedInputs
        let inputs = try step.inputs.enumerated().map { position, slot in
            try operand(slot, mayBeUnaligned: unaligned.contains(position))
        }
        let bodies = options.bodies[index] ?? []
        let captured = try bodies.map { try $0.captured.map { try operand($0) } }
        let isTrusted = step.bodies.isEmpty && !options.distrusted.contains(index)
        let reads = (inputs + captured.joined()).compactMap(\.buffer)
        var outputs: [EvaluateStep.Target] = []
        for (position, slot) in step.outputs.enumerated() {
            guard let slot, program.constant(slot) == nil else {
                outputs.append(.none)
                continue
            }
            guard isTrusted, let type = types[slot] else {
                let dynamic = addDynamic()
                values[slot] = .dynamic(dynamic)
                outputs.append(.dynamic(dynamic))
                continue
            }
            let owner = position == 0 ? inPlaceBuffer(index, type, reading: reads) : nil
            let buffer = addBuffer(byteCount: type.byteCount, in: owner)
            define(slot, Placement(type, plain: buffer), in: buffer)
            outputs.append(.memory(buffer, type))
        }
        finish(index)
        emit(
            EvaluateStep(
                index: index, name: step.name, operation: step.operation, places: step.places,
                inputs: inputs, outputs: outputs, bodies: bodies, captured: captured,
                salt: step.salt, owner: options.owner),
            reads: reads, writes: outputs.compactMap(\.buffer))
        if let concat = step.operation as? Concat { noteJoin(concat, inputs, outputs) }
    }

    /// The buffer of an input that the first output may overwrite.
    private func inPlaceBuffer(
        _ index: Int, _ type: TensorType, reading arguments: [BufferID]
    ) -> BufferID? {
        let step = program.steps[index]
        guard step.outputs.dropFirst().allSatisfy({ $0 == nil }) else { return nil }
        for position in step.operation.inPlaceInputs where position < step.inputs.count {
            guard let slot = step.inputs[position], case .memory(let placement) = values[slot],
                placement.type == type, let buffer = placement.plain,
                mayOverwrite(buffer, reading: arguments, after: [index])
            else { continue }
            return buffer
        }
        return nil
    }

    /// Makes the output a view of an input, where the operator's output always is one.
    private func aliases(_ index: Int) throws -> Bool {
        let step = program.steps[index]
        guard let position = step.operation.aliasedInput, position < step.inputs.count,
            !options.distrusted.contains(index), step.bodies.isEmpty,
            step.outputs.dropFirst().allSatisfy({ $0 == nil }),
            let input = step.inputs[position], let output = step.outputs.first ?? nil,
            case .memory(let placement) = values[input], let type = program.tensor(output),
            type.dataType == placement.type.dataType, type.count == placement.type.count
        else { return false }
        if type == placement.type {
            let buffers = placement.buffers
            values[output] = .memory(placement)
            placement.slots.append(output)
            for buffer in buffers { tenants[root(buffer)].append(output) }
        } else {
            try defineView(output, type, of: placement)
        }
        finish(index)
        return true
    }
}

extension PlanBuilder {
    /// Puts the elements of a value under another shape into a slot, as they stand in row-major memory.
    private func defineView(
        _ slot: Int, _ type: TensorType, of placement: Placement
    ) throws {
        #if OneDNN
            if placement.plain == nil, let first = placement.layouts.first?.descriptor.dataType,
                first != placement.type.dataType
            {
                let form = try Descriptor.plain(placement.type.of(first))
                let buffer = try buffer(placement, as: form)
                return try define(slot, type, buffer, try Descriptor.plain(type.of(first)))
            }
        #endif
        let buffer = try plainBuffer(placement)
        define(slot, Placement(type, plain: buffer), in: buffer)
    }
}

extension Placement {
    /// All buffers that hold the tensor.
    var buffers: [BufferID] {
        #if OneDNN
            layouts.map(\.buffer) + (plain.map { [$0] } ?? [])
        #else
            plain.map { [$0] } ?? []
        #endif
    }
}

extension EvaluateStep.Operand {
    var buffer: BufferID? { if case .memory(let buffer, _) = self { buffer } else { nil } }
}

extension EvaluateStep.Target {
    var buffer: BufferID? { if case .memory(let buffer, _) = self { buffer } else { nil } }
}
