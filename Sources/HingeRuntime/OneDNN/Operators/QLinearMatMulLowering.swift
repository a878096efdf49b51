#if OneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    /// The product of quantized rows and a constant matrix of signed integers without a zero point.
    enum QLinearMatMulLowering: Lowering {
        static var isWorthPlanning: Bool { true }

        static var resultTypes: [DataType] { [.uint8, .int8] }

        static func lower(
            _ operation: QLinearMatMul, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            guard let a = builder.tensorInput(node, 0, of: [.uint8, .int8]),
                let quantization = builder.quantizedProduct(node, a.type.dataType),
                let slot = node.step.inputs[3]
            else { return false }
            return try builder.lower(
                PlanBuilder.IntegerProduct(
                    a: a, weights: quantization.weights, weightsSlot: slot, isTransposed: false,
                    scaling: quantization.scaling), node)
        }
    }
#endif
