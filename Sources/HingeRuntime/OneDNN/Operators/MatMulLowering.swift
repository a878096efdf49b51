#if OneDNN
    import HingeGraph
    import HingeOperators

    /// A product of matrices, or of batches of them.
    enum MatMulLowering: Lowering {
        static var isWorthPlanning: Bool { true }

        static func lower(
            _ operation: MatMul, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            guard let a = builder.tensorInput(node, 0), let b = builder.tensorInput(node, 1),
                a.type.shape.count >= 2, b.type.shape.count >= 2
            else { return false }
            if b.type.shape.count == 2, a.type.shape.count > 2 {
                // All rows of the batch against one matrix.
                let inner = a.type.shape[a.type.shape.count - 1]
                let rows = a.type.count / inner
                let flat = TensorType(dataType: .float32, shape: [rows, inner])
                let result = TensorType(dataType: .float32, shape: [rows, b.type.shape[1]])
                let plain = try Descriptor.plain(flat)
                let product = PlanBuilder.MatrixProduct(
                    a: .init(slot: a.slot, type: flat, forms: [.init(plain, plain)]),
                    b: try builder.factor(b), bias: nil, own: [], type: result)
                return try builder.lower(product, node)
            }
            guard a.type.shape.count == b.type.shape.count else { return false }
            let product = PlanBuilder.MatrixProduct(
                a: try builder.factor(a), b: try builder.factor(b), bias: nil, own: [],
                type: node.type)
            return try builder.lower(product, node)
        }
    }
#endif
