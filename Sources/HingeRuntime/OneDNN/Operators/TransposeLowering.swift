#if OneDNN
    import HingeGraph
    import HingeOperators

    /// A transposition moves nothing: the same memory is seen with its axes in another order.
    enum TransposeLowering: Lowering {
        static var resultTypes: [DataType] { [.float32, .uint8, .int8] }

        static func lower(
            _ operation: Transpose, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            guard let x = builder.tensorInput(node, 0, of: [node.type.dataType]),
                case .memory(let placement) = builder.values[x.slot],
                let buffer = placement.plain ?? placement.layouts.first?.buffer
            else { return false }
            // Of 16 bits and row-major, it is the operator's own.
            guard placement.plain == nil || !placement.type.dataType.isHalf else { return false }
            let rank = x.type.shape.count
            let order = operation.permutation ?? Array((0..<rank).reversed())
            guard rank > 0, order.count == rank else { return false }
            let source =
                placement.plain == nil
                ? try placement.layouts.first?.descriptor ?? builder.descriptor(x.slot)
                : try Descriptor.plain(placement.type)
            try builder.define(
                node.output, node.type.of(placement.type.dataType), buffer,
                try source.permuted(order))
            builder.finish(node.index)
            return true
        }
    }
#endif
