#if OneDNN
    internal import COneDNN
    import HingeOperators

    enum GlobalAveragePoolLowering: Lowering {
        static func lower(
            _ operation: GlobalAveragePool, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            try builder.lowerGlobalPool(dnnl_pooling_avg_exclude_padding, node)
        }
    }
#endif
