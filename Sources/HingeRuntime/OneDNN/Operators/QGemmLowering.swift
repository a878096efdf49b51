#if OneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    /// The product of a quantized matrix and a constant one of signed integers without a zero point, plus a bias.
    enum QGemmLowering: QuantizedLowering {
        static func lower(
            _ operation: QGemm, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            guard operation.alpha == 1, !operation.transposesA, node.hasInput(7),
                let factors = try builder.quantizedFactors(node, result: 7, bias: 6),
                factors.x.type.shape.count == 2
            else { return false }
            return try builder.lower(
                PlanBuilder.IntegerProduct(
                    factors: factors, isTransposed: operation.transposesB), node)
        }
    }
#endif
