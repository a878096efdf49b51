#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    extension PlanBuilder {
        /// A convolution of 8-bit integers by constant signed weights without a zero point.
        struct IntegerConvolution {
            let operation: any SpatialOperator
            let group: Int
            /// Weights `[M, C / group, kernel…]`.
            let factors: IntegerFactors
        }

        /// Emits a convolution of integers whose result is of 8 bits.
        func lower(_ convolution: IntegerConvolution, _ node: LoweredNode) throws -> Bool {
            let (x, weights) = (convolution.factors.x, convolution.factors.weights)
            let shape = weights.shape
            guard x.type.shape.count >= 3, shape.count == x.type.shape.count,
                let geometry = try? convolution.operation.geometry(
                    input: Array(x.type.shape.dropFirst(2)), kernel: Array(shape.dropFirst(2))),
                geometry.output == Array(node.type.shape.dropFirst(2)), geometry.output.count <= 3,
                convolution.factors.scaling.fits(shape[0])
            else { return false }
            var scaling = convolution.factors.scaling
            scaling.weightsMask = convolution.group == 1 ? 1 : 3
            let sums = try channelSums(weights)
            let isPadded = (geometry.padsBegin + geometry.padsEnd).contains { $0 != 0 }
            if scaling.sourceZero != 0, !isPadded {
                // What a zero point takes from each sum is the same everywhere.
                let bias = scaling.bias ?? sums.map { _ in 0 }
                scaling.bias = zip(bias, sums).map { $0 - scaling.sourceZero * $1 }
                scaling.sourceZero = 0
            }
            let shift = x.type.dataType == .int8 ? 128 : 0
            guard
                scaling.isPrecise(corrections: sums.map { (shift + abs(scaling.sourceZero)) * $0 })
            else { return false }
            let group = convolution.group
            let type = TensorType(
                dataType: .int8,
                shape: group == 1 ? shape : [group, shape[0] / group] + shape.dropFirst())
            let (source, anyWeights) = (try Descriptor.any(x.type), try Descriptor.any(type))
            let result = try Descriptor.any(node.type)
            let bias = try scaling.biasNumbers.map {
                try vector(DNNL_ARG_BIAS, $0, .float32)
            }
            let primitive = try Primitive.make(scaling: scaling) {
                dnn_convolution(
                    $0, $1, false, source.handle, anyWeights.handle, bias?.descriptor.handle,
                    result.handle, geometry.strides.wide,
                    geometry.dilations.map { Int64($0 - 1) }, geometry.padsBegin.wide,
                    geometry.padsEnd.wide, $2)
            }
            guard let primitive, !primitive.isSlow else { return false }
            let inputs =
                [
                    try argument(DNNL_ARG_SRC, x.slot, primitive.descriptor(DNNL_ARG_SRC)),
                    try argument(
                        DNNL_ARG_WEIGHTS, convolution.factors.weightsSlot,
                        primitive.descriptor(DNNL_ARG_WEIGHTS), view: Descriptor.plain(type)),
                ] + (bias.map { [$0] } ?? []) + (try scaling.arguments(self))
            try emitIntegers(primitive, node, inputs)
            return true
        }

        /// Emits a primitive whose result is of integers.
        private func emitIntegers(
            _ primitive: Primitive, _ node: LoweredNode, _ inputs: [PrimitiveStep.Argument]
        ) throws {
            let result = try primitive.descriptor(DNNL_ARG_DST)
            let target = addBuffer(byteCount: result.byteCount)
            emit(
                primitive, inputs, .init(id: DNNL_ARG_DST, buffer: target, descriptor: result),
                nil, [node.index])
            try define(node.output, node.type, target, result)
            finish(node.index)
        }

        /// The sum of the weights of each feature map, `[M, …]`.
        private func channelSums(_ weights: Tensor) throws -> [Int] {
            let size = weights.count / max(weights.shape[0], 1)
            return try weights.withUnsafeElements(of: Int8.self) { elements in
                (0..<weights.shape[0]).map { map in
                    var sum: Int32 = 0
                    for index in map * size..<(map + 1) * size { sum &+= Int32(elements[index]) }
                    return Int(sum)
                }
            }
        }
    }
#endif
