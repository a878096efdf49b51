#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    extension PlanBuilder {
        /// The element type in which a step may compute and leave its result: float32 where the session asks for nothing
        /// else, or the processor has nothing faster.
        ///
        /// NaN, infinities and numbers near the largest are always computed with in float32.
        func stepPrecision(_ index: Int) -> DataType {
            guard !options.isCareful, OneDNN.computesInBFloat16 else { return .float32 }
            let output = program.steps[index].outputs.lazy.compactMap { $0 }.first
            switch output.flatMap({ types[$0]?.dataType }) {
            case .bfloat16: return .bfloat16
            case .float32:
                return options.session.precision.allowsBFloat16
                    && !options.preciseSteps.contains(index) ? .bfloat16 : .float32
            default: return .float32
            }
        }

        /// The element types in which the step that is being lowered is tried, the best first.
        var computingTypes: [DataType] {
            precision == .float32 ? [.float32] : [precision, .float32]
        }

        /// Notes the type of the numbers that a step computes with.
        func noteComputing(_ node: LoweredNode, _ type: DataType) {
            if type != .float32, halfType(node.output) == nil { lowSteps.insert(node.index) }
        }

        /// The element type for the result of a step that computes with some type: that type, where what follows takes it.
        func resultType(_ node: LoweredNode, computing type: DataType) -> DataType {
            guard type != .float32, halfType(node.output) == nil else { return type }
            let last = links(after: node.output, node.type).last?.result ?? node.output
            return isReadAsLow(last) ? type : .float32
        }

        /// Whether a step that is still to come can read a value as numbers of fewer bits.
        private func isReadAsLow(_ slot: Int, depth: Int = 0) -> Bool {
            consumers(of: slot).contains { index in
                let step = program.steps[index]
                let passesOn =
                    step.operation.aliasedInput != nil
                    || MovingOperators.movedInputs(
                        step.operation, inputCount: step.inputs.count) != nil
                if passesOn {
                    return depth < 8
                        && step.outputs.contains {
                            $0.map { isReadAsLow($0, depth: depth + 1) } ?? false
                        }
                }
                return stepPrecision(index) != .float32
                    && Lowerings.find(step.operation) != nil
            }
        }
    }

    extension OneDNN {
        /// Whether products of bfloat16 numbers are faster than those of float32: the processor has instructions for them.
        static let computesInBFloat16 = uses(dnnl_cpu_isa_avx512_core_bf16)
    }

    extension Primitive {
        /// Whether the implementation has instructions for numbers of fewer bits, and doesn't take the long way over a
        /// general product.
        ///
        /// oneDNN 3 names AMX alone: `brgconv:avx512_core_amx`.
        var isMadeForLow: Bool {
            implementation.contains("bf16") || implementation.contains("amx")
        }
    }

    extension Session.Options.Precision {
        /// Whether steps may compute in bfloat16.
        fileprivate var allowsBFloat16: Bool {
            switch self {
            case .float32, .float16: false
            case .bfloat16, .automatic: true
            }
        }
    }
#endif
