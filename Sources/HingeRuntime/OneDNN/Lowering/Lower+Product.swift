#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators

    extension PlanBuilder {
        /// A matrix product with an addend.
        func lower(_ operation: Gemm, _ node: LoweredNode) throws -> Bool {
            guard let a = tensorInput(node, 0), let b = tensorInput(node, 1),
                a.type.shape.count == 2, b.type.shape.count == 2
            else { return false }
            var own: [Link.Operation] = []
            var bias: TensorInput?
            if operation.alpha != 1 { own.append(.function(DNN_LINEAR, operation.alpha, 0)) }
            if node.hasInput(2) {
                guard operation.beta == 1, let addend = tensorInput(node, 2) else { return false }
                if own.isEmpty, addend.type.shape.last == node.type.shape[1],
                    addend.type.shape.dropLast().allSatisfy({ $0 == 1 })
                {
                    bias = addend
                } else {
                    own.append(.binary(dnnl_binary_add, addend))
                }
            }
            return try emitProduct(
                node, Matrix(a, isTransposed: operation.transposesA),
                Matrix(b, isTransposed: operation.transposesB), bias, own, node.type)
        }

        /// A product of matrices, or of batches of them.
        func lowerMatMul(_ node: LoweredNode) throws -> Bool {
            guard let a = tensorInput(node, 0), let b = tensorInput(node, 1),
                a.type.shape.count >= 2, b.type.shape.count >= 2
            else { return false }
            if b.type.shape.count == 2 {
                // All rows of the batch against one matrix.
                let (rows, columns) = (
                    a.type.count / a.type.shape[a.type.shape.count - 1], b.type.shape[1]
                )
                let matrix = Matrix(
                    TensorInput(
                        slot: a.slot,
                        type: TensorType(
                            dataType: .float32, shape: [rows, a.type.shape[a.type.shape.count - 1]])
                    ))
                return try emitProduct(
                    node, matrix, Matrix(b), nil, [],
                    TensorType(dataType: .float32, shape: [rows, columns]))
            }
            guard a.type.shape.count == b.type.shape.count else { return false }
            return try emitProduct(node, Matrix(a), Matrix(b), nil, [], node.type)
        }

        /// A factor: matrices in row-major memory, or their transposes.
        private struct Matrix {
            let slot: Int
            /// The type of the factor as it goes into the product.
            let type: TensorType
            let isTransposed: Bool

            init(_ input: TensorInput, isTransposed: Bool = false) {
                slot = input.slot
                self.isTransposed = isTransposed
                let shape = isTransposed ? input.type.shape.reversed() : input.type.shape
                type = TensorType(dataType: .float32, shape: shape)
            }

            /// The layout of the memory.
            func descriptor() throws -> Descriptor {
                isTransposed
                    ? try Descriptor(type, strides: [1, type.shape[0]])
                    : try Descriptor.plain(type)
            }
        }

        private func emitProduct(
            _ node: LoweredNode, _ a: Matrix, _ b: Matrix, _ bias: TensorInput?,
            _ own: [Link.Operation], _ type: TensorType
        ) throws -> Bool {
            let links = links(after: node.output, node.type)
            let source = try a.descriptor()
            let given = try b.descriptor()
            let isConstant = if case .constant = values[b.slot] { true } else { false }
            let weights = isConstant ? try Descriptor.any(b.type) : given
            let result = try Descriptor.plain(type)
            let biasDescriptor = try bias.map { _ in
                try Descriptor.plain(
                    TensorType(
                        dataType: .float32,
                        shape: [Int](repeating: 1, count: type.shape.count - 1)
                            + type.shape.suffix(1)))
            }
            let linked = try link(node, type, links, own: own) {
                dnn_matmul(
                    $0, $1, source.handle, weights.handle, biasDescriptor?.handle, result.handle, $2
                )
            }
            guard let linked else { return false }
            var inputs = [
                try argument(DNNL_ARG_SRC, a.slot, source, view: source),
                try argument(
                    DNNL_ARG_WEIGHTS, b.slot, linked.primitive.descriptor(DNNL_ARG_WEIGHTS),
                    view: given),
            ]
            if let bias, let biasDescriptor {
                inputs.append(
                    try argument(DNNL_ARG_BIAS, bias.slot, biasDescriptor, view: biasDescriptor))
            }
            try emit(linked, node, inputs, isFlat: type != node.type)
            return true
        }
    }
#endif
