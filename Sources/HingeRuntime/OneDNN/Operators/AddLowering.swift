#if OneDNN
    import HingeOperators

    enum AddLowering: BinaryLowering {
        typealias Operation = Add

        static let function = BinaryFunction.sum
    }
#endif
