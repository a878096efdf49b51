import HingeGraph
import HingeOperators

/// The memory to run a plan in, and the plan's steps tied to it.
///
/// One run uses it at a time, on whatever thread that is on.
final class Workspace: @unchecked Sendable {
    let plan: Plan
    /// Where random numbers of the run begin.
    private(set) var seed: UInt64 = 0
    /// The memory of intermediate values.
    let arena: MemoryRegion
    /// The memory that steps use while they run.
    let scratch: MemoryRegion
    /// The values whose types are known only when running.
    var dynamics: [Value?]
    /// The inputs of the run.
    private(set) var inputs: [Value?] = []
    /// The memory made for the outputs of the run, as tensors.
    private(set) var outputs: [Value] = []
    private var steps: [BoundStep] = []
    /// The same, for runs to go through without counting references.
    private var order: [Unmanaged<BoundStep>] = []
    #if OneDNN
        let device: Device
        let magnitudes: Magnitudes
        /// The oneDNN memory whose address changes with each run.
        private var movable: [(memory: Memory, location: Plan.Location, byteOffset: Int)] = []
    #endif

    init(_ plan: Plan) throws {
        self.plan = plan
        arena = try MemoryRegion(allocating: plan.arenaByteCount)
        scratch = try MemoryRegion(allocating: plan.scratchByteCount)
        dynamics = [Value?](repeating: nil, count: plan.dynamicCount)
        #if OneDNN
            device = try Device()
            magnitudes = Magnitudes(plan.magnitudes)
        #endif
        steps.reserveCapacity(plan.steps.count)
        for step in plan.steps { steps.append(try step.bind(self)) }
        order = steps.map { Unmanaged.passUnretained($0) }
    }

    /// Runs the plan.
    func run(_ inputs: [Value?], seed: UInt64) throws -> [Value?] {
        self.inputs = inputs
        self.seed = seed
        defer { clear() }
        outputs = try plan.outputTypes.map {
            .tensor(try Tensor(allocating: $0.dataType, shape: $0.shape))
        }
        #if OneDNN
            try magnitudes.begin(self)
            for (memory, location, byteOffset) in movable {
                try memory.move(to: address(try external(location)) + byteOffset)
            }
        #endif
        if let profile = Profile.current {
            try run(profile)
        } else {
            for step in order { try step._withUnsafeGuaranteedRef { try $0.run() } }
        }
        return plan.results.map { result in
            switch result {
            case .constant(let value): value
            case .input(let index): inputs[index]
            case .output(let index): outputs[index]
            case .dynamic(let index): dynamics[index]
            }
        }
    }

    /// Runs the steps, and notes how long each takes.
    private func run(_ profile: Profile) throws {
        let program = profile.index(of: plan.identity) { plan.description.steps }
        for (index, step) in steps.enumerated() {
            try profile.measureStep(index, of: program) { try step.run() }
        }
    }

    /// Lets go of the caller's inputs and of the outputs.
    private func clear() {
        inputs = []
        outputs = []
        for index in dynamics.indices { dynamics[index] = nil }
    }
}

// MARK: - Memory

extension Workspace {
    /// The address of a buffer that stays where it is; `nil` for one that the run gives.
    func fixedAddress(_ buffer: BufferID) -> UnsafeMutableRawPointer? {
        switch plan.buffers[buffer] {
        case .arena(let offset): arena.base + offset
        case .constant(let region): region.base
        case .input, .output: nil
        }
    }

    /// The address of a buffer in this run; `nil` where a tensor has no memory.
    func address(of buffer: BufferID) throws -> UnsafeMutableRawPointer? {
        try fixedAddress(buffer) ?? external(plan.buffers[buffer]).region?.base
    }

    /// A buffer that stays where it is as a tensor; `nil` for one that the run gives.
    func fixedTensor(_ buffer: BufferID, _ type: TensorType) -> Tensor? {
        let region: MemoryRegion
        switch plan.buffers[buffer] {
        case .arena(let offset):
            region = MemoryRegion(
                borrowing: arena.base + offset, byteCount: type.byteCount, owner: arena)
        case .constant(let constant): region = constant
        case .input, .output: return nil
        }
        return try? Tensor(dataType: type.dataType, shape: type.shape, region: region)
    }

    /// The tensor of a buffer that the run gives.
    func external(_ location: Plan.Location) throws -> Tensor {
        switch location {
        case .input(let index):
            if let tensor = inputs[index]?.tensor { return tensor }
        case .output(let index):
            if let tensor = outputs[index].tensor { return tensor }
        case .arena, .constant: break
        }
        throw HingeError(.internalError, "a buffer of the plan has no memory")
    }

    /// The tensor of a buffer that the run gives, in a shape: the value that is there, if it has the shape, since to make
    /// another takes memory.
    func externalValue(_ location: Plan.Location, shape: [Int]) throws -> Value? {
        let tensor = try external(location)
        guard tensor.shape == shape else { return .tensor(try tensor.reshaped(to: shape)) }
        return switch location {
        case .input(let index): inputs[index]
        case .output(let index): outputs[index]
        case .arena, .constant: nil
        }
    }

    #if OneDNN
        /// An argument as oneDNN memory, which moves with each run if the buffer does.
        func memory(_ argument: PrimitiveStep.Argument) throws -> Memory {
            let offset = argument.byteOffset
            let memory = try Memory(
                argument.descriptor, fixedAddress(argument.buffer).map { $0 + offset })
            let location = plan.buffers[argument.buffer]
            switch location {
            case .input, .output: movable.append((memory, location, offset))
            case .arena, .constant: break
            }
            return memory
        }
    #endif

    private func address(_ tensor: Tensor) -> UnsafeMutableRawPointer {
        tensor.region?.base ?? arena.base
    }

    /// The value with memory of its own wherever it points into memory that a later step may overwrite.
    func detach(_ value: Value) throws -> Value {
        switch value {
        case .tensor(let tensor):
            guard let region = tensor.region, isPlanned(region) else { return value }
            var copy = tensor
            try copy.withUnsafeMutableBytes { _ in }
            return .tensor(copy)
        case .sequence(let values): return .sequence(try values.map(detach))
        case .optional(let value): return .optional(try value.map(detach))
        case .map(let keys, let values):
            return .map(
                keys: try detach(.tensor(keys)).tensor ?? keys, values: try values.map(detach))
        case .sparseTensor(var tensor):
            tensor.values = try detach(.tensor(tensor.values)).tensor ?? tensor.values
            tensor.indices = try detach(.tensor(tensor.indices)).tensor ?? tensor.indices
            return .sparseTensor(tensor)
        }
    }

    /// Whether memory is the arena's, or that of an output, which held other values before.
    private func isPlanned(_ region: MemoryRegion) -> Bool {
        func isInside(_ other: MemoryRegion) -> Bool {
            region.base >= other.base && region.base < other.base + max(other.byteCount, 1)
        }
        return isInside(arena) || outputs.contains { $0.tensor?.region.map(isInside) ?? false }
    }
}
