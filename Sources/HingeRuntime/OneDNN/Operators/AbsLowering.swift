#if OneDNN
    internal import COneDNN
    import HingeOperators

    enum AbsLowering: ElementwiseLowering {
        typealias Operation = Abs

        static func functions(
            _ operation: Abs, _ node: LoweredNode, _ builder: PlanBuilder
        ) -> [ElementFunction]? {
            [ElementFunction(kind: dnnl_eltwise_abs, isForFiniteOnly: false) { $0 }]
        }
    }
#endif
