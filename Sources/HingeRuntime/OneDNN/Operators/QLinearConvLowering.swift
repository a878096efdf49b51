#if OneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    /// The convolution of quantized numbers by constant signed weights without a zero point.
    enum QLinearConvLowering: QuantizedLowering {
        static func lower(
            _ operation: QLinearConv, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            guard let factors = try builder.quantizedFactors(node, bias: 8) else { return false }
            return try builder.lower(
                PlanBuilder.IntegerConvolution(
                    operation: operation, group: operation.group, factors: factors), node)
        }
    }
#endif
