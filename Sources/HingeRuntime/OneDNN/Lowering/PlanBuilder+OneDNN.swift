#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    extension PlanBuilder {
        /// Lowers a step to oneDNN, together with those behind it that fit into the same primitive.
        ///
        /// - Returns: Whether it did; otherwise the operator's own evaluation runs.
        func lowerToOneDNN(_ index: Int) throws -> Bool {
            precision = stepPrecision(index)
            let step = program.steps[index]
            let lowering = Lowerings.find(step.operation)
            let outputs = step.outputs.compactMap { $0 }
            let givesSeveral = lowering?.givesSeveral ?? false
            guard step.bodies.isEmpty, let output = outputs.first,
                givesSeveral || (outputs.count == 1 && step.outputs.first == output),
                let type = types[output],
                isComputable(type, as: lowering?.resultTypes ?? [.float32])
            else { return false }
            let node = LoweredNode(
                index: index, step: step, output: output, type: type.computed)
            guard isWorthWidening(node, lowering) else { return false }
            if let lowering, try lowering.lower(node, self) { return true }
            return try !givesSeveral && lowerFlat(node)
        }

        /// Whether oneDNN computes with tensors of this type here.
        ///
        /// - Parameter types: The element types that are wanted.
        func isComputable(_ type: TensorType, as types: [DataType] = [.float32]) -> Bool {
            types.contains(type.computed.dataType) && type.shape.count <= 6
                && !type.shape.contains(0)
        }

        /// The slot and type of an input that is a tensor oneDNN computes with.
        ///
        /// - Parameter types: The element types that are wanted.
        func tensorInput(
            _ node: LoweredNode, _ position: Int, of types: [DataType] = [.float32]
        ) -> TensorInput? {
            guard position < node.step.inputs.count, let slot = node.step.inputs[position],
                let type = tensorType(slot), isComputable(type, as: types)
            else { return nil }
            return TensorInput(slot: slot, type: type.computed)
        }

        /// An input that is a constant.
        func constantInput(_ node: LoweredNode, _ position: Int) -> Tensor? {
            guard position < node.step.inputs.count, let slot = node.step.inputs[position],
                case .constant(let tensor) = values[slot]
            else { return nil }
            return try? weights.aligned(tensor)
        }
    }

    /// A step that is being lowered.
    struct LoweredNode {
        let index: Int
        let step: Program.Step
        /// The slot of the one output, or the first that is there, and its type.
        let output: Int
        let type: TensorType

        /// Whether the node names an input at the given position.
        func hasInput(_ position: Int) -> Bool {
            position < step.inputs.count && step.inputs[position] != nil
        }
    }

    /// A tensor that is an input of a step.
    struct TensorInput {
        let slot: Int
        let type: TensorType
    }

    // MARK: - Layouts

    extension PlanBuilder {
        /// The layout in which a value was made, or, where it was made of numbers less precise than those that the step
        /// being lowered computes with, one of precise ones.
        func descriptor(_ slot: Int) throws -> Descriptor {
            guard case .memory(let placement) = values[slot] else {
                guard let type = tensorType(slot) else {
                    throw HingeError(.internalError, "a value of the plan has no memory")
                }
                return try plainDescriptor(type.computed)
            }
            guard let first = placement.layouts.first?.descriptor else {
                let isLow = placement.type.dataType == precision
                return try plainDescriptor(isLow ? placement.type : placement.type.computed)
            }
            guard first.dataType?.isHalf ?? false, first.dataType != precision else { return first }
            return try placement.wide ?? first.retyped(.float32)
                ?? plainDescriptor(placement.type.computed)
        }

        /// The descriptor of row-major memory.
        private func plainDescriptor(_ type: TensorType) throws -> Descriptor {
            if let known = plainDescriptors[type] { return known }
            let descriptor = try Descriptor.plain(type)
            plainDescriptors[type] = descriptor
            return descriptor
        }

        /// The buffer that holds a value in a layout, into which it is copied if need be.
        ///
        /// - Parameter view: The layout of the value's row-major elements under another shape; `nil` where
        ///   the descriptor has the value's own shape.
        func buffer(
            _ slot: Int, as descriptor: Descriptor, view: Descriptor? = nil
        ) throws -> BufferID {
            switch values[slot] {
            case .constant(let tensor):
                return try constant(tensor, view: view, as: descriptor)
            case .memory(let placement):
                if let view {
                    let (plain, view) = try rowMajor(placement, view, as: descriptor)
                    if descriptor.isSamePlace(as: view) { return plain }
                    let buffer = addBuffer(byteCount: descriptor.byteCount)
                    try emitReorder(plain, view, buffer, descriptor)
                    return buffer
                }
                return try buffer(placement, as: descriptor)
            default: throw HingeError(.internalError, "a value of the plan has no memory")
            }
        }

        func buffer(
            _ placement: Placement, as descriptor: Descriptor
        ) throws -> BufferID {
            for (known, buffer) in placement.layouts where known.isSamePlace(as: descriptor) {
                return buffer
            }
            if descriptor.isPlain(of: placement.type) { return try plainBuffer(placement) }
            let buffer = addBuffer(byteCount: descriptor.byteCount)
            try reorder(placement, to: buffer, descriptor)
            placement.layouts.append((descriptor, buffer))
            adopt(buffer, by: placement)
            return buffer
        }

        /// The buffer of a value in row-major order, into which it is copied.
        func reorderToPlain(_ placement: Placement) throws -> BufferID {
            for (known, buffer) in placement.layouts where known.isPlain(of: placement.type) {
                placement.plain = buffer
                return buffer
            }
            let buffer = addBuffer(byteCount: placement.type.byteCount)
            try reorder(placement, to: buffer)
            placement.plain = buffer
            adopt(buffer, by: placement)
            return buffer
        }

        /// Copies a value into a buffer in row-major order.
        func reorder(_ placement: Placement, to target: BufferID) throws {
            try reorder(placement, to: target, Descriptor.plain(placement.type))
        }

        private func reorder(
            _ placement: Placement, to target: BufferID, _ descriptor: Descriptor
        ) throws {
            if let (known, source) = placement.source(for: descriptor) {
                try emitReorder(source, known, target, descriptor)
            } else {
                try emitReorder(
                    plainBuffer(placement), Descriptor.plain(placement.type), target, descriptor)
            }
        }

        func emitReorder(
            _ source: BufferID, _ from: Descriptor, _ target: BufferID, _ to: Descriptor
        ) throws {
            if try emitConversion(source, from, target, to) { return }
            let primitive = try OneDNN.reorder(from, to)
            let rule = MagnitudeRule(source: MagnitudeRule.largest, arguments: [source])
            emit(
                primitive, [.init(id: DNNL_ARG_FROM, buffer: source, descriptor: from)],
                .init(id: DNNL_ARG_TO, buffer: target, descriptor: to),
                to.dataType?.isFloatingPoint ?? true ? rule : nil, [])
        }

        /// A constant in a layout, made now.
        private func constant(
            _ tensor: Tensor, view: Descriptor?, as descriptor: Descriptor
        ) throws -> BufferID {
            guard let region = tensor.region else {
                throw HingeError(.internalError, "a value of the plan has no memory")
            }
            let type = TensorType(dataType: tensor.dataType, shape: tensor.shape)
            let source = try view?.retyped(type.dataType) ?? Descriptor.plain(type)
            if type.dataType.isHalf, descriptor.dataType != type.dataType {
                return try constant(region, source, as: descriptor) {
                    try OneDNN.widened(tensor, source, to: descriptor)
                }
            }
            if descriptor.isSamePlace(as: source) {
                let region = try weights.aligned(tensor).region ?? region
                return addBuffer(byteCount: region.byteCount, at: .constant(region))
            }
            return try constant(region, source, as: descriptor) {
                // What is in another order now is rarely read again as the file has it.
                defer { region.releasePages() }
                return try OneDNN.reorder(
                    staging.aligned(region, type.dataType), source, to: descriptor)
            }
        }

        /// A constant in a form, made by `body` unless it is there.
        ///
        /// - Parameters:
        ///   - region: The constant's memory.
        ///   - source: How it stands there.
        private func constant(
            _ region: MemoryRegion, _ source: Descriptor, as descriptor: Descriptor,
            _ body: () throws -> MemoryRegion
        ) throws -> BufferID {
            let result =
                if let from = source.layoutKey, let to = descriptor.layoutKey {
                    try weights.region(
                        of: region,
                        in: ConstantForm(
                            layouts: [from, to], types: [source.dataType, descriptor.dataType]),
                        body)
                } else {
                    try body()
                }
            return addBuffer(byteCount: result.byteCount, at: .constant(result))
        }

        /// Emits a primitive.
        ///
        /// - Parameters:
        ///   - rule: How large the result is; and when it is right; `nil` of integers.
        ///   - steps: The steps of the program that the primitive does; none for a copy between layouts.
        ///   - extra: The buffer that it reads as what its output held before.
        func emit(
            _ primitive: Primitive, _ inputs: [PrimitiveStep.Argument],
            _ output: PrimitiveStep.Argument, _ rule: MagnitudeRule?, _ steps: [Int],
            overwriting extra: [BufferID] = []
        ) {
            emit(primitive, inputs, [output], rule, steps, overwriting: extra)
        }

        /// Emits a primitive of several results.
        func emit(
            _ primitive: Primitive, _ inputs: [PrimitiveStep.Argument],
            _ outputs: [PrimitiveStep.Argument], _ rule: MagnitudeRule?, _ steps: [Int],
            overwriting extra: [BufferID] = []
        ) {
            // Its code is made with the number of threads for which it is described; what fails now fails when it is bound.
            _ = try? primitive.compile()
            // What all uses are safe from needs no watching.
            var rule = rule
            let output = steps.last.flatMap { program.steps[$0].outputs.first ?? nil }
            rule?.round(to: outputs, output.flatMap(halfType))
            let step = PrimitiveStep(
                primitive, inputs, outputs, options.isCareful ? nil : rule,
                steps.map { program.steps[$0] }, output.flatMap { types[$0] })
            watchedSteps.append(step)
            emit(
                step, reads: inputs.map(\.buffer) + extra, writes: outputs.map(\.buffer),
                scratchByteCount: primitive.scratchByteCount)
        }

        /// Puts what a primitive wrote into a slot.
        ///
        /// - Parameter flat: Whether the descriptor is of another shape than the value, in the same order of elements.
        func define(
            _ slot: Int, _ type: TensorType, _ buffer: BufferID, _ descriptor: Descriptor,
            isFlat: Bool = false
        ) throws {
            if let half = halfType(slot), type.dataType == .float32 {
                if descriptor.dataType == .float32 { emitRounding(buffer, to: half) }
                return try define(slot, type.of(half), buffer, descriptor)
            }
            let placement = Placement(type, plain: nil)
            if isFlat || descriptor.isPlain(of: type) {
                placement.plain = buffer
            } else {
                placement.layouts = [(try descriptor.usual(), buffer)]
            }
            define(slot, placement, in: buffer)
        }
    }

    extension PlanBuilder {
        /// What is known of how large the elements are that the primitives compute with.
        ///
        /// - Parameter locations: Where each buffer is.
        func magnitudes(_ locations: [Plan.Location]) -> MagnitudePlan {
            var bounds = [Float](repeating: .infinity, count: buffers.count)
            let types = elementTypes()
            var rules: [(rule: MagnitudeRule, outputs: [BufferID])] = []
            rules.reserveCapacity(watchedSteps.count)
            let buffers = buffers
            for step in watchedSteps {
                guard let rule = step.rule else { continue }
                rules.append((rule, step.outputBuffers))
                rule.forEachBuffer { buffer in
                    guard bounds[buffer] == .infinity,
                        case .constant(let region) = buffers[buffer].location
                    else { return }
                    bounds[buffer] = weights.magnitude(of: region, types[buffer])
                }
            }
            return MagnitudePlan(bounds, rules, types) { buffer in
                if case .input = locations[buffer] { true } else { false }
            }
        }
    }

    extension OneDNN {
        /// The copy from one layout to another.
        static func reorder(_ source: Descriptor, _ target: Descriptor) throws -> Primitive {
            let primitive = try Primitive.make {
                dnn_reorder($0, $1, source.handle, target.handle, $2)
            }
            guard let primitive else { throw failure("a copy between layouts", dnnl_unimplemented) }
            return primitive
        }

        /// A copy of memory in another layout, made now.
        static func reorder(
            _ region: MemoryRegion, _ source: Descriptor, to target: Descriptor
        ) throws -> MemoryRegion {
            let primitive = try reorder(source, target)
            let result = try MemoryRegion(allocating: target.byteCount)
            let scratch = try MemoryRegion(allocating: primitive.scratchByteCount)
            var memories = [
                (DNNL_ARG_FROM, try Memory(source, region.base)),
                (DNNL_ARG_TO, try Memory(target, result.base)),
            ]
            if primitive.scratchByteCount > 0 {
                memories.append(
                    (
                        DNNL_ARG_SCRATCHPAD,
                        try Memory(primitive.descriptor(DNNL_ARG_SCRATCHPAD), scratch.base)
                    ))
            }
            var arguments = memories.map { dnnl_exec_arg_t(arg: $0.0, memory: $0.1.handle) }
            try arguments.withUnsafeMutableBufferPointer { buffer in
                try primitive.compile().execute(Device(), buffer)
            }
            withExtendedLifetime((region, memories, scratch)) {}
            return result
        }
    }
#endif
