#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    extension PlanBuilder {
        /// A transposition moves nothing: the same memory is seen with its axes in another order.
        func lower(_ operation: Transpose, _ node: LoweredNode) throws -> Bool {
            guard let x = tensorInput(node, 0), case .memory(let placement) = values[x.slot],
                let buffer = placement.plain ?? placement.layouts.first?.buffer
            else { return false }
            let rank = x.type.shape.count
            let order = operation.permutation ?? Array((0..<rank).reversed())
            guard rank > 0, order.count == rank else { return false }
            let source =
                placement.plain == nil ? try descriptor(x.slot) : try Descriptor.plain(x.type)
            let descriptor = try source.permuted(order)
            define(node.output, node.type, buffer, descriptor)
            finish(node.index)
            return true
        }

        /// Tensors one after the other, in the layout of the first that has one of its own.
        func lower(_ operation: Concat, _ node: LoweredNode) throws -> Bool {
            let inputs = node.step.inputs.indices.compactMap { tensorInput(node, $0) }
            guard inputs.count == node.step.inputs.count, inputs.count > 1 else { return false }
            let rank = node.type.shape.count
            let axis = operation.axis < 0 ? operation.axis + rank : operation.axis
            guard (0..<rank).contains(axis), inputs.allSatisfy({ $0.type.shape.count == rank })
            else { return false }
            let present = try inputs.map { try descriptor($0.slot) }
            // Where all of them are row-major, the operator's own copies are as good.
            guard present.contains(where: { !$0.isPlain }) else { return false }
            let result = try Descriptor.any(node.type)
            let primitive = try Primitive.make {
                dnn_concat(
                    $0, $1, present.map(\.handle), Int32(present.count), Int32(axis),
                    result.handle, $2)
            }
            guard let primitive, !primitive.isSlow else { return false }
            let arguments = try inputs.indices.map { index in
                try argument(
                    DNNL_ARG_MULTIPLE_SRC + Int32(index), inputs[index].slot, present[index])
            }
            let chosen = try primitive.descriptor(DNNL_ARG_DST)
            let target = addBuffer(byteCount: chosen.byteCount)
            emit(
                primitive, arguments,
                .init(id: DNNL_ARG_DST, buffer: target, descriptor: chosen),
                MagnitudeRule(source: .largest, arguments: arguments.map(\.buffer)), [node.index])
            define(node.output, node.type, target, chosen)
            finish(node.index)
            return true
        }
    }
#endif
