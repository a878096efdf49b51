#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    extension PlanBuilder {
        /// Weights, with a dimension for the groups if there are any, and how they stand in memory.
        struct ConvolutionWeights {
            let slot: Int
            let type: TensorType
            let memory: Descriptor
        }

        /// Convolution, with weights in the layout that the primitive chooses.
        func lowerConvolution(
            _ operation: any SpatialOperator, isTransposed: Bool, _ node: LoweredNode,
            _ weights: ConvolutionWeights
        ) throws -> Bool {
            for type in computingTypes
            where try lowerConvolution(
                operation, isTransposed: isTransposed, node, weights, computing: type)
            {
                noteComputing(node, type)
                return true
            }
            return false
        }

        private func lowerConvolution(
            _ operation: any SpatialOperator, isTransposed: Bool, _ node: LoweredNode,
            _ weights: ConvolutionWeights, computing type: DataType
        ) throws -> Bool {
            guard let x = tensorInput(node, 0), x.type.shape.count >= 3,
                let geometry = try? operation.geometry(
                    input: Array(x.type.shape.dropFirst(2)),
                    kernel: Array(weights.type.shape.suffix(x.type.shape.count - 2))),
                geometry.output == Array(node.type.shape.dropFirst(2)), geometry.output.count <= 3
            else { return false }
            var bias: TensorInput?
            if node.hasInput(2) {
                guard let given = tensorInput(node, 2) else { return false }
                bias = given
            }
            let end = isTransposed ? geometry.transposedEnd : geometry.padsEnd
            let links = links(after: node.output, node.type)
            let anyWeights = try Descriptor.any(weights.type.of(type))
            let biasDescriptor = try bias.map { try Descriptor.plain($0.type) }
            // Row-major memory has nothing that fills up blocks.
            let resultType = node.type.of(resultType(node, computing: type))
            let result = try options.isCareful ? Descriptor.plain(resultType) : .any(resultType)
            func make(_ source: Descriptor) throws -> LinkedPrimitive? {
                try link(node, links) { description, engine, attributes in
                    dnn_convolution(
                        description, engine, isTransposed, source.handle, anyWeights.handle,
                        biasDescriptor?.handle, result.handle, geometry.strides.wide,
                        geometry.dilations.map { Int64($0 - 1) }, geometry.padsBegin.wide,
                        end.wide, attributes)
                }
            }
            let sourceType = x.type.of(type)
            let preferred = try options.isCareful ? Descriptor.plain(sourceType) : .any(sourceType)
            guard var linked = try make(preferred),
                type == .float32 || linked.primitive.isMadeForLow
            else { return false }
            // The layout that the input has already spares a copy, where it is as good.
            let present = try descriptor(x.slot)
            let wanted = try linked.primitive.descriptor(DNNL_ARG_SRC)
            if !present.isSamePlace(as: wanted), let other = try make(present),
                other.primitive.implementation == linked.primitive.implementation,
                other.links.count >= linked.links.count
            {
                linked = other
            }
            var inputs = [
                try argument(DNNL_ARG_SRC, x.slot, linked.primitive.descriptor(DNNL_ARG_SRC)),
                try argument(
                    DNNL_ARG_WEIGHTS, weights.slot, linked.primitive.descriptor(DNNL_ARG_WEIGHTS),
                    view: weights.memory),
            ]
            if let bias, let biasDescriptor {
                inputs.append(try argument(DNNL_ARG_BIAS, bias.slot, biasDescriptor))
            }
            try emit(
                linked, node, inputs,
                MagnitudeRule.products(terms: weights.type.count / max(1, node.type.shape[1])))
            return true
        }
    }

    extension SpatialGeometry {
        /// What a transposed convolution cuts off at the end, less what it adds there.
        fileprivate var transposedEnd: [Int] {
            output.indices.map { axis in
                (input[axis] - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1
                    - padsBegin[axis] - output[axis]
            }
        }
    }

    extension [Int] {
        var wide: [Int64] { map { Int64($0) } }
    }
#endif
