#if OneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    /// The convolution of quantized numbers by constant signed weights without a zero point.
    enum QLinearConvLowering: Lowering {
        static var isWorthPlanning: Bool { true }

        static var resultTypes: [DataType] { [.uint8, .int8] }

        static func lower(
            _ operation: QLinearConv, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            guard let x = builder.tensorInput(node, 0, of: [.uint8, .int8]),
                let quantization = builder.quantizedProduct(node, x.type.dataType),
                let slot = node.step.inputs[3]
            else { return false }
            let maps = quantization.weights.shape[0]
            var scaling = quantization.scaling
            guard scaling.scales.count == 1 || scaling.scales.count == maps else { return false }
            if node.hasInput(8) {
                guard let bias = builder.constantInput(node, 8), bias.count == maps,
                    bias.dataType == .int32
                else { return false }
                scaling.bias = try bias.integers()
            }
            return try builder.lower(
                PlanBuilder.IntegerConvolution(
                    operation: operation, group: operation.group, x: x,
                    weights: quantization.weights, weightsSlot: slot, scaling: scaling), node)
        }
    }

    extension PlanBuilder {
        /// What is constant in a product of quantized values: `x`, its scale and zero point, those of the weights, and of the
        /// result.
        struct QuantizedProduct {
            let weights: Tensor
            let scaling: SumScaling
        }

        /// `nil` unless scales and zero points are constants of single precision and 8 bits, one for all but for the scales of
        /// the weights, and the weights signed constants without a zero point that oneDNN multiplies exactly.
        ///
        /// - Parameters:
        ///   - type: The element type of input 0.
        ///   - result: The position of the scale of the result.
        func quantizedProduct(
            _ node: LoweredNode, _ type: DataType, result: Int = 6
        ) -> QuantizedProduct? {
            func scales(_ position: Int) -> [Float]? {
                guard let tensor = constantInput(node, position), tensor.dataType == .float32
                else { return nil }
                return try? tensor.array(of: Float.self)
            }
            func zeros(_ position: Int) -> [Int]? {
                guard node.hasInput(position) else { return [0] }
                guard let tensor = constantInput(node, position), tensor.dataType.is8BitInteger
                else { return nil }
                return try? tensor.integers()
            }
            guard let weights = constantInput(node, 3), weights.dataType == .int8,
                let a = scales(1), let b = scales(4), let y = scales(result), a.count == 1,
                y.count == 1, let zeroA = zeros(2), let zeroB = zeros(5),
                let zeroY = zeros(result + 1), zeroA.count == 1, zeroY.count == 1,
                zeroB.allSatisfy({ $0 == 0 }),
                IntegerArithmetic.isExact(type, largestWeight: largestMagnitude(weights))
            else { return nil }
            let factors = b.map { a[0] * $0 / y[0] }
            guard factors.allSatisfy({ $0.isNormal && $0 > 0 }) else { return nil }
            var scaling = SumScaling()
            scaling.scales = factors
            scaling.sourceZero = zeroA[0]
            scaling.resultZero = zeroY[0]
            return QuantizedProduct(weights: weights, scaling: scaling)
        }

        /// How large signed integers are at most.
        func largestMagnitude(_ weights: Tensor) -> Int {
            let range = try? weights.withUnsafeElements(of: Int8.self) { elements in
                var (least, largest): (Int8, Int8) = (0, 0)
                for element in elements {
                    least = min(least, element)
                    largest = max(largest, element)
                }
                return max(-Int(least), Int(largest))
            }
            return range ?? 128
        }
    }
#endif
