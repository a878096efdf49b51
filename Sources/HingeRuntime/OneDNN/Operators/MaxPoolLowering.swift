#if OneDNN
    internal import COneDNN
    import HingeOperators

    enum MaxPoolLowering: Lowering {
        static func lower(
            _ operation: MaxPool, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            try builder.lowerPool(operation, dnnl_pooling_max, node)
        }
    }
#endif
