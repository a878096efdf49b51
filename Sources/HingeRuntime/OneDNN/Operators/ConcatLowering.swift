#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    /// Tensors one after the other, in the layout of the first that has one of its own.
    enum ConcatLowering: Lowering {
        static var resultTypes: [DataType] { [.float32, .uint8, .int8] }

        static func lower(
            _ operation: Concat, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            let inputs = node.step.inputs.indices.compactMap {
                builder.tensorInput(node, $0, of: [node.type.dataType])
            }
            guard inputs.count == node.step.inputs.count, inputs.count > 1 else { return false }
            let rank = node.type.shape.count
            guard let axis = try? InferenceContext.axis(operation.axis, rank: rank),
                inputs.allSatisfy({ $0.type.shape.count == rank })
            else { return false }
            var present = try inputs.map { try builder.descriptor($0.slot) }
            if Set(present.map(\.dataType)).count > 1 {
                present = try zip(inputs, present).map { input, form in
                    let type = input.type.of(builder.precision)
                    return try form.retyped(builder.precision) ?? Descriptor.plain(type)
                }
            }
            // Where all of them are row-major, the operator's own copies are as good.
            guard present.contains(where: { !$0.isPlain }) else { return false }
            let resultType = node.type.of(present[0].dataType ?? node.type.dataType)
            var result = try Descriptor.any(resultType)
            // Of one block each, they may as well have the channels last; in blocks, they are one row.
            if axis == 1, resultType.dataType == .float32, (3...5).contains(rank) {
                let areBlocked = try zip(inputs, present).allSatisfy {
                    try Descriptor.blocked($0.type).isSamePlace(as: $1)
                }
                if areBlocked { result = try .blocked(resultType) }
            }
            let primitive = try Primitive.make {
                dnn_concat(
                    $0, $1, present.map(\.handle), Int32(present.count), Int32(axis),
                    result.handle, $2)
            }
            guard let primitive, !primitive.isSlow else { return false }
            let arguments = try inputs.indices.map { index in
                try builder.argument(
                    DNNL_ARG_MULTIPLE_SRC + Int32(index), inputs[index].slot, present[index])
            }
            let chosen = try primitive.descriptor(DNNL_ARG_DST)
            let target = builder.addBuffer(byteCount: chosen.byteCount)
            builder.emit(
                primitive, arguments,
                .init(id: DNNL_ARG_DST, buffer: target, descriptor: chosen),
                node.type.dataType == .float32
                    ? MagnitudeRule(
                        source: MagnitudeRule.largest, arguments: arguments.map(\.buffer)) : nil,
                [node.index])
            if chosen.isRow(of: present, along: axis) {
                builder.noteJoin(
                    arguments.map(\.buffer), present.map(\.byteCount), target, chosen.byteCount)
            }
            try builder.define(node.output, node.type, target, chosen)
            builder.finish(node.index)
            return true
        }
    }

    extension Descriptor {
        /// Whether memory is that of tensors, all of each, one after the other along an axis.
        fileprivate func isRow(of parts: [Descriptor], along axis: Int) -> Bool {
            guard let layout, !isPadded, let outer = layout.places.first, outer.axis == axis else {
                return false
            }
            let inner = layout.places.dropFirst()
            return parts.allSatisfy { part in
                guard let own = part.layout, !part.isPadded, part.dataType == dataType else {
                    return false
                }
                // Of one element or block there is no step.
                if own.places == Array(inner) { return true }
                guard let first = own.places.first else { return false }
                return first.axis == axis && first.stride == outer.stride
                    && own.places.dropFirst() == inner
            }
        }
    }
#endif
