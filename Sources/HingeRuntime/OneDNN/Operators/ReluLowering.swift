#if OneDNN
    internal import COneDNN
    import HingeOperators

    enum ReluLowering: ElementwiseLowering {
        typealias Operation = Relu

        static func functions(
            _ operation: Relu, _ node: LoweredNode, _ builder: PlanBuilder
        ) -> [ElementFunction]? {
            [.relu()]
        }
    }

    extension ElementFunction {
        /// `x` where `x ≥ 0`, `slope · x` elsewhere.
        static func relu(slope: Float = 0) -> ElementFunction {
            ElementFunction(kind: dnnl_eltwise_relu, alpha: slope, isForFiniteOnly: slope == 0) {
                $0 * max(1, abs(slope))
            }
        }

        /// Whether it is `max(0, x)`.
        var isRelu: Bool { kind == dnnl_eltwise_relu && alpha == 0 }
    }
#endif
