#if OneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    /// How products of quantized numbers run on oneDNN, whose results are quantized too.
    protocol QuantizedLowering: Lowering {}

    extension QuantizedLowering {
        static var isWorthPlanning: Bool { true }

        static var resultTypes: [DataType] { [.uint8, .int8] }
    }

    extension PlanBuilder {
        /// 8-bit integers, the constant signed weights without a zero point that they are multiplied by, and what becomes
        /// of the sums.
        struct IntegerFactors {
            let x: TensorInput
            let weights: Tensor
            let weightsSlot: Int
            var scaling = SumScaling()
        }

        /// The factors in a product of quantized numbers: input 0, and input 3, the weights.
        ///
        /// - Parameters:
        ///   - result: The position of the scale of the result.
        ///   - bias: The position of the bias, if there may be one.
        /// - Returns: `nil` unless scales, zero points and bias are constants of single precision, 8 bits and 32, one for
        ///   all but for the scales of the weights and the bias, and the weights signed constants without a zero point
        ///   that oneDNN multiplies exactly.
        func quantizedFactors(
            _ node: LoweredNode, result: Int = 6, bias: Int? = nil
        ) throws -> IntegerFactors? {
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
            guard let x = tensorInput(node, 0, of: [.uint8, .int8]),
                let weights = constantInput(node, 3), let slot = node.step.inputs[3],
                weights.dataType == .int8,
                let a = scales(1), let b = scales(4), let y = scales(result), a.count == 1,
                y.count == 1, let zeroA = zeros(2), let zeroB = zeros(5),
                let zeroY = zeros(result + 1), zeroA.count == 1, zeroY.count == 1,
                zeroB.allSatisfy({ $0 == 0 }),
                IntegerArithmetic.isExact(
                    x.type.dataType, largestWeight: largestMagnitude(weights))
            else { return nil }
            let ratios = b.map { a[0] * $0 / y[0] }
            guard ratios.allSatisfy({ $0.isNormal && $0 > 0 }) else { return nil }
            var factors = IntegerFactors(x: x, weights: weights, weightsSlot: slot)
            factors.scaling.scales = ratios
            factors.scaling.sourceZero = zeroA[0]
            factors.scaling.resultZero = zeroY[0]
            if let bias, node.hasInput(bias) {
                guard let tensor = constantInput(node, bias), tensor.dataType == .int32,
                    tensor.shape.count == 1
                else { return nil }
                factors.scaling.bias = try tensor.integers()
            }
            return factors
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
