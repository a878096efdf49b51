#if OneDNN
    import HingeOperators

    /// The sum of two; of more, the operator's own evaluation adds all at once.
    enum SumLowering: BinaryLowering {
        typealias Operation = Sum

        static let function = BinaryFunction.sum
    }
#endif
