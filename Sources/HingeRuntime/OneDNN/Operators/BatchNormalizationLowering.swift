#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators

    /// Batch normalization with constant parameters, in whatever layout the input has.
    enum BatchNormalizationLowering: Lowering {
        static func lower(
            _ operation: BatchNormalization, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            let inputs = (0..<5).compactMap { builder.tensorInput(node, $0) }
            guard inputs.count == 5, !operation.isTraining, !operation.isPerElement,
                inputs[0].type.shape.count >= 3,
                inputs[1...].allSatisfy({ $0.type.shape == [inputs[0].type.shape[1]] })
            else { return false }
            let epsilon = operation.epsilon
            let links = builder.links(after: node.output, node.type)
            let hasRelu = epsilon > 0 && links.first?.isRelu ?? false
            let source = try builder.descriptor(inputs[0].slot)
            let vector = try Descriptor.plain(inputs[1].type)
            let primitive = try Primitive.make {
                dnn_batch_normalization($0, $1, source.handle, epsilon, hasRelu, $2)
            }
            guard let primitive, !primitive.isSlow else { return false }
            let ids = [
                DNNL_ARG_SRC, DNNL_ARG_SCALE, DNNL_ARG_SHIFT, DNNL_ARG_MEAN, DNNL_ARG_VARIANCE,
            ]
            let arguments = try zip(ids, inputs).map { id, input in
                try builder.argument(id, input.slot, id == DNNL_ARG_SRC ? source : vector)
            }
            let steps = [node.index] + (hasRelu ? links[0].steps : [])
            var rule = MagnitudeRule(
                source: { ($0[0] + $0[3]) * $0[1] / epsilon.squareRoot() + $0[2] },
                arguments: arguments.map(\.buffer))
            rule.isForFiniteOnly = hasRelu || source.isPadded
            let target = builder.addBuffer(
                byteCount: source.byteCount, over: arguments, after: steps)
            builder.emit(
                primitive, arguments,
                .init(id: DNNL_ARG_DST, buffer: target, descriptor: source), rule, steps)
            try builder.define(hasRelu ? links[0].result : node.output, node.type, target, source)
            for step in steps { builder.finish(step) }
            return true
        }
    }

    extension Link {
        /// Whether the link is `max(0, x)`.
        fileprivate var isRelu: Bool {
            if operations.count == 1, case .function(let function) = operations[0] {
                function.isRelu
            } else {
                false
            }
        }
    }
#endif
