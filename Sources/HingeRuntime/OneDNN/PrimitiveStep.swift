#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeProgram

    /// A step that runs a oneDNN primitive.
    struct PrimitiveStep: PlanStep {
        /// A buffer as an argument.
        struct Argument: Sendable {
            let id: Int32
            let buffer: BufferID
            let descriptor: Descriptor
        }

        let primitive: Primitive
        /// What it reads, but for what its output held before.
        let arguments: [Argument]
        let output: Argument
        /// How large the result is, and when it is right; `nil` where that is nobody's concern.
        let rule: MagnitudeRule?
        /// The types of the operators that the primitive stands for; none for a copy between layouts.
        let operations: [String]
        let places: [HingeError.Place]

        /// `primitive Conv+Relu, blocked (jit:avx2)`.
        var summary: String {
            guard !operations.isEmpty else { return "reorder" }
            let names = operations.joined(separator: "+")
            let layout = output.descriptor.layoutName
            return "primitive \(names), \(layout) (\(primitive.implementation))"
        }

        func bind(_ workspace: Workspace) throws -> BoundStep {
            try BoundPrimitive(self, workspace)
        }
    }

    /// A primitive tied to memory.
    private final class BoundPrimitive: BoundStep {
        private let step: PrimitiveStep
        private unowned let workspace: Workspace
        private let memories: [Memory]
        private let arguments: UnsafeMutableBufferPointer<dnnl_exec_arg_t>

        init(_ step: PrimitiveStep, _ workspace: Workspace) throws {
            self.step = step
            self.workspace = workspace
            let bound = step.arguments + [step.output]
            var memories: [Memory] = []
            for argument in bound {
                memories.append(try workspace.memory(argument.buffer, argument.descriptor))
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
            if let rule = step.rule {
                workspace.magnitudes[step.output.buffer] = try workspace.bound(rule)
            }
            do {
                try step.primitive.execute(workspace.device, arguments)
            } catch {
                try withPlaces(step.places) { throw error }
            }
        }
    }

    extension Workspace {
        /// A bound of the elements of a primitive's result.
        ///
        /// - Throws: ``NonFiniteValues`` when the primitive may not give the right ones.
        fileprivate func bound(_ rule: MagnitudeRule) throws -> Float {
            let bound = rule.bound(magnitudes)
            if bound.isSafe { return bound.magnitude }
            for buffer in rule.buffers where !isExact[buffer] {
                guard let address = try address(of: buffer) else { continue }
                magnitudes[buffer] = Magnitude.of(address, byteCount: plan.byteCounts[buffer])
                isExact[buffer] = true
            }
            let exact = rule.bound(magnitudes)
            if exact.isSafe { return exact.magnitude }
            guard let rowCount = rule.rowCount, let x = rule.arguments.first,
                let address = try address(of: x),
                Magnitude.areRowsFinite(
                    address, byteCount: plan.byteCounts[x], rowCount: rowCount)
            else { throw NonFiniteValues() }
            return exact.magnitude
        }

        private func address(of buffer: BufferID) throws -> UnsafeRawPointer? {
            try UnsafeRawPointer(
                fixedAddress(buffer) ?? external(plan.buffers[buffer]).region?.base)
        }
    }

    extension Descriptor {
        /// How elements stand in memory, in a word.
        fileprivate var layoutName: String {
            if isPlain { return "row-major" }
            return layout?.isStrided ?? false ? "strided" : "blocked"
        }
    }
#endif
