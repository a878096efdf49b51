#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeProgram

    /// A step that runs a oneDNN primitive.
    struct PrimitiveStep: PlanStep {
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
        /// How large the results are, and when they are right; `nil` where that is nobody's concern.
        let rule: MagnitudeRule?
        /// The types of the operators that the primitive stands for; none for a copy between layouts.
        let operations: [String]
        /// The names of their nodes; those without one are left out.
        let nodes: [String]
        /// The type of the value that it computes or copies, where that is known.
        let type: TensorType?
        let places: [HingeError.Place]

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
    }

    /// A primitive tied to memory.
    private final class BoundPrimitive: BoundStep {
        private let step: PrimitiveStep
        private let primitive: CompiledPrimitive
        private unowned(unsafe) let workspace: Workspace
        private let memories: [Memory]
        private let arguments: UnsafeMutableBufferPointer<dnnl_exec_arg_t>

        init(_ step: PrimitiveStep, _ workspace: Workspace) throws {
            self.step = step
            primitive = try step.primitive.compile()
            self.workspace = workspace
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
            arguments = .allocate(capacity: memories.count)
            for index in memories.indices {
                arguments.initializeElement(
                    at: index,
                    to: dnnl_exec_arg_t(arg: ids[index], memory: memories[index].handle))
            }
        }

        deinit { arguments.deallocate() }

        override func run() throws {
            if let rule = step.rule, !workspace.magnitudes.areAllSafe {
                try workspace.magnitudes.note(rule, of: step.outputs, workspace)
            }
            do {
                try primitive.execute(workspace.device, arguments)
            } catch {
                try withPlaces(step.places) { throw error }
            }
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
