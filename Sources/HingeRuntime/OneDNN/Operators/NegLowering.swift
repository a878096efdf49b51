#if OneDNN
    import HingeOperators

    enum NegLowering: ElementwiseLowering {
        typealias Operation = Neg

        static func functions(
            _ operation: Neg, _ node: LoweredNode, _ builder: PlanBuilder
        ) -> [ElementFunction]? {
            // −0 + 0 is 0, but the opposite of 0 is −0, by which others may divide.
            [.linear(scale: -1, offset: -0.0)]
        }
    }
#endif
