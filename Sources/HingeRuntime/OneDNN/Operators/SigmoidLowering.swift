#if OneDNN
    internal import COneDNN
    import HingeOperators

    enum SigmoidLowering: ElementwiseLowering {
        typealias Operation = Sigmoid

        static func functions(
            _ operation: Sigmoid, _ node: LoweredNode, _ builder: PlanBuilder
        ) -> [ElementFunction]? {
            [ElementFunction(kind: dnnl_eltwise_logistic) { _ in 1 }]
        }

        static func gated(_ operation: Sigmoid) -> ElementFunction? { .swish(alpha: 1) }
    }
#endif
