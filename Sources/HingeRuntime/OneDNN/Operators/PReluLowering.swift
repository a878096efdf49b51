#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    enum PReluLowering: Lowering {
        /// With slopes of any shape, in whatever layout the input has.
        static func lower(
            _ operation: PRelu, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            guard !builder.options.isCareful, let x = builder.tensorInput(node, 0),
                let slopes = builder.tensorInput(node, 1), x.type == node.type,
                let shape = operation.wholeSlopes(slopes.type.shape, rank: x.type.shape.count)
            else { return false }
            let source = try builder.descriptor(x.slot)
            let type = TensorType(dataType: .float32, shape: shape)
            let anySlopes = try Descriptor.any(type)
            let primitive = try Primitive.make {
                dnn_prelu($0, $1, source.handle, anySlopes.handle, $2)
            }
            guard let primitive, !primitive.isSlow else { return false }
            let arguments = [
                try builder.argument(DNNL_ARG_SRC, x.slot, source),
                try builder.argument(
                    DNNL_ARG_WEIGHTS, slopes.slot, primitive.descriptor(DNNL_ARG_WEIGHTS),
                    view: Descriptor.plain(type)),
            ]
            var rule = MagnitudeRule(
                source: MagnitudeRule.largest, arguments: [arguments[0].buffer])
            rule.operations = [.slopes(arguments[1].buffer)]
            rule.isForFiniteOnly = source.isPadded
            // Never over its input: several threads of oneDNN 2 compute what doesn't fill a vector at the end, each anew.
            let target = builder.addBuffer(byteCount: source.byteCount)
            builder.emit(
                primitive, arguments,
                .init(id: DNNL_ARG_DST, buffer: target, descriptor: source), rule, [node.index])
            try builder.define(node.output, node.type, target, source)
            builder.finish(node.index)
            return true
        }

        /// With slopes that are all the same, or one for each channel.
        static func postOperations(
            _ operation: PRelu, _ node: LoweredNode, on slot: Int, _ builder: PlanBuilder
        ) -> [Link.Operation]? {
            guard !builder.options.isCareful, node.step.inputs.first == slot,
                node.step.inputs.count == 2, let slopes = node.step.inputs[1],
                let tensor = builder.constantInput(node, 1), tensor.dataType == .float32,
                let floats = try? tensor.array(of: Float.self), floats.allSatisfy(\.isFinite)
            else { return nil }
            if let first = floats.first, floats.allSatisfy({ $0 == first }) {
                return [.function(.relu(slope: first))]
            }
            let shape = node.type.shape
            guard let aligned = operation.wholeSlopes(tensor.shape, rank: shape.count),
                shape.count > 1, aligned[1] == shape[1],
                aligned.indices.allSatisfy({ $0 == 1 || aligned[$0] == 1 })
            else { return nil }
            return [
                .prelu(
                    TensorInput(slot: slopes, type: TensorType(dataType: .float32, shape: aligned)))
            ]
        }
    }

    extension PRelu {
        /// The shape of the slopes with as many dimensions as `x`.
        fileprivate func wholeSlopes(_ shape: [Int], rank: Int) -> [Int]? {
            let aligned = alignedSlopes(shape, rank: rank)
            guard aligned.count <= rank else { return nil }
            return [Int](repeating: 1, count: rank - aligned.count) + aligned
        }
    }

    extension MagnitudeRule.Operation {
        /// The product with a slope, an element of a buffer, where the number is negative.
        ///
        /// oneDNN multiplies positive numbers by no slope, but 0, where they are negative, by it.
        static func slopes(_ buffer: BufferID) -> MagnitudeRule.Operation {
            MagnitudeRule.Operation(operand: buffer, isForFiniteOnly: true) { $0 * max(1, $1) }
        }
    }
#endif
