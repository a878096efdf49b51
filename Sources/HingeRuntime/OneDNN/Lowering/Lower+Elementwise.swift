#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators

    extension PlanBuilder {
        /// Elementwise steps in whatever layout their input has.
        func lowerElementwise(_ node: LoweredNode) throws -> Bool {
            if let functions = functions(node.step) { return try lower(functions, node) }
            if let (kind, isSymmetric) = binaryKind(node.step.operation) {
                return try lower(kind, isSymmetric: isSymmetric, node)
            }
            return false
        }

        private func lower(_ functions: [ElementFunction], _ node: LoweredNode) throws -> Bool {
            guard let x = tensorInput(node, 0), x.type == node.type else { return false }
            let source = try descriptor(x.slot)
            var primitives: [Primitive] = []
            for function in functions {
                let primitive = try Primitive.make {
                    dnn_eltwise(
                        $0, $1, function.kind, function.alpha, function.beta, source.handle, $2)
                }
                guard let primitive, !primitive.isSlow else { return false }
                primitives.append(primitive)
            }
            var input = try buffer(x.slot, as: source)
            let target = addBuffer(
                byteCount: source.byteCount,
                in: isDead(input, after: [node.index]) ? input : nil)
            for primitive in primitives {
                emit(
                    primitive, [.init(id: DNNL_ARG_SRC, buffer: input, descriptor: source)],
                    .init(id: DNNL_ARG_DST, buffer: target, descriptor: source),
                    places: node.step.places)
                input = target
            }
            define(node.output, node.type, target, source)
            finish(node.index)
            return true
        }

        private func lower(
            _ kind: dnnl_alg_kind_t, isSymmetric: Bool, _ node: LoweredNode
        ) throws -> Bool {
            guard node.step.inputs.count == 2, var a = tensorInput(node, 0),
                var b = tensorInput(node, 1)
            else { return false }
            if a.type != node.type {
                guard isSymmetric, b.type == node.type else { return false }
                swap(&a, &b)
            }
            guard b.type.shape.count <= a.type.shape.count else { return false }
            var layout = try descriptor(a.slot)
            if layout.isPlain, b.type == node.type { layout = try descriptor(b.slot) }
            let isWhole = b.type == node.type
            let other =
                isWhole
                ? layout
                : try Descriptor.plain(
                    TensorType(
                        dataType: .float32,
                        shape: [Int](
                            repeating: 1, count: a.type.shape.count - b.type.shape.count)
                            + b.type.shape))
            let links = links(after: node.output, node.type)
            let linked = try link(node, node.type, links, mayAccumulate: false) {
                dnn_binary($0, $1, kind, layout.handle, other.handle, layout.handle, $2)
            }
            guard let linked else { return false }
            let first = try argument(DNNL_ARG_SRC_0, a.slot, layout)
            let second = try argument(
                DNNL_ARG_SRC_1, b.slot, other, view: isWhole ? nil : other)
            let finished = [node.index] + linked.links.flatMap(\.steps)
            let isLast = isDead(first.buffer, after: finished) && !isShared(a, linked)
            try emit(linked, node, [first, second], over: isLast ? first.buffer : nil)
            return true
        }

        /// PReLU with slopes of any shape, in whatever layout the input has.
        func lower(_ operation: PRelu, _ node: LoweredNode) throws -> Bool {
            guard let x = tensorInput(node, 0), let slopes = tensorInput(node, 1),
                x.type == node.type,
                let shape = operation.alignedSlopes(slopes.type.shape, rank: x.type.shape.count)
            else { return false }
            let source = try descriptor(x.slot)
            let type = TensorType(dataType: .float32, shape: shape)
            let anySlopes = try Descriptor.any(type)
            let primitive = try Primitive.make {
                dnn_prelu($0, $1, source.handle, anySlopes.handle, $2)
            }
            guard let primitive, !primitive.isSlow else { return false }
            let arguments = [
                try argument(DNNL_ARG_SRC, x.slot, source),
                try argument(
                    DNNL_ARG_WEIGHTS, slopes.slot, primitive.descriptor(DNNL_ARG_WEIGHTS),
                    view: Descriptor.plain(type)),
            ]
            let isLast = isDead(arguments[0].buffer, after: [node.index])
            let target = addBuffer(
                byteCount: source.byteCount, in: isLast ? arguments[0].buffer : nil)
            emit(
                primitive, arguments,
                .init(id: DNNL_ARG_DST, buffer: target, descriptor: source),
                places: node.step.places)
            define(node.output, node.type, target, source)
            finish(node.index)
            return true
        }

        /// Whether a post-operation reads an input as well, which then must not be overwritten.
        private func isShared(_ input: TensorInput, _ linked: LinkedPrimitive) -> Bool {
            linked.links.contains { link in
                link.operations.contains {
                    if case .binary(_, let other) = $0 { other.slot == input.slot } else { false }
                }
            }
        }

        /// Batch normalization with constant parameters, in whatever layout the input has.
        func lower(_ operation: BatchNormalization, _ node: LoweredNode) throws -> Bool {
            let inputs = (0..<5).compactMap { tensorInput(node, $0) }
            guard inputs.count == 5, !operation.isTraining, !operation.isPerElement,
                inputs[0].type.shape.count >= 3,
                inputs[1...].allSatisfy({ $0.type.shape == [inputs[0].type.shape[1]] })
            else { return false }
            let links = links(after: node.output, node.type)
            let hasRelu = links.first?.isRelu ?? false
            let source = try descriptor(inputs[0].slot)
            let vector = try Descriptor.plain(inputs[1].type)
            let primitive = try Primitive.make {
                dnn_batch_normalization(
                    $0, $1, source.handle, operation.epsilon, hasRelu, $2)
            }
            guard let primitive, !primitive.isSlow else { return false }
            let ids = [
                DNNL_ARG_SRC, DNNL_ARG_SCALE, DNNL_ARG_SHIFT, DNNL_ARG_MEAN, DNNL_ARG_VARIANCE,
            ]
            let arguments = try zip(ids, inputs).map { id, input in
                try argument(id, input.slot, id == DNNL_ARG_SRC ? source : vector)
            }
            let steps = [node.index] + (hasRelu ? links[0].steps : [])
            let isLast = isDead(arguments[0].buffer, after: steps)
            let target = addBuffer(
                byteCount: source.byteCount, in: isLast ? arguments[0].buffer : nil)
            emit(
                primitive, arguments,
                .init(id: DNNL_ARG_DST, buffer: target, descriptor: source),
                places: node.step.places)
            define(hasRelu ? links[0].result : node.output, node.type, target, source)
            for step in steps { finish(step) }
            return true
        }
    }

    extension Link {
        /// Whether the link is `max(0, x)`.
        fileprivate var isRelu: Bool {
            if operations.count == 1, case .function(DNN_RELU, 0, _) = operations[0] {
                true
            } else {
                false
            }
        }
    }
#endif
