#if OneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    /// The product of a quantized matrix and a constant one of signed integers without a zero point, plus a bias.
    enum QGemmLowering: Lowering {
        static var isWorthPlanning: Bool { true }

        static var resultTypes: [DataType] { [.uint8, .int8] }

        static func lower(
            _ operation: QGemm, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            guard operation.alpha == 1, !operation.transposesA, node.hasInput(7),
                let a = builder.tensorInput(node, 0, of: [.uint8, .int8]),
                a.type.shape.count == 2,
                let quantization = builder.quantizedProduct(node, a.type.dataType, result: 7),
                let slot = node.step.inputs[3]
            else { return false }
            var scaling = quantization.scaling
            if node.hasInput(6) {
                guard let bias = builder.constantInput(node, 6), bias.dataType == .int32,
                    bias.shape == [node.type.shape[1]]
                else { return false }
                scaling.bias = try bias.integers()
            }
            return try builder.lower(
                PlanBuilder.IntegerProduct(
                    a: a, weights: quantization.weights, weightsSlot: slot,
                    isTransposed: operation.transposesB, scaling: scaling), node)
        }
    }
#endif
