#if OneDNN
    internal import COneDNN
    import HingeOperators

    enum SubLowering: BinaryLowering {
        typealias Operation = Sub

        static let function = BinaryFunction(kind: dnnl_binary_sub, isSymmetric: false) {
            $0 + $1
        }
    }
#endif
