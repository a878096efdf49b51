#if OneDNN
    internal import COneDNN
    import HingeOperators

    enum MulLowering: BinaryLowering {
        typealias Operation = Mul

        static let function = BinaryFunction(kind: dnnl_binary_mul, isSymmetric: true) {
            $0 * $1
        }
    }
#endif
