#if OneDNN
    internal import COneDNN
    import HingeOperators

    enum GeluLowering: ElementwiseLowering {
        typealias Operation = Gelu

        static func functions(
            _ operation: Gelu, _ node: LoweredNode, _ builder: PlanBuilder
        ) -> [ElementFunction]? {
            let isTanh = operation.approximation == .tanh
            return [
                ElementFunction(kind: isTanh ? dnnl_eltwise_gelu_tanh : dnnl_eltwise_gelu_erf) {
                    $0
                }
            ]
        }
    }
#endif
