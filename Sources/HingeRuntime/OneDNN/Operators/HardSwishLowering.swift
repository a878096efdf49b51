#if OneDNN
    internal import COneDNN
    import HingeOperators

    enum HardSwishLowering: ElementwiseLowering {
        typealias Operation = HardSwish

        static func functions(
            _ operation: HardSwish, _ node: LoweredNode, _ builder: PlanBuilder
        ) -> [ElementFunction]? {
            [.hardSwish]
        }
    }

    extension ElementFunction {
        /// `x · max(0, min(1, x/6 + 1/2))`.
        static let hardSwish = ElementFunction(
            kind: dnnl_eltwise_hardswish, alpha: 1 / 6, beta: 0.5
        ) { $0 }
    }
#endif
