#if OneDNN
    internal import COneDNN
    import HingeOperators

    enum DivLowering: BinaryLowering {
        typealias Operation = Div

        static let function = BinaryFunction(
            kind: dnnl_binary_div, isSymmetric: false, keepsFinite: false
        ) { _, _ in .infinity }
    }
#endif
