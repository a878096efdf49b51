#if OneDNN
    internal import COneDNN
    import HingeOperators

    enum AveragePoolLowering: Lowering {
        static func lower(
            _ operation: AveragePool, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            let kind =
                operation.countsPadding
                ? dnnl_pooling_avg_include_padding : dnnl_pooling_avg_exclude_padding
            return try builder.lowerPool(operation, kind, node)
        }
    }
#endif
