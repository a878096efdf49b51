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
            case binary(BinaryFunction, TensorInput)
            /// PReLU with slopes that vary along dimension 1.
            case prelu(TensorInput)

            /// The slot of the value that it needs besides the result so far.
            var slot: Int? {
                switch self {
                case .binary(_, let input), .prelu(let input): input.slot
                case .function: nil
                }
            }

            /// Whether it is right for finite numbers only.
            var isForFiniteOnly: Bool {
                switch self {
                case .function(let function): function.isForFiniteOnly
                case .binary: false
                case .prelu: true
                }
            }

            /// Whether it gives finite numbers for all finite ones but the largest.
            var keepsFinite: Bool {
                switch self {
                case .function(let function): function.keepsFinite
                case .binary(let function, _): function.keepsFinite
                case .prelu: true
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
                    if operation.isForFiniteOnly, !keepsFinite { return links }
                    keepsFinite = keepsFinite && operation.keepsFinite
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
                let node = node(user, type),
                let operations = Lowerings.find(node.step.operation)?
                    .postOperations(node, on: slot, self)
            else { return nil }
            return Link(steps: [user], operations: operations, result: node.output)
        }

        /// A step whose one output is a tensor of the given type.
        private func node(_ index: Int, _ type: TensorType) -> LoweredNode? {
            let step = program.steps[index]
            guard step.bodies.isEmpty, step.outputs.count == 1, let slot = step.outputs[0],
                program.constant(slot) == nil, program.tensor(slot)?.computed == type,
                isTrusted(index)
            else { return nil }
            return LoweredNode(index: index, step: step, output: slot, type: type)
        }

        /// `x · f(x)` where oneDNN has that as one function.
        private func gatedLink(_ slot: Int, _ type: TensorType, _ users: [Int]) -> Link? {
            guard !options.isCareful, let first = users.first, let last = users.last,
                first < last, let gate = node(first, type), let product = node(last, type),
                product.step.operation is Mul, pending[gate.output] == 1,
                gate.step.inputs == [slot], Set(product.step.inputs) == [slot, gate.output],
                let lowering = Lowerings.find(gate.step.operation) as? any ElementwiseLowering.Type,
                let function = lowering.gatedFunction(gate.step.operation)
            else { return nil }
            return Link(
                steps: [first, last], operations: [.function(function)], result: product.output)
        }
    }
#endif
