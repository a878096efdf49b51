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
            func make(
                _ source: Descriptor, _ result: Descriptor
            ) throws -> LinkedPrimitive? {
                try link(node, links) { description, engine, attributes in
                    dnn_convolution(
                        description, engine, isTransposed, source.handle, anyWeights.handle,
                        biasDescriptor?.handle, result.handle, geometry.strides.wide,
                        geometry.dilations.map { Int64($0 - 1) }, geometry.padsBegin.wide,
                        end.wide, attributes)
                }
            }
            let sourceType = x.type.of(type)
            let present = try descriptor(x.slot)
            var found: LinkedPrimitive?
            if !isTransposed, let blocked = try blockedSource(node, sourceType, present) {
                found = try make(blocked, .blocked(resultType))
                if found?.primitive.isMadeForBlocks == false { found = nil }
            }
            if found == nil {
                found = try make(
                    options.isCareful ? .plain(sourceType) : .any(sourceType), result)
            }
            guard var linked = found, type == .float32 || linked.primitive.isMadeForLow else {
                return false
            }
            // The layout that the input has already spares a copy, where it is as good.
            let wanted = try linked.primitive.descriptor(DNNL_ARG_SRC)
            if !present.isSamePlace(as: wanted), let other = try make(present, result),
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

    extension PlanBuilder {
        /// A layout of a convolution's input with which its channels go in blocks of a vector; `nil` where the primitive should
        /// choose.
        ///
        /// Left the choice, oneDNN puts the channels last on processors with AVX-512. Its code for blocks is as fast or
        /// faster, and made in half the time; and values joined by their channels are one row in memory. What stands with the
        /// channels last already, or will for another reason, stays so.
        private func blockedSource(
            _ node: LoweredNode, _ source: TensorType, _ present: Descriptor
        ) throws -> Descriptor? {
            let rank = source.shape.count
            guard OneDNN.vectorLength == 16, source.dataType == .float32, !options.isCareful,
                (3...4).contains(rank), !present.isChannelsLast, !isMovedLast(node)
            else { return nil }
            switch source.shape[1] {
            case ...3: return present.isPlain ? present : nil
            // Too much of a block would be empty.
            case ..<12: return nil
            default: return try .blocked(source)
            }
        }

        /// Whether all that uses a step's result wants the channels last.
        private func isMovedLast(_ node: LoweredNode) -> Bool {
            let rank = node.type.shape.count
            let order = [0] + Array(2..<rank) + [1]
            let users = consumers(of: node.output).filter { $0 != node.index }
            return !users.isEmpty
                && users.allSatisfy {
                    (program.steps[$0].operation as? Transpose)?.permutation == order
                }
        }
    }

    extension Descriptor {
        /// Whether memory is in the order of images whose channels come last, which is neither row-major nor one block.
        fileprivate var isChannelsLast: Bool {
            guard !isPlain, let layout, axisOrder?.last == 1 else { return false }
            return layout.extents[1] > 16
        }
    }

    extension Primitive {
        /// Whether it is a convolution in code of its own for channels in blocks.
        fileprivate var isMadeForBlocks: Bool { implementation.hasPrefix("jit") }
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
