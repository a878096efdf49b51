#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    /// A step that runs a oneDNN primitive.
    ///
    /// It is one reference, since plans copy their steps.
    final class PrimitiveStep: WatchedStep {
        /// A buffer, or a part of it, as an argument.
        struct Argument: Sendable {
            let id: Int32
            let buffer: BufferID
            let descriptor: Descriptor
            /// Where in the buffer the memory that is described begins.
            var byteOffset = 0
        }

        let primitive: Primitive
        /// What it reads, but for what its outputs held before.
        let arguments: [Argument]
        /// What it writes: one output or more.
        let outputs: [Argument]
        let outputBuffers: [BufferID]
        let rule: MagnitudeRule?
        /// The steps of the program that the primitive does; none for a copy between layouts.
        private let steps: [Program.Step]
        /// The type of the value that it computes, where that is known.
        let type: TensorType?

        init(
            _ primitive: Primitive, _ arguments: [Argument], _ outputs: [Argument],
            _ rule: MagnitudeRule?, _ steps: [Program.Step], _ type: TensorType?
        ) {
            self.primitive = primitive
            self.arguments = arguments
            self.outputs = outputs
            outputBuffers = outputs.map(\.buffer)
            self.rule = rule
            self.steps = steps
            self.type = type
        }

        /// The types of the operators that the primitive stands for.
        var operations: [String] { steps.map(\.operation.id.type) }

        /// The names of their nodes; those without one are left out.
        var nodes: [String] { steps.map(\.name).filter { !$0.isEmpty } }

        /// Where the model has the first of them.
        var places: [HingeError.Place] { steps.first?.places ?? [] }

        /// `primitive Conv+Relu, blocked (jit:avx2)`.
        var summary: String {
            guard !operations.isEmpty else { return "reorder" }
            let names = operations.joined(separator: "+")
            let layout = outputs.first?.descriptor.layoutName ?? "nothing"
            return "primitive \(names), \(layout) (\(primitive.implementation))"
        }

        func bind(_ workspace: Workspace) throws -> BoundStep {
            try BoundPrimitive(self, workspace)
        }

        var elements: [(buffer: BufferID, type: DataType)] {
            (arguments + outputs).map { ($0.buffer, $0.descriptor.dataType ?? .float32) }
        }
    }

    /// A primitive tied to memory.
    ///
    /// What a run needs stands here as plain pointers: to count references would take as long as a small primitive.
    private final class BoundPrimitive: BoundStep {
        private let step: PrimitiveStep
        private let primitive: CompiledPrimitive
        private let handle: OpaquePointer
        private let stream: OpaquePointer
        private unowned(unsafe) let workspace: Workspace
        private let memories: [Memory]
        private let arguments: UnsafeMutableBufferPointer<dnnl_exec_arg_t>
        private let argumentCount: Int32
        /// Whether the step needs no look at numbers, ever or in this run.
        private let isUnwatched: Bool
        private let areAllSafe: UnsafePointer<Bool>

        init(_ step: PrimitiveStep, _ workspace: Workspace) throws {
            self.step = step
            primitive = try step.primitive.compile()
            handle = primitive.handle
            stream = workspace.device.stream
            self.workspace = workspace
            isUnwatched = step.rule == nil
            areAllSafe = workspace.magnitudes.isWithinLimit
            let bound = step.arguments + step.outputs
            var memories: [Memory] = []
            for argument in bound {
                memories.append(try workspace.memory(argument))
            }
            var ids = bound.map(\.id)
            if step.primitive.scratchByteCount > 0 {
                ids.append(DNNL_ARG_SCRATCHPAD)
                memories.append(
                    try Memory(
                        step.primitive.descriptor(DNNL_ARG_SCRATCHPAD), workspace.scratch.base))
            }
            self.memories = memories
            argumentCount = Int32(memories.count)
            arguments = .allocate(capacity: memories.count)
            for index in memories.indices {
                arguments.initializeElement(
                    at: index,
                    to: dnnl_exec_arg_t(arg: ids[index], memory: memories[index].handle))
            }
        }

        deinit { arguments.deallocate() }

        override func run() throws {
            if !isUnwatched, !areAllSafe.pointee { try step.watch(workspace) }
            let status = dnnl_primitive_execute(
                handle, stream, argumentCount, arguments.baseAddress)
            guard status != dnnl_success else { return }
            try withPlaces(step.places) { try primitive.check(status) }
        }
    }

    extension Descriptor {
        /// How elements stand in memory, in a word.
        var layoutName: String {
            if isPlain { return "row-major" }
            return layout?.isStrided ?? false ? "strided" : "blocked"
        }
    }
#endif
