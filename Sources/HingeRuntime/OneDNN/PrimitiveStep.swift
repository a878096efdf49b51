#if OneDNN
    internal import COneDNN
    import HingeGraph

    /// A step that runs a oneDNN primitive.
    struct PrimitiveStep: PlanStep {
        /// A buffer as an argument.
        struct Argument: Sendable {
            let id: Int32
            let buffer: BufferID
            let descriptor: Descriptor
        }

        let primitive: Primitive
        let arguments: [Argument]
        let places: [HingeError.Place]

        var summary: String {
            arguments.contains { $0.id == DNNL_ARG_DST } && places.isEmpty
                ? "reorder" : "primitive \(primitive.implementation)"
        }

        func bind(_ workspace: Workspace) throws -> BoundStep {
            try BoundPrimitive(self, workspace)
        }
    }

    /// A primitive tied to memory.
    private final class BoundPrimitive: BoundStep {
        private let primitive: Primitive
        private let device: Device
        private let places: [HingeError.Place]
        private let memories: [Memory]
        private let arguments: UnsafeMutableBufferPointer<dnnl_exec_arg_t>

        init(_ step: PrimitiveStep, _ workspace: Workspace) throws {
            primitive = step.primitive
            device = workspace.device
            places = step.places
            var memories: [Memory] = []
            for argument in step.arguments {
                memories.append(try workspace.memory(argument.buffer, argument.descriptor))
            }
            var ids = step.arguments.map(\.id)
            if primitive.scratchByteCount > 0 {
                ids.append(DNNL_ARG_SCRATCHPAD)
                memories.append(
                    try Memory(
                        primitive.descriptor(DNNL_ARG_SCRATCHPAD), workspace.scratch.base))
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
            do {
                try primitive.execute(device, arguments)
            } catch {
                try withPlaces(places) { throw error }
            }
        }
    }
#endif
