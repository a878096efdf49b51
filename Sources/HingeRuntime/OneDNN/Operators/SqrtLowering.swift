#if OneDNN
    internal import COneDNN
    import HingeOperators

    enum SqrtLowering: ElementwiseLowering {
        typealias Operation = Sqrt

        static func functions(
            _ operation: Sqrt, _ node: LoweredNode, _ builder: PlanBuilder
        ) -> [ElementFunction]? {
            [ElementFunction(kind: dnnl_eltwise_sqrt, keepsFinite: false) { _ in .infinity }]
        }
    }
#endif
