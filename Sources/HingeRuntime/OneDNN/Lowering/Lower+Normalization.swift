#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    extension PlanBuilder {
        /// Softmax along one axis, or over a matrix in row-major order.
        ///
        /// Its logarithm is left to the operator's own evaluation: oneDNN's is good to five digits.
        func lower(_ operation: Softmax, _ node: LoweredNode) throws -> Bool {
            guard !options.isCareful, let x = tensorInput(node, 0) else { return false }
            let rank = x.type.shape.count
            let axis = operation.axis < 0 ? operation.axis + rank : operation.axis
            guard (0..<rank).contains(axis) else { return false }
            var flat = x.type
            if operation.isFlattened {
                flat = TensorType(
                    dataType: .float32,
                    shape: [
                        x.type.shape[..<axis].reduce(1, *), x.type.shape[axis...].reduce(1, *),
                    ])
            }
            let count = operation.isFlattened ? flat.shape[1] : flat.shape[axis]
            let isLast = operation.isFlattened || flat.shape[(axis + 1)...].allSatisfy { $0 == 1 }
            return try lowerInPlace(
                node, x, flat, .softmax, rowCount: isLast ? count : nil
            ) { source in
                try Primitive.make {
                    dnn_softmax(
                        $0, $1, false, source.handle,
                        Int32(operation.isFlattened ? 1 : axis), $2)
                }
            }
        }

        /// Layer normalization of the rows of a matrix in row-major order.
        func lower(_ operation: LayerNormalization, _ node: LoweredNode) throws -> Bool {
            guard let x = tensorInput(node, 0), let scale = tensorInput(node, 1) else {
                return false
            }
            let rank = x.type.shape.count
            let axis = operation.axis < 0 ? operation.axis + rank : operation.axis
            guard (0..<rank).contains(axis), operation.stashType == .float32 else { return false }
            let columns = x.type.shape[axis...].reduce(1, *)
            let vector = TensorType(dataType: .float32, shape: [columns])
            let plain = try Descriptor.plain(vector)
            var parameters = [(DNNL_ARG_SCALE, scale)]
            if node.hasInput(2) {
                guard let bias = tensorInput(node, 2) else { return false }
                parameters.append((DNNL_ARG_SHIFT, bias))
            }
            guard parameters.allSatisfy({ $0.1.type.count == columns }) else { return false }
            let flat = TensorType(
                dataType: .float32, shape: [x.type.count / columns, columns])
            return try lowerInPlace(
                node, x, flat, .unknown,
                extra: { try parameters.map { try self.argument($0, $1.slot, plain, view: plain) } }
            ) { source in
                try Primitive.make {
                    dnn_layer_normalization(
                        $0, $1, source.handle, operation.epsilon, true, parameters.count == 2, $2)
                }
            }
        }

        /// Emits a primitive whose result has the layout of its input, which it may write over.
        ///
        /// It is tried in the layout that the input has, and then on row-major memory.
        ///
        /// - Parameters:
        ///   - flat: The type of the input as the primitive sees it; another shape asks for row-major memory.
        ///   - rule: What the primitive computes.
        ///   - rowCount: The length of rows that each need one finite number; `nil` where all must be finite.
        ///   - extra: Arguments besides input and output.
        private func lowerInPlace(
            _ node: LoweredNode, _ x: TensorInput, _ flat: TensorType,
            _ rule: MagnitudeRule.Source, rowCount: Int? = nil,
            extra: () throws -> [PrimitiveStep.Argument] = { [] },
            _ make: (Descriptor) throws -> Primitive?
        ) throws -> Bool {
            let plain = try Descriptor.plain(flat)
            var forms: [(descriptor: Descriptor, view: Descriptor?)] = [(plain, plain)]
            if flat == x.type {
                let present = try descriptor(x.slot)
                forms = present.isPlain ? [(present, nil)] : [(present, nil), (plain, nil)]
            }
            for form in forms {
                guard let primitive = try make(form.descriptor), !primitive.isSlow else { continue }
                let source = try argument(
                    DNNL_ARG_SRC, x.slot, form.descriptor, view: form.view)
                let arguments = try [source] + extra()
                var rule = MagnitudeRule(source: rule, arguments: arguments.map(\.buffer))
                rule.isForFiniteOnly = form.descriptor.isPadded || rule.isSoftmax
                rule.rowCount = form.descriptor.isPlain ? rowCount : nil
                let target = addBuffer(
                    byteCount: form.descriptor.byteCount, over: arguments, after: [node.index])
                emit(
                    primitive, arguments,
                    .init(id: DNNL_ARG_DST, buffer: target, descriptor: form.descriptor), rule,
                    [node.index])
                define(
                    node.output, node.type, target, form.descriptor, isFlat: flat != x.type)
                finish(node.index)
                return true
            }
            return false
        }
    }
#endif
