#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    /// Steps behind a primitive that it can take in as post-operations.
    struct Link {
        /// The steps, in order.
        let steps: [Int]
        let operations: [Operation]
        /// The slot of the result.
        let result: Int

        /// What is done to the result so far.
        enum Operation {
            case function(ElementFunction)
            /// A function of the result so far and the value in a slot.
            case binary(dnnl_alg_kind_t, TensorInput)
            /// PReLU with slopes that vary along dimension 1.
            case prelu(TensorInput)

            /// The slot of the value that it needs besides the result so far.
            var slot: Int? {
                switch self {
                case .binary(_, let input), .prelu(let input): input.slot
                case .function: nil
                }
            }
        }
    }

    extension PlanBuilder {
        /// The longest chain of post-operations behind a value.
        ///
        /// - Parameter keepsFinite: Whether the value is finite where what it is computed from is; if not, nothing
        ///   joins it that is right for finite numbers only.
        func links(after slot: Int, _ type: TensorType, keepsFinite: Bool = true) -> [Link] {
            var links: [Link] = []
            var current = slot
            var keepsFinite = keepsFinite
            while links.count < 8, let link = link(after: current, type) {
                for operation in link.operations {
                    switch operation {
                    case .function(let function):
                        if function.isForFiniteOnly, !keepsFinite { return links }
                        keepsFinite = keepsFinite && function.keepsFinite
                    case .binary(let kind, _): keepsFinite = keepsFinite && kind != dnnl_binary_div
                    case .prelu: if !keepsFinite { return links }
                    }
                }
                links.append(link)
                current = link.result
            }
            return links
        }

        private func link(after slot: Int, _ type: TensorType) -> Link? {
            let users = consumers(of: slot)
            if users.count == 2, pending[slot] == 2 {
                return gatedLink(slot, type, users)
            }
            guard users.count == 1, pending[slot] == 1, let user = users.first,
                let result = result(user, type)
            else { return nil }
            let step = program.steps[user]
            if let functions = functions(step), step.inputs.first == slot {
                return Link(
                    steps: [user],
                    operations: functions.map { .function($0) },
                    result: result)
            }
            if step.operation is PRelu, step.inputs.first == slot, !options.isCareful {
                return slopes(step, type).map {
                    Link(steps: [user], operations: [$0], result: result)
                }
            }
            return binaryLink(slot, type, user, result)
        }

        /// The slot of a step's one output, if that is a tensor of the given type.
        private func result(_ index: Int, _ type: TensorType) -> Int? {
            let step = program.steps[index]
            guard step.bodies.isEmpty, step.outputs.count == 1, let slot = step.outputs[0],
                program.constant(slot) == nil, program.tensor(slot) == type, isTrusted(index)
            else { return nil }
            return slot
        }

        /// `x · f(x)`, where f is a sigmoid or its piecewise linear form.
        private func gatedLink(_ slot: Int, _ type: TensorType, _ users: [Int]) -> Link? {
            guard !options.isCareful, let gate = users.first, let product = users.last,
                gate < product,
                program.steps[product].operation is Mul,
                let inner = result(gate, type), let result = result(product, type),
                pending[inner] == 1, program.steps[gate].inputs == [slot],
                Set(program.steps[product].inputs) == [slot, inner]
            else { return nil }
            let operation: Link.Operation
            switch program.steps[gate].operation {
            case is Sigmoid: operation = .function(.init(kind: DNN_SWISH, alpha: 1))
            case let gate as HardSigmoid where gate.isHardSwishGate:
                operation = .function(.init(kind: DNN_HARD_SWISH))
            default: return nil
            }
            return Link(steps: [gate, product], operations: [operation], result: result)
        }

        private func binaryLink(
            _ slot: Int, _ type: TensorType, _ user: Int, _ result: Int
        ) -> Link? {
            let step = program.steps[user]
            guard let (kind, isSymmetric) = binaryKind(step.operation), step.inputs.count == 2,
                step.inputs[0] != step.inputs[1], isSymmetric || step.inputs[0] == slot,
                let other = step.inputs[0] == slot ? step.inputs[1] : step.inputs[0],
                let otherType = tensorType(other), isComputable(otherType)
            else { return nil }
            return Link(
                steps: [user],
                operations: [.binary(kind, TensorInput(slot: other, type: otherType))],
                result: result)
        }

        /// PReLU as a post-operation: with slopes that are all the same, or one for each channel.
        private func slopes(_ step: Program.Step, _ type: TensorType) -> Link.Operation? {
            guard step.inputs.count == 2, let slot = step.inputs[1],
                case .constant(let tensor) = values[slot], tensor.dataType == .float32,
                let prelu = step.operation as? PRelu,
                let floats = try? tensor.array(of: Float.self), floats.allSatisfy(\.isFinite)
            else { return nil }
            if let first = floats.first, floats.allSatisfy({ $0 == first }) {
                let function = ElementFunction(kind: DNN_RELU, alpha: first)
                return .function(function)
            }
            guard let aligned = prelu.alignedSlopes(tensor.shape, rank: type.shape.count),
                type.shape.count > 1, aligned[1] == type.shape[1],
                aligned.indices.allSatisfy({ $0 == 1 || aligned[$0] == 1 })
            else { return nil }
            return .prelu(
                TensorInput(slot: slot, type: TensorType(dataType: .float32, shape: aligned)))
        }
    }

    extension PRelu {
        /// The shape of the slopes with as many dimensions as `x`.
        func alignedSlopes(_ shape: [Int], rank: Int) -> [Int]? {
            guard shape.count <= rank else { return nil }
            // Slopes `[C]` belong to dimension 1 before version 7.
            if hasChannelSlopes, shape.count == 1, rank > 1 {
                return [1] + shape + [Int](repeating: 1, count: rank - 2)
            }
            return [Int](repeating: 1, count: rank - shape.count) + shape
        }
    }
#endif
