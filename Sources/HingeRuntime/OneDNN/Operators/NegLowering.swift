#if OneDNN
    import HingeOperators

    enum NegLowering: ElementwiseLowering {
        typealias Operation = Neg

        static func functions(
            _ operation: Neg, _ node: LoweredNode, _ builder: PlanBuilder
        ) -> [ElementFunction]? {
            [.linear(scale: -1)]
        }
    }
#endif
