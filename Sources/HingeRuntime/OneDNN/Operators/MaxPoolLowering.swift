#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators

    enum MaxPoolLowering: Lowering {
        static var resultTypes: [DataType] { [.float32, .uint8, .int8] }

        static func lower(
            _ operation: MaxPool, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            try builder.lowerPool(operation, dnnl_pooling_max, node)
        }
    }
#endif
