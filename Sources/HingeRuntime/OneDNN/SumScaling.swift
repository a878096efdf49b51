#if OneDNN
    internal import COneDNN
    import HingeGraph

    /// What becomes of the sums of products of integers that a convolution or a product of matrices adds up:
    /// `(sum + bias) · scale + zero point`, rounded to the nearest even where it becomes an integer.
    struct SumScaling: Sendable {
        /// One for all, or one for each channel of the result.
        var scales: [Float] = [1]
        /// In units of the sums; one for each channel of the result.
        var bias: [Int]?
        /// The zero point of the source, which also fills its padding.
        var sourceZero = 0
        /// The zero point of the result.
        var resultZero = 0
        /// The axes of the weights along which scales vary, as a mask.
        var weightsMask: Int32 = 1

        /// Whether there is a scale, and a bias, for each of as many channels.
        func fits(_ channels: Int) -> Bool {
            (scales.count == 1 || scales.count == channels)
                && (bias?.count ?? channels) == channels
        }

        /// Sets the attributes of a primitive.
        func set(_ attributes: OpaquePointer) throws {
            if scales != [1] {
                try OneDNN.check(
                    dnn_set_scales(attributes, scales, Int32(scales.count), weightsMask),
                    "scales")
            }
            for (argument, zero) in zeroPoints {
                try OneDNN.check(
                    dnn_set_zero_point(attributes, argument, zero), "zero points")
            }
        }

        private var zeroPoints: [(argument: Int32, zero: Int32)] {
            [(DNNL_ARG_SRC, sourceZero), (DNNL_ARG_DST, resultZero)].filter { $0.1 != 0 }
                .map { ($0.0, Int32($0.1)) }
        }

        /// The bias in the units in which oneDNN adds it.
        var biasNumbers: [Float]? {
            guard let bias else { return nil }
            guard dnn_scales_when_running() else { return bias.map { Float($0) } }
            return bias.enumerated().map { index, value in
                Float(Double(value) * Double(scales[scales.count == 1 ? 0 : index]))
            }
        }

        /// The arguments that hold scales and zero points, where each run is given them.
        func arguments(_ builder: PlanBuilder) throws -> [PrimitiveStep.Argument] {
            guard dnn_scales_when_running() else { return [] }
            var arguments: [PrimitiveStep.Argument] = []
            if scales != [1] {
                arguments.append(
                    try builder.vector(dnn_scales_argument(), scales, .float32))
            }
            for (argument, zero) in zeroPoints {
                arguments.append(
                    try builder.vector(DNNL_ARG_ATTR_ZERO_POINTS | argument, [zero], .int32))
            }
            return arguments
        }

        /// Whether what oneDNN adds to the sums in single precision is so small, beside the range of a result of 8 bits, that
        /// rounding it changes no more than numbers between two integers.
        ///
        /// - Parameter corrections: The largest number that it adds of its own account.
        func isPrecise(corrections: [Int]) -> Bool {
            corrections.indices.allSatisfy { index in
                let scale = Double(scales[scales.count == 1 ? 0 : index])
                let added = abs(corrections[index]) + abs(bias?[index] ?? 0)
                return Double(added) * scale < 0x1p15
            }
        }
    }

    extension PlanBuilder {
        /// A constant vector as an argument.
        func vector<Element: BitwiseCopyable>(
            _ id: Int32, _ values: [Element], _ type: DataType, rank: Int = 1
        ) throws -> PrimitiveStep.Argument {
            let region = try MemoryRegion(
                allocating: values.count * MemoryLayout<Element>.stride)
            values.withUnsafeBytes { bytes in
                if let start = bytes.baseAddress {
                    region.base.copyMemory(from: start, byteCount: bytes.count)
                }
            }
            let shape = [Int](repeating: 1, count: rank - 1) + [values.count]
            return .init(
                id: id, buffer: addBuffer(byteCount: region.byteCount, at: .constant(region)),
                descriptor: try .plain(TensorType(dataType: type, shape: shape)))
        }
    }
#endif
