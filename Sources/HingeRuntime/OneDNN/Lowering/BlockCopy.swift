#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators

    /// A copy of channels into space or back, for images that don't stand row-major: one copy between layouts, which sees
    /// blocks as axes of their own.
    enum BlockCopy {
        /// Emits the copy.
        ///
        /// - Parameters:
        ///   - size: The height and width of a block.
        ///   - order: How the channels of a block are ordered.
        ///   - isIntoSpace: Whether channels become space.
        /// - Returns: Whether it did; row-major images are the operator's own.
        static func lower(
            _ size: Int, _ order: BlockOrder, isIntoSpace: Bool, _ node: LoweredNode,
            _ builder: PlanBuilder
        ) throws -> Bool {
            guard let x = builder.tensorInput(node, 0), x.type.shape.count == 4,
                node.type.shape.count == 4
            else { return false }
            let present = try builder.descriptor(x.slot)
            guard !present.isPlain, let type = present.dataType else { return false }
            // Those in blocks go with the channels last.
            let axes = present.axisOrder ?? [0, 2, 3, 1]
            let source = try Descriptor.ordered(x.type.of(type), axes)
            let result = try Descriptor.ordered(node.type.of(type), axes)
            let deep = isIntoSpace ? x.type : node.type
            let wide = isIntoSpace ? node.type : x.type
            let blocks = Blocks(size: size, order: order, deep: deep.shape, wide: wide.shape)
            let from = try blocks.descriptor(x.type.of(type), axes, isDeep: isIntoSpace)
            let to = try blocks.descriptor(node.type.of(type), axes, isDeep: !isIntoSpace)
            let buffer = try builder.buffer(x.slot, as: source)
            let target = builder.addBuffer(byteCount: result.byteCount)
            builder.emit(
                try OneDNN.reorder(from, to),
                [.init(id: DNNL_ARG_FROM, buffer: buffer, descriptor: from)],
                .init(id: DNNL_ARG_TO, buffer: target, descriptor: to),
                MagnitudeRule(source: MagnitudeRule.largest, arguments: [buffer]), [node.index])
            try builder.define(node.output, node.type, target, result)
            builder.finish(node.index)
            return true
        }
    }

    /// Images seen as `[N, C, rows of blocks, rows of a block, columns of blocks, columns of a block]`.
    private struct Blocks {
        let size: Int
        let order: BlockOrder
        /// The shape of the image whose channels hold blocks, and that of the other.
        let deep: [Int]
        let wide: [Int]

        /// The layout of one of the images, which is row-major with its axes in an order.
        func descriptor(_ type: TensorType, _ axes: [Int], isDeep: Bool) throws -> Descriptor {
            let step = Layout.strides(type.shape, axes)
            let shape = [deep[0], wide[1], deep[2], size, deep[3], size]
            let steps: [Int]
            if !isDeep {
                steps = [step[0], step[1], size * step[2], step[2], size * step[3], step[3]]
            } else if order == .depthFirst {
                let place = wide[1] * step[1]
                steps = [step[0], step[1], step[2], size * place, step[3], place]
            } else {
                steps = [
                    step[0], size * size * step[1], step[2], size * step[1], step[3], step[1],
                ]
            }
            return try Descriptor(
                TensorType(dataType: type.dataType, shape: shape), strides: steps)
        }
    }
#endif
