#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    extension PlanBuilder {
        /// Elementwise steps in whatever layout their input has.
        func lowerElementwise(_ node: LoweredNode) throws -> Bool {
            if let functions = functions(node.step), try lower(functions, node) { return true }
            if try lowerFlat(node) { return true }
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
            let overwrites = mayOverwrite(input, reading: [input], after: [node.index])
            var owner = overwrites ? input : nil
            for (primitive, function) in zip(primitives, functions) {
                let target = addBuffer(byteCount: source.byteCount, in: owner)
                var rule = MagnitudeRule(source: .largest, arguments: [input])
                rule.operations = [.function(function)]
                rule.isForFiniteOnly = source.isPadded
                emit(
                    primitive, [.init(id: DNNL_ARG_SRC, buffer: input, descriptor: source)],
                    .init(id: DNNL_ARG_DST, buffer: target, descriptor: source), rule,
                    [node.index])
                (input, owner) = (target, target)
            }
            define(node.output, node.type, input, source)
            finish(node.index)
            return true
        }

        /// The own evaluation of a function that keeps 0, on memory in blocks as it stands.
        private func lowerFlat(_ node: LoweredNode) throws -> Bool {
            guard Self.keepsZero(node.step.operation), let x = tensorInput(node, 0),
                x.type == node.type, node.step.inputs.count == 1
            else { return false }
            let layout = try descriptor(x.slot)
            guard !layout.isPlain, layout.layout != nil else { return false }
            let input = try buffer(x.slot, as: layout)
            let flat = TensorType(dataType: .float32, shape: [layout.byteCount / 4])
            let overwrites = mayOverwrite(input, reading: [input], after: [node.index])
            let target = addBuffer(byteCount: layout.byteCount, in: overwrites ? input : nil)
            emit(
                EvaluateStep(
                    index: node.index, operation: node.step.operation, places: node.step.places,
                    inputs: [.memory(input, flat)], outputs: [.memory(target, flat)], bodies: [],
                    captured: [], salt: node.step.salt, owner: options.owner),
                reads: [input], writes: [target])
            define(node.output, node.type, target, layout)
            finish(node.index)
            return true
        }

        /// Whether an operator gives each element a new value by itself, and leaves zeros as they are.
        private static func keepsZero(_ operation: any Operator) -> Bool {
            switch operation {
            case is Relu, is LeakyRelu, is Elu, is Selu, is Celu, is Mish, is Swish, is HardSwish,
                is Gelu, is Tanh, is Abs, is Neg, is Sqrt, is Softsign, is Erf:
                true
            case let operation as Clip:
                operation.minimum ?? -1 <= 0 && operation.maximum ?? 1 >= 0
            default: false
            }
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
            // What fills up blocks would become 0 / 0.
            if kind == dnnl_binary_div, layout.isPadded { layout = try Descriptor.plain(node.type) }
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
            // Post-operations behind a function of two numbers go wrong in blocks that aren't full.
            let links =
                layout.isPadded
                ? []
                : links(after: node.output, node.type, keepsFinite: kind != dnnl_binary_div)
            let linked = try link(node, node.type, links, mayAccumulate: false) {
                dnn_binary($0, $1, kind, layout.handle, other.handle, layout.handle, $2)
            }
            guard let linked else { return false }
            let first = try argument(DNNL_ARG_SRC_0, a.slot, layout)
            let second = try argument(
                DNNL_ARG_SRC_1, b.slot, other, view: isWhole ? nil : other)
            let source: MagnitudeRule.Source =
                switch kind {
                case dnnl_binary_add, dnnl_binary_sub: .sum
                case dnnl_binary_mul: .product
                default: .unknown
                }
            try emit(linked, node, [first, second], source, over: first.buffer)
            return true
        }

        /// PReLU with slopes of any shape, in whatever layout the input has.
        func lower(_ operation: PRelu, _ node: LoweredNode) throws -> Bool {
            guard !options.isCareful, let x = tensorInput(node, 0),
                let slopes = tensorInput(node, 1), x.type == node.type,
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
            var rule = MagnitudeRule(source: .largest, arguments: [arguments[0].buffer])
            rule.operations = [.slopes(arguments[1].buffer)]
            rule.isForFiniteOnly = source.isPadded
            // Never over its input: several threads of oneDNN 2 compute what doesn't fill a vector at the end, each anew.
            let target = addBuffer(byteCount: source.byteCount)
            emit(
                primitive, arguments,
                .init(id: DNNL_ARG_DST, buffer: target, descriptor: source), rule, [node.index])
            define(node.output, node.type, target, source)
            finish(node.index)
            return true
        }

        /// A buffer for a result: the memory of the first argument, of the same layout, if that may be overwritten.
        func addBuffer(
            byteCount: Int, over arguments: [PrimitiveStep.Argument], after finished: [Int]
        ) -> BufferID {
            let first = arguments[0].buffer
            let isFree = mayOverwrite(
                first, reading: arguments.map(\.buffer), after: finished)
            return addBuffer(byteCount: byteCount, in: isFree ? first : nil)
        }

        /// Batch normalization with constant parameters, in whatever layout the input has.
        func lower(_ operation: BatchNormalization, _ node: LoweredNode) throws -> Bool {
            let inputs = (0..<5).compactMap { tensorInput(node, $0) }
            guard inputs.count == 5, !operation.isTraining, !operation.isPerElement,
                inputs[0].type.shape.count >= 3,
                inputs[1...].allSatisfy({ $0.type.shape == [inputs[0].type.shape[1]] })
            else { return false }
            let links = links(after: node.output, node.type)
            let hasRelu = operation.epsilon > 0 && links.first?.isRelu ?? false
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
            var rule = MagnitudeRule(
                source: .normalization(epsilon: operation.epsilon),
                arguments: arguments.map(\.buffer))
            rule.isForFiniteOnly = hasRelu || source.isPadded
            let target = addBuffer(byteCount: source.byteCount, over: arguments, after: steps)
            emit(
                primitive, arguments,
                .init(id: DNNL_ARG_DST, buffer: target, descriptor: source), rule, steps)
            define(hasRelu ? links[0].result : node.output, node.type, target, source)
            for step in steps { finish(step) }
            return true
        }
    }

    extension Link {
        /// Whether the link is `max(0, x)`.
        fileprivate var isRelu: Bool {
            if operations.count == 1, case .function(let function) = operations[0] {
                function.kind == DNN_RELU && function.alpha == 0
            } else {
                false
            }
        }
    }
#endif
