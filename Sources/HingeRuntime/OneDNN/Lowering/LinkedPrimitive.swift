#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators

    /// A primitive with links, and what it needs to be emitted.
    struct LinkedPrimitive {
        let primitive: Primitive
        let links: [Link]
        let result: Descriptor
        /// The arguments of the post-operations.
        fileprivate let operands: [Operand]
        /// The buffer that the primitive adds to.
        fileprivate let accumulator: TensorInput?

        fileprivate struct Operand {
            let id: Int32
            let input: TensorInput
            let descriptor: Descriptor
            /// The layout of the input's row-major elements under the shape that broadcasts.
            let view: Descriptor?
        }
    }

    extension PlanBuilder {
        /// Makes a primitive with as many links as it takes without becoming slow.
        ///
        /// - Parameters:
        ///   - type: The type of the primitive's result, which may be flatter than the value.
        ///   - links: The links; the shapes of their operands are those of the value.
        ///   - own: Post-operations that belong to the step itself, in front of the links.
        ///   - mayAccumulate: Whether the primitive can add to what its output held before.
        ///   - make: Makes the description.
        func link(
            _ node: LoweredNode, _ type: TensorType, _ links: [Link],
            own: [Link.Operation] = [], mayAccumulate: Bool = true, _ make: Primitive.Make
        ) throws -> LinkedPrimitive? {
            guard let bare = try Primitive.make([], make), !bare.isSlow else { return nil }
            let result = try bare.descriptor(DNNL_ARG_DST)
            for count in stride(from: links.count, through: 0, by: -1) {
                let taken = Array(links.prefix(count))
                if count == 0, own.isEmpty {
                    return LinkedPrimitive(
                        primitive: bare, links: [], result: result, operands: [], accumulator: nil)
                }
                for accumulates in mayAccumulate ? [true, false] : [false] {
                    if let linked = try link(
                        node, type, own, taken, bare, result, accumulates: accumulates, make)
                    {
                        return linked
                    }
                }
            }
            return nil
        }

        private func link(
            _ node: LoweredNode, _ type: TensorType, _ own: [Link.Operation], _ links: [Link],
            _ bare: Primitive, _ result: Descriptor, accumulates: Bool, _ make: Primitive.Make
        ) throws -> LinkedPrimitive? {
            let finished = [node.index] + links.flatMap(\.steps)
            var operations: [PostOperation] = []
            var operands: [LinkedPrimitive.Operand] = []
            var accumulator: TensorInput?
            for operation in own + links.flatMap(\.operations) {
                let position = Int32(operations.count)
                switch operation {
                case .function(let kind, let alpha, let beta):
                    operations.append(.function(kind, alpha, beta))
                case .binary(let kind, let input):
                    if accumulates, accumulator == nil, kind == dnnl_binary_add,
                        try canAccumulate(input, result, node.type, finished)
                    {
                        accumulator = input
                        operations.append(.sum)
                        continue
                    }
                    guard let operand = try operand(input, node.type, type, result, position)
                    else { return nil }
                    operands.append(operand)
                    operations.append(.binary(kind, operand.descriptor))
                case .prelu(let input):
                    let view = try Descriptor.plain(input.type)
                    operands.append(
                        .init(
                            id: dnn_post_op_argument(position, DNNL_ARG_WEIGHTS), input: input,
                            descriptor: view, view: view))
                    operations.append(.prelu(mask: 2))
                }
            }
            if accumulates, accumulator == nil { return nil }
            guard let primitive = try Primitive.make(operations, make), !primitive.isSlow,
                !primitive.isGeneral || bare.isGeneral
            else { return nil }
            let actual = try primitive.descriptor(DNNL_ARG_DST)
            guard operands.isEmpty && accumulator == nil || actual.isSamePlace(as: result) else {
                return nil
            }
            return LinkedPrimitive(
                primitive: primitive, links: links, result: actual, operands: operands,
                accumulator: accumulator)
        }

        /// Whether a primitive may write its result over a value that it adds.
        private func canAccumulate(
            _ input: TensorInput, _ result: Descriptor, _ type: TensorType, _ finished: [Int]
        ) throws -> Bool {
            guard input.type == type, case .memory(let placement) = values[input.slot],
                let buffer = accumulatorBuffer(placement, result)
            else { return false }
            return isDead(buffer, after: finished)
        }

        private func accumulatorBuffer(
            _ placement: Placement, _ result: Descriptor
        ) -> BufferID? {
            if let plain = placement.plain, result.isPlain { return plain }
            return placement.layouts.first { $0.descriptor.isSamePlace(as: result) }?.buffer
        }

        /// - Parameters:
        ///   - type: The type of the value.
        ///   - flat: The type of the primitive's result, of the same elements.
        private func operand(
            _ input: TensorInput, _ type: TensorType, _ flat: TensorType, _ result: Descriptor,
            _ position: Int32
        ) throws -> LinkedPrimitive.Operand? {
            let id = dnn_post_op_argument(position, DNNL_ARG_SRC_1)
            if input.type == type {
                let view = flat == type ? nil : try Descriptor.plain(flat)
                return .init(id: id, input: input, descriptor: result, view: view)
            }
            guard let shape = Self.broadcastShape(input.type.shape, type.shape, flat.shape) else {
                return nil
            }
            let view = try Descriptor.plain(TensorType(dataType: .float32, shape: shape))
            return .init(id: id, input: input, descriptor: view, view: view)
        }

        /// The shape of the same rank as `flat` in which a shape broadcasts to it.
        ///
        /// `flat` is `shape`, or its leading dimensions are made one, or a dimension of 1 is put in front.
        static func broadcastShape(_ other: [Int], _ shape: [Int], _ flat: [Int]) -> [Int]? {
            guard other.count <= shape.count else { return nil }
            let aligned = [Int](repeating: 1, count: shape.count - other.count) + other
            if shape == flat { return aligned }
            guard flat.count == 2, shape.last == flat.last || shape.isEmpty,
                aligned.dropLast().allSatisfy({ $0 == 1 })
            else { return nil }
            return [1, aligned.last ?? 1]
        }

        /// Emits a primitive with its links, and puts the result into the slot of the last.
        ///
        /// - Parameters:
        ///   - inputs: The primitive's own arguments, without the output.
        ///   - overwritable: A buffer that the result may be written over, of its own layout.
        ///   - isFlat: Whether the primitive's result has another shape than the value.
        func emit(
            _ linked: LinkedPrimitive, _ node: LoweredNode,
            _ inputs: [PrimitiveStep.Argument], over overwritable: BufferID? = nil,
            isFlat: Bool = false
        ) throws {
            var arguments = inputs
            for operand in linked.operands {
                let buffer = try buffer(
                    operand.input.slot, as: operand.descriptor, view: operand.view)
                arguments.append(
                    .init(id: operand.id, buffer: buffer, descriptor: operand.descriptor))
            }
            var owner = overwritable
            var extra: [BufferID] = []
            if let accumulator = linked.accumulator,
                case .memory(let placement) = values[accumulator.slot],
                let buffer = accumulatorBuffer(placement, linked.result)
            {
                owner = buffer
                extra = [buffer]
            }
            let steps = [node.index] + linked.links.flatMap(\.steps)
            let target = addBuffer(byteCount: linked.result.byteCount, in: owner)
            emit(
                linked.primitive, arguments,
                .init(id: DNNL_ARG_DST, buffer: target, descriptor: linked.result),
                places: node.step.places, overwriting: extra)
            let slot = linked.links.last?.result ?? node.output
            define(slot, node.type, target, linked.result, isFlat: isFlat)
            for step in steps { finish(step) }
        }

        /// An argument that holds the value in a slot in a layout.
        func argument(
            _ id: Int32, _ slot: Int, _ descriptor: Descriptor, view: Descriptor? = nil
        ) throws -> PrimitiveStep.Argument {
            .init(
                id: id, buffer: try buffer(slot, as: descriptor, view: view),
                descriptor: descriptor)
        }
    }

    extension Primitive {
        /// Whether the implementation goes the long way over a general matrix product.
        fileprivate var isGeneral: Bool { implementation.hasPrefix("gemm") }
    }
#endif
