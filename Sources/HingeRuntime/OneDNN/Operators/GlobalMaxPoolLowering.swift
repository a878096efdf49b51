#if OneDNN
    internal import COneDNN
    import HingeOperators

    enum GlobalMaxPoolLowering: Lowering {
        static func lower(
            _ operation: GlobalMaxPool, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            try builder.lowerGlobalPool(dnnl_pooling_max, node)
        }
    }
#endif
