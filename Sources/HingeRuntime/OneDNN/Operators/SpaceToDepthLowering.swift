#if OneDNN
    import HingeOperators

    /// Space into channels, in the layout that the image has.
    enum SpaceToDepthLowering: Lowering {
        static func lower(
            _ operation: SpaceToDepth, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            try BlockCopy.lower(
                operation.blockSize, operation.order, isIntoSpace: false, node, builder)
        }
    }
#endif
