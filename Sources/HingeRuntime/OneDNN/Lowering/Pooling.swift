#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    extension PlanBuilder {
        /// Pooling with a window that slides.
        func lowerPool(
            _ operation: any SpatialOperator, _ kind: dnnl_alg_kind_t, _ node: LoweredNode
        ) throws -> Bool {
            guard let x = tensorInput(node, 0, of: [node.type.dataType]),
                let geometry = try? operation.geometry(
                    input: Array(x.type.shape.dropFirst(2)), kernel: nil),
                geometry.output == Array(node.type.shape.dropFirst(2))
            else { return false }
            // The padding at the end that makes the output's extent come out without rounding.
            let end = geometry.output.indices.map { axis in
                (geometry.output[axis] - 1) * geometry.strides[axis]
                    + (geometry.kernel[axis] - 1) * geometry.dilations[axis] + 1
                    - geometry.input[axis] - geometry.padsBegin[axis]
            }
            // oneDNN would count the elements of a window that stands out as padding.
            if kind == dnnl_pooling_avg_include_padding,
                zip(end, geometry.padsEnd).contains(where: { $0 > $1 })
            {
                return false
            }
            return try emitPool(
                kind, node, x, node.type, kernel: geometry.kernel, strides: geometry.strides,
                dilations: geometry.dilations, begin: geometry.padsBegin, end: end)
        }

        /// Pooling over all spatial dimensions.
        ///
        /// - Parameter kept: The type of the result with the spatial dimensions, where the value's own type is without.
        func lowerGlobalPool(
            _ kind: dnnl_alg_kind_t, _ node: LoweredNode, _ kept: TensorType? = nil
        ) throws -> Bool {
            guard let x = tensorInput(node, 0), x.type.shape.count >= 3 else { return false }
            let spatial = Array(x.type.shape.dropFirst(2))
            let zeros = spatial.map { _ in 0 }
            return try emitPool(
                kind, node, x, kept ?? node.type, kernel: spatial, strides: spatial,
                dilations: spatial.map { _ in 1 }, begin: zeros, end: zeros)
        }

        private func emitPool(
            _ kind: dnnl_alg_kind_t, _ node: LoweredNode, _ x: TensorInput, _ type: TensorType,
            kernel: [Int], strides: [Int], dilations: [Int], begin: [Int], end: [Int]
        ) throws -> Bool {
            let isReal = type.dataType == .float32
            // The largest of numbers, one of which is a NaN, isn't what oneDNN says.
            guard kernel.count <= 3, !(options.isCareful && isReal && kind == dnnl_pooling_max)
            else { return false }
            let present = try descriptor(x.slot)
            // Of integers it has fast code for channels last only.
            let source = isReal ? present : try present.channelsLast(x.type)
            let result = try Descriptor.any(type.of(source.dataType ?? type.dataType))
            let primitive = try Primitive.make {
                dnn_pooling(
                    $0, $1, kind, source.handle, result.handle, strides.wide, kernel.wide,
                    dilations.map { Int64($0 - 1) }, begin.wide, end.wide, $2)
            }
            guard let primitive, !primitive.isSlow else { return false }
            let chosen = try primitive.descriptor(DNNL_ARG_DST)
            let input = try argument(DNNL_ARG_SRC, x.slot, source)
            let target = addBuffer(byteCount: chosen.byteCount)
            var rule = MagnitudeRule(source: MagnitudeRule.largest, arguments: [input.buffer])
            rule.isForFiniteOnly = kind == dnnl_pooling_max || chosen.isPadded
            emit(
                primitive, [input], .init(id: DNNL_ARG_DST, buffer: target, descriptor: chosen),
                isReal ? rule : nil, [node.index])
            if type == node.type {
                try define(node.output, node.type, target, chosen)
            } else if chosen.isPlain {
                try defineFlat(node.output, node.type, target, chosen)
            } else {
                let placement = Placement(type, plain: nil)
                placement.layouts = [(chosen, target)]
                let plain = try plainBuffer(placement)
                try defineFlat(node.output, node.type, plain, Descriptor.plain(type))
            }
            finish(node.index)
            return true
        }
    }
#endif
