#if OneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    /// Dequantizes by one scale in whatever order the elements stand.
    enum DequantizeLinearLowering: Lowering {
        static func lower(
            _ operation: DequantizeLinear, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            guard builder.isUniform(node) else { return false }
            return try builder.lowerInOrder(node, operands: 1, of: [.uint8, .int8])
        }
    }
#endif
