#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators

    extension PlanBuilder {
        /// Convolution, with weights in the layout that the primitive chooses.
        func lower(_ operation: Conv, _ node: LoweredNode) throws -> Bool {
            guard let x = tensorInput(node, 0), let w = tensorInput(node, 1),
                let geometry = try? operation.geometry(
                    input: Array(x.type.shape.dropFirst(2)),
                    kernel: Array(w.type.shape.dropFirst(2))),
                geometry.output == Array(node.type.shape.dropFirst(2)), geometry.output.count <= 3
            else { return false }
            var bias: TensorInput?
            if node.hasInput(2) {
                guard let given = tensorInput(node, 2) else { return false }
                bias = given
            }
            let weightType = TensorType(
                dataType: .float32, shape: Self.grouped(w.type.shape, operation.group))
            let links = links(after: node.output, node.type)
            let anyWeights = try Descriptor.any(weightType)
            let biasDescriptor = try bias.map { try Descriptor.plain($0.type) }
            let result = try Descriptor.any(node.type)
            func make(_ source: Descriptor) throws -> LinkedPrimitive? {
                try link(node, node.type, links) { description, engine, attributes in
                    dnn_convolution(
                        description, engine, false, source.handle, anyWeights.handle,
                        biasDescriptor?.handle, result.handle, geometry.strides.wide,
                        geometry.dilations.map { Int64($0 - 1) }, geometry.padsBegin.wide,
                        geometry.padsEnd.wide, attributes)
                }
            }
            guard var linked = try make(Descriptor.any(x.type)) else { return false }
            // The layout that the input has already spares a copy, where it is as good.
            let present = try descriptor(x.slot)
            let wanted = try linked.primitive.descriptor(DNNL_ARG_SRC)
            if !present.isSamePlace(as: wanted), let other = try make(present),
                other.primitive.implementation == linked.primitive.implementation,
                other.links.count >= linked.links.count
            {
                linked = other
            }
            let source = try linked.primitive.descriptor(DNNL_ARG_SRC)
            let weights = try linked.primitive.descriptor(DNNL_ARG_WEIGHTS)
            var inputs = [
                try argument(DNNL_ARG_SRC, x.slot, source),
                try argument(
                    DNNL_ARG_WEIGHTS, w.slot, weights, view: Descriptor.plain(weightType)),
            ]
            if let bias, let biasDescriptor {
                inputs.append(try argument(DNNL_ARG_BIAS, bias.slot, biasDescriptor))
            }
            try emit(linked, node, inputs)
            return true
        }

        /// The shape of weights with a dimension for the groups, if there are any.
        private static func grouped(_ shape: [Int], _ group: Int) -> [Int] {
            group == 1 ? shape : [group, shape[0] / group] + shape.dropFirst()
        }
    }

    extension [Int] {
        var wide: [Int64] { map { Int64($0) } }
    }
#endif
