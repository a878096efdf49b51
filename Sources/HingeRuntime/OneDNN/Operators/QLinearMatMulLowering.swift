#if OneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    /// The product of quantized rows and a constant matrix of signed integers without a zero point.
    enum QLinearMatMulLowering: QuantizedLowering {
        static func lower(
            _ operation: QLinearMatMul, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            guard let factors = try builder.quantizedFactors(node) else { return false }
            return try builder.lower(
                PlanBuilder.IntegerProduct(factors: factors, isTransposed: false), node)
        }
    }
#endif
