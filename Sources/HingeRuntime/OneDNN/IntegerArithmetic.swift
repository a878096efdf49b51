#if OneDNN
    internal import COneDNN
    import HingeGraph

    /// Which products of 8-bit integers oneDNN sums up exactly.
    ///
    /// Where the processor has no instruction that adds four products to a sum of 32 bits, it adds two to one of 16 bits, which
    /// is held in range; and signed integers it makes unsigned ones, for which it halves the weights.
    enum IntegerArithmetic {
        /// Whether the processor, as far as oneDNN uses it, adds products to sums of 32 bits.
        private static let addsToWideSums =
            OneDNN.uses(dnnl_cpu_isa_avx512_core_vnni) || OneDNN.uses(dnnl_cpu_isa_avx2_vnni)

        /// Two products of an unsigned integer and a weight that is no larger fit into 16 bits.
        private static let narrowLimit = 64

        /// Whether sums of products of integers of a type and signed 8-bit weights are exact.
        static func isExact(_ source: DataType, largestWeight: Int) -> Bool {
            addsToWideSums || (source == .uint8 && largestWeight <= narrowLimit)
        }
    }
#endif
