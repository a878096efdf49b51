#if OneDNN
    import HingeOperators

    enum LeakyReluLowering: ElementwiseLowering {
        typealias Operation = LeakyRelu

        static func functions(
            _ operation: LeakyRelu, _ node: LoweredNode, _ builder: PlanBuilder
        ) -> [ElementFunction]? {
            [.relu(slope: operation.alpha)]
        }
    }
#endif
