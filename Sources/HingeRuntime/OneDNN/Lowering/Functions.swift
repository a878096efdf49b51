#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    /// A function of one number as oneDNN has it.
    struct ElementFunction: Sendable {
        let kind: dnn_function
        var alpha: Float = 0
        var beta: Float = 0

        /// `max(0, x)`.
        static let relu = ElementFunction(kind: DNN_RELU)
    }

    extension PlanBuilder {
        /// The functions, one after the other, that an elementwise step applies to its first input.
        ///
        /// `nil` when the step is something else, or oneDNN's function isn't as good as the operator's own
        /// evaluation: its exponential, for example, never becomes infinite; Elu near 0, and Softplus and Mish far
        /// below it, lose all their digits.
        func functions(_ step: Program.Step) -> [ElementFunction]? {
            guard let functions = candidates(step),
                functions.allSatisfy({ $0.kind == DNN_CLIP || ($0.alpha + $0.beta).isFinite })
            else { return nil }
            if options.isCareful, functions.contains(where: \.isForFiniteOnly) { return nil }
            return functions
        }

        private func candidates(_ step: Program.Step) -> [ElementFunction]? {
            switch step.operation {
            case is Relu: [.relu]
            case let operation as LeakyRelu:
                [ElementFunction(kind: DNN_RELU, alpha: operation.alpha)]
            case is Sigmoid: [ElementFunction(kind: DNN_SIGMOID)]
            case is Tanh: [ElementFunction(kind: DNN_TANH)]
            case is HardSwish: [ElementFunction(kind: DNN_HARD_SWISH)]
            case let operation as HardSigmoid:
                [
                    ElementFunction(
                        kind: DNN_LINEAR, alpha: operation.alpha, beta: operation.beta),
                    ElementFunction(kind: DNN_CLIP, alpha: 0, beta: 1),
                ]
            case let operation as Swish:
                [ElementFunction(kind: DNN_SWISH, alpha: operation.alpha)]
            case let operation as Gelu:
                [
                    ElementFunction(
                        kind: operation.approximation == .tanh ? DNN_GELU_TANH : DNN_GELU_ERF)
                ]
            case let operation as Clip: clip(operation, step).map { [$0] }
            case is Sqrt: [ElementFunction(kind: DNN_SQRT)]
            case is Abs: [ElementFunction(kind: DNN_ABS)]
            case is Neg: [ElementFunction(kind: DNN_LINEAR, alpha: -1)]
            default: nil
            }
        }

        private func clip(_ operation: Clip, _ step: Program.Step) -> ElementFunction? {
            func bound(_ position: Int, _ stated: Float?, _ none: Float) -> Float? {
                guard position < step.inputs.count, let slot = step.inputs[position] else {
                    return stated ?? none
                }
                guard case .constant(let tensor) = values[slot], tensor.dataType == .float32,
                    tensor.count == 1
                else { return nil }
                return (try? tensor.array(of: Float.self))?.first
            }
            guard let low = bound(1, operation.minimum, -.infinity),
                let high = bound(2, operation.maximum, .infinity), low <= high
            else { return nil }
            return low == 0 && high == .infinity
                ? .relu
                : ElementFunction(kind: DNN_CLIP, alpha: low, beta: high)
        }

        /// The function of two numbers that a step applies, and whether its inputs may change places.
        func binaryKind(_ operation: any Operator) -> (kind: dnnl_alg_kind_t, isSymmetric: Bool)? {
            if let legacy = (operation as? any BroadcastingOperator)?.legacy,
                legacy.axis != nil
            {
                return nil
            }
            return switch operation {
            case is Add, is Sum: (dnnl_binary_add, true)
            case is Sub: (dnnl_binary_sub, false)
            case is Mul: (dnnl_binary_mul, true)
            case is Div: (dnnl_binary_div, false)
            default: nil
            }
        }
    }

    extension HardSigmoid {
        /// Whether `x · HardSigmoid(x)` is `HardSwish(x)`.
        var isHardSwishGate: Bool { abs(alpha - 1 / 6) < 1e-7 && beta == 0.5 }
    }
#endif
