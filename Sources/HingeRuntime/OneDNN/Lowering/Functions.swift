#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators

    /// A function of one number as oneDNN has it.
    struct ElementFunction {
        let kind: dnn_function
        var alpha: Float = 0
        var beta: Float = 0
    }

    extension PlanBuilder {
        /// The functions, one after the other, that an elementwise step applies to its first input.
        ///
        /// `nil` when the step is something else, or oneDNN's function doesn't mean the same at the ends: its
        /// exponential, for example, never becomes infinite, and is left to the operator's own evaluation.
        func functions(_ step: Program.Step) -> [ElementFunction]? {
            switch step.operation {
            case is Relu: [ElementFunction(kind: DNN_RELU)]
            case let operation as LeakyRelu:
                [ElementFunction(kind: DNN_RELU, alpha: operation.alpha)]
            case let operation as Elu: [ElementFunction(kind: DNN_ELU, alpha: operation.alpha)]
            case let operation as Selu:
                [
                    ElementFunction(kind: DNN_ELU, alpha: operation.alpha),
                    ElementFunction(kind: DNN_LINEAR, alpha: operation.gamma),
                ]
            case let operation as Celu where operation.alpha == 1:
                [ElementFunction(kind: DNN_ELU, alpha: 1)]
            case is Sigmoid: [ElementFunction(kind: DNN_SIGMOID)]
            case is Tanh: [ElementFunction(kind: DNN_TANH)]
            case is Softplus: [ElementFunction(kind: DNN_SOFTPLUS)]
            case is Mish: [ElementFunction(kind: DNN_MISH)]
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
            guard let low = bound(1, operation.minimum, -.greatestFiniteMagnitude),
                let high = bound(2, operation.maximum, .greatestFiniteMagnitude), low <= high
            else { return nil }
            return low == 0 && high == .greatestFiniteMagnitude
                ? ElementFunction(kind: DNN_RELU)
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
