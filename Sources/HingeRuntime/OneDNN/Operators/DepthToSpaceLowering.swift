#if OneDNN
    import HingeOperators

    /// Channels into space, in the layout that the image has.
    enum DepthToSpaceLowering: Lowering {
        static func lower(
            _ operation: DepthToSpace, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            try BlockCopy.lower(
                operation.blockSize, operation.order, isIntoSpace: true, node, builder)
        }
    }
#endif
