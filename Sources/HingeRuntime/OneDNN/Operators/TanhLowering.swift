#if OneDNN
    internal import COneDNN
    import HingeOperators

    enum TanhLowering: ElementwiseLowering {
        typealias Operation = Tanh

        static func functions(
            _ operation: Tanh, _ node: LoweredNode, _ builder: PlanBuilder
        ) -> [ElementFunction]? {
            [ElementFunction(kind: dnnl_eltwise_tanh) { _ in 1 }]
        }
    }
#endif
