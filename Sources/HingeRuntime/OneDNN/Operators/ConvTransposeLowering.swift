#if OneDNN
    import HingeGraph
    import HingeOperators

    enum ConvTransposeLowering: Lowering {
        static var isWorthPlanning: Bool { true }

        static func lower(
            _ operation: ConvTranspose, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            guard let w = builder.tensorInput(node, 1), w.type.shape.count >= 3 else {
                return false
            }
            // In memory `[C, M / group, kernel…]`; oneDNN counts feature maps before channels.
            let group = operation.group
            let (channels, maps) = (w.type.shape[0], w.type.shape[1])
            let kernel = Array(w.type.shape.dropFirst(2))
            let size = kernel.reduce(1, *)
            let type = TensorType(
                dataType: .float32,
                shape: (group == 1 ? [] : [group]) + [maps, channels / group] + kernel)
            let strides =
                (group == 1 ? [] : [channels / group * maps * size]) + [size, maps * size]
                + Layout.rowMajorStrides(kernel)
            return try builder.lowerConvolution(
                operation, isTransposed: true, node,
                .init(slot: w.slot, type: type, memory: Descriptor(type, strides: strides)))
        }
    }
#endif
