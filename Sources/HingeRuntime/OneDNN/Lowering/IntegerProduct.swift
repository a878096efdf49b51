#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    extension PlanBuilder {
        /// A product of rows of 8-bit integers by a constant matrix of signed ones without a zero point.
        struct IntegerProduct {
            /// Rows `[…, K]`, all against one matrix of weights `[K, N]`, or `[N, K]` if transposed.
            let factors: IntegerFactors
            let isTransposed: Bool

            var x: TensorInput { factors.x }
            var weights: Tensor { factors.weights }

            /// The terms of a sum.
            var inner: Int { weights.shape[isTransposed ? 1 : 0] }
            var columns: Int { weights.shape[isTransposed ? 0 : 1] }
            var rows: Int { x.type.count / max(inner, 1) }

            /// Whether the shapes fit each other.
            var isValid: Bool {
                weights.shape.count == 2 && x.type.shape.count >= 2 && x.type.shape.last == inner
                    && factors.scaling.fits(columns)
            }

            /// The sum of the weights of each column.
            func columnSums() throws -> [Int32] {
                var sums = [Int32](repeating: 0, count: columns)
                try weights.withUnsafeElements(of: Int8.self) { elements in
                    for row in 0..<(isTransposed ? columns : inner) {
                        let size = isTransposed ? inner : columns
                        for index in 0..<size {
                            let value = Int32(elements[row * size + index])
                            sums[isTransposed ? row : index] &+= value
                        }
                    }
                }
                return sums
            }
        }

        /// Emits a product of integers whose result is of 8 bits, or of single precision.
        func lower(_ product: IntegerProduct, _ node: LoweredNode) throws -> Bool {
            guard product.isValid else { return false }
            var scaling = product.factors.scaling
            let sums = try product.columnSums().map { Int($0) }
            let shift = product.x.type.dataType == .int8 ? 128 : 0
            if scaling.sourceZero != 0 {
                let bias = scaling.bias ?? sums.map { _ in 0 }
                scaling.bias = zip(bias, sums).map { $0 - scaling.sourceZero * $1 }
                scaling.sourceZero = 0
            }
            guard scaling.isPrecise(corrections: sums.map { shift * $0 }) else { return false }
            let result = TensorType(
                dataType: node.type.dataType, shape: [product.rows, product.columns])
            guard let primitive = try make(product, scaling, result) else { return false }
            let bias = try scaling.biasNumbers.map {
                try vector(DNNL_ARG_BIAS, $0, .float32, rank: 2)
            }
            let inputs =
                try arguments(product, primitive) + (bias.map { [$0] } ?? [])
                + (try scaling.arguments(self))
            let largest =
                Float(product.inner) * 255 * 128 + Float(scaling.bias?.map(abs).max() ?? 0)
            let bound = largest * (scaling.scales.max() ?? 1)
            let isReal = node.type.dataType == .float32
            let target = addBuffer(byteCount: result.byteCount)
            emit(
                primitive, inputs,
                .init(id: DNNL_ARG_DST, buffer: target, descriptor: try .plain(result)),
                isReal ? MagnitudeRule(source: { _ in bound }, arguments: []) : nil, [node.index])
            try define(node.output, node.type, target, try .plain(result), isFlat: true)
            finish(node.index)
            return true
        }

        /// Emits the sums of a product, of 32 bits and row-major: nothing is done to them.
        ///
        /// - Returns: The buffer; `nil` where oneDNN hasn't exact and fast code for it.
        func emitSums(_ product: IntegerProduct, _ node: LoweredNode) throws -> BufferID? {
            guard product.isValid else { return nil }
            // What oneDNN adds for signed integers it adds in single precision.
            if product.x.type.dataType == .int8,
                product.inner * 255 * largestMagnitude(product.weights) >= 1 << 24
            {
                return nil
            }
            let result = TensorType(dataType: .int32, shape: [product.rows, product.columns])
            guard let primitive = try make(product, SumScaling(), result) else { return nil }
            let target = addBuffer(byteCount: result.byteCount)
            emit(
                primitive, try arguments(product, primitive),
                .init(id: DNNL_ARG_DST, buffer: target, descriptor: try .plain(result)), nil,
                [node.index])
            return target
        }

        private func make(
            _ product: IntegerProduct, _ scaling: SumScaling, _ result: TensorType
        ) throws -> Primitive? {
            var scaling = scaling
            scaling.weightsMask = 2
            let source = try Descriptor.plain(
                TensorType(
                    dataType: product.x.type.dataType, shape: [product.rows, product.inner]))
            let weights = try Descriptor.any(product.weightsType)
            let bias = try scaling.bias.map { _ in
                try Descriptor.plain(
                    TensorType(dataType: .float32, shape: [1, product.columns]))
            }
            let target = try Descriptor.plain(result)
            let primitive = try Primitive.make(scaling: scaling) {
                dnn_matmul(
                    $0, $1, source.handle, weights.handle, bias?.handle, target.handle, $2)
            }
            guard let primitive, !primitive.isSlow else { return nil }
            // The general product of signed integers is a plain loop.
            return primitive.isGeneral && product.x.type.dataType == .int8 ? nil : primitive
        }

        private func arguments(
            _ product: IntegerProduct, _ primitive: Primitive
        ) throws -> [PrimitiveStep.Argument] {
            let source = try Descriptor.plain(
                TensorType(
                    dataType: product.x.type.dataType, shape: [product.rows, product.inner]))
            let strides = product.isTransposed ? [1, product.inner] : [product.columns, 1]
            return [
                try argument(DNNL_ARG_SRC, product.x.slot, source, view: source),
                try argument(
                    DNNL_ARG_WEIGHTS, product.factors.weightsSlot,
                    primitive.descriptor(DNNL_ARG_WEIGHTS),
                    view: Descriptor(product.weightsType, strides: strides)),
            ]
        }
    }

    extension PlanBuilder.IntegerProduct {
        fileprivate var weightsType: TensorType {
            TensorType(dataType: .int8, shape: [inner, columns])
        }
    }
#endif
