#if OneDNN
    internal import COneDNN
    import HingeOperators

    enum SwishLowering: ElementwiseLowering {
        typealias Operation = Swish

        static func functions(
            _ operation: Swish, _ node: LoweredNode, _ builder: PlanBuilder
        ) -> [ElementFunction]? {
            [.swish(alpha: operation.alpha)]
        }
    }

    extension ElementFunction {
        /// `x · sigmoid(alpha · x)`.
        static func swish(alpha: Float) -> ElementFunction {
            ElementFunction(kind: dnnl_eltwise_swish, alpha: alpha) { $0 }
        }
    }
#endif
