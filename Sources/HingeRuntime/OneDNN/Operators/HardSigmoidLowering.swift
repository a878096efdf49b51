#if OneDNN
    import HingeOperators

    enum HardSigmoidLowering: ElementwiseLowering {
        typealias Operation = HardSigmoid

        static func functions(
            _ operation: HardSigmoid, _ node: LoweredNode, _ builder: PlanBuilder
        ) -> [ElementFunction]? {
            [
                .linear(scale: operation.alpha, offset: operation.beta),
                .clip(from: 0, to: 1),
            ]
        }

        static func gated(_ operation: HardSigmoid) -> ElementFunction? {
            abs(operation.alpha - 1 / 6) < 1e-7 && operation.beta == 0.5 ? .hardSwish : nil
        }
    }
#endif
