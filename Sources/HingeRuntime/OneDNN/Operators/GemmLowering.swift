#if OneDNN
    import HingeGraph
    import HingeOperators

    enum GemmLowering: Lowering {
        static var isWorthPlanning: Bool { true }

        static func lower(
            _ operation: Gemm, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            guard let a = builder.tensorInput(node, 0), let b = builder.tensorInput(node, 1),
                a.type.shape.count == 2, b.type.shape.count == 2
            else { return false }
            var own: [Link.Operation] = []
            var bias: TensorInput?
            if operation.alpha != 1 { own.append(.function(.linear(scale: operation.alpha))) }
            if node.hasInput(2) {
                guard operation.beta == 1, let addend = builder.tensorInput(node, 2) else {
                    return false
                }
                if own.isEmpty, addend.type.shape.last == node.type.shape[1],
                    addend.type.shape.dropLast().allSatisfy({ $0 == 1 })
                {
                    bias = addend
                } else {
                    own.append(.binary(.sum, addend))
                }
            }
            let product = PlanBuilder.MatrixProduct(
                a: try builder.factor(a, isTransposed: operation.transposesA),
                b: try builder.factor(b, isTransposed: operation.transposesB), bias: bias,
                own: own, type: node.type)
            return try builder.lower(product, node)
        }
    }
#endif
