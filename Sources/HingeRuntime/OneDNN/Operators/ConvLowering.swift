#if OneDNN
    import HingeGraph
    import HingeOperators

    enum ConvLowering: Lowering {
        static var isWorthPlanning: Bool { true }

        static func lower(
            _ operation: Conv, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            guard let w = builder.tensorInput(node, 1) else { return false }
            let shape = w.type.shape
            let type = TensorType(
                dataType: .float32,
                shape: operation.group == 1
                    ? shape : [operation.group, shape[0] / operation.group] + shape.dropFirst())
            return try builder.lowerConvolution(
                operation, isTransposed: false, node,
                .init(slot: w.slot, type: type, memory: Descriptor.plain(type)))
        }
    }
#endif
