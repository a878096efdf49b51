#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    extension PlanBuilder {
        /// A product, as the primitive has it.
        struct MatrixProduct {
            let a: Factor
            let b: Factor
            let bias: TensorInput?
            /// What is done to the product before anything behind it.
            let own: [Link.Operation]
            /// The type of the result, which may have fewer dimensions than the value.
            let type: TensorType

            /// Rows, terms of each sum, and columns of a product of two matrices.
            var extents: (rows: Int, inner: Int, columns: Int)? {
                guard a.type.shape.count == 2, b.type.shape.count == 2 else { return nil }
                return (a.type.shape[0], a.type.shape[1], b.type.shape[1])
            }

            /// How the primitive has the result of a node.
            fileprivate func form(_ node: LoweredNode) -> ResultForm {
                type == node.type ? .whole : .matrix(type)
            }

            /// The bias, a number for each column, as the last of some dimensions.
            fileprivate func biasDescriptor(rank: Int) throws -> Descriptor? {
                guard bias != nil else { return nil }
                let shape = [Int](repeating: 1, count: rank - 1) + [type.shape[1]]
                return try .plain(TensorType(dataType: .float32, shape: shape))
            }

            /// A bound of what it computes.
            fileprivate var magnitude: MagnitudeRule.Source {
                MagnitudeRule.products(terms: a.type.shape.last ?? 1)
            }
        }

        /// A factor: its type in the product, and the layouts in which it can go into it, the best first.
        struct Factor {
            let slot: Int
            let type: TensorType
            /// The layout, and the same for memory that is row-major under the value's own shape; `nil`
            /// where the value has the layout already.
            let forms: [Form]

            /// A layout, and how row-major memory of the value's own shape stands in it; `nil` where that isn't asked.
            struct Form {
                let descriptor: Descriptor
                let view: Descriptor?

                init(_ descriptor: Descriptor, _ view: Descriptor?) {
                    self.descriptor = descriptor
                    self.view = view
                }

                /// The same for elements of another type; `nil` where that can't be said.
                fileprivate func retyped(_ type: DataType) throws -> Form? {
                    try descriptor.retyped(type).map { Form($0, try view?.retyped(type)) }
                }
            }
        }

        func factor(_ input: TensorInput, isTransposed: Bool = false) throws -> Factor {
            let shape = isTransposed ? input.type.shape.reversed() : input.type.shape
            let type = TensorType(dataType: .float32, shape: shape)
            let plain =
                isTransposed
                ? try Descriptor(type, strides: [1, shape[0]]) : try Descriptor.plain(type)
            var forms = [Factor.Form(plain, plain)]
            let present = try descriptor(input.slot)
            // Transposed memory goes into the product as it is.
            if !isTransposed, !present.isPlain, present.layout?.isStrided ?? false {
                forms.insert(Factor.Form(present, nil), at: 0)
            }
            return Factor(slot: input.slot, type: type, forms: forms)
        }

        /// Emits a product, in the best layout of its factors that the primitive takes.
        func lower(_ product: MatrixProduct, _ node: LoweredNode) throws -> Bool {
            if try lowerRow(product, node) { return true }
            for type in computingTypes {
                for a in product.a.forms {
                    for b in product.b.forms {
                        guard let a = try a.retyped(type), let b = try b.retyped(type) else {
                            continue
                        }
                        if try lower(product, a, b, node, computing: type) {
                            noteComputing(node, type)
                            return true
                        }
                    }
                }
            }
            return false
        }

        private func lower(
            _ product: MatrixProduct, _ a: Factor.Form, _ b: Factor.Form, _ node: LoweredNode,
            computing type: DataType
        ) throws -> Bool {
            let isConstant = if case .constant = values[product.b.slot] { true } else { false }
            let weights = isConstant ? try Descriptor.any(product.b.type.of(type)) : b.descriptor
            let result = try Descriptor.plain(
                product.type.of(resultType(node, computing: type)))
            let bias = try product.biasDescriptor(rank: 2)
            let make: Primitive.Make = {
                dnn_matmul(
                    $0, $1, a.descriptor.handle, weights.handle, bias?.handle, result.handle, $2)
            }
            guard let bare = try Primitive.make([], make),
                type == .float32 || bare.isMadeForLow
            else { return false }
            let links = links(after: node.output, node.type)
            var best =
                isConstant && bare.isGeneral
                ? try convolutionOfPixels(product, a, b, node, links) : nil
            let taken = best?.linked.links.count ?? -1
            if taken < links.count,
                let linked = try link(
                    node, as: product.form(node), links, own: product.own, bare: bare, make),
                linked.links.count > taken
            {
                best = LinkedProduct(linked: linked, a: a, weights: b.view, bias: bias)
            }
            guard let best else { return false }
            try emit(best, product, node)
            return true
        }

        /// A product with constant weights as a convolution of one row of pixels with a kernel of 1 by 1, where oneDNN has
        /// that as fast code.
        ///
        /// oneDNN's general product copies the weights into its own order each time that it runs, unless the processor has
        /// AVX-512; its convolution has them in that order once and for all.
        private func convolutionOfPixels(
            _ product: MatrixProduct, _ a: Factor.Form, _ b: Factor.Form, _ node: LoweredNode,
            _ links: [Link]
        ) throws -> LinkedProduct? {
            guard product.type.shape.count == 2, a.descriptor.isPlain, a.view != nil,
                let (rows, inner, columns) = product.extents, rows > 1, inner >= 16, columns >= 16
            else { return nil }
            let isTransposed = !b.descriptor.isPlain
            let type = TensorType(dataType: .float32, shape: [columns, inner, 1, 1])
            let weights = try Descriptor.any(type)
            let memory = try Descriptor(
                type, strides: isTransposed ? [inner, 1, 1, 1] : [1, columns, 1, 1])
            let source = try Self.pixels(product.a.type)
            let result = try Self.pixels(product.type)
            let bias = try product.biasDescriptor(rank: 1)
            let linked = try link(node, as: .pixels(product.type), links, own: product.own) {
                dnn_convolution(
                    $0, $1, false, source.handle, weights.handle, bias?.handle, result.handle,
                    [1, 1], [0, 0], [0, 0], [0, 0], $2)
            }
            guard let linked, linked.primitive.implementation.hasPrefix("jit") else { return nil }
            return LinkedProduct(
                linked: linked, a: Factor.Form(source, source), weights: memory, bias: bias)
        }

        /// A product's primitive, and how it has its arguments.
        private struct LinkedProduct {
            let linked: LinkedPrimitive
            let a: Factor.Form
            /// How row-major memory of the weights stands in the primitive's.
            let weights: Descriptor?
            let bias: Descriptor?
        }

        private func emit(
            _ form: LinkedProduct, _ product: MatrixProduct, _ node: LoweredNode
        ) throws {
            var inputs = [
                try argument(DNNL_ARG_SRC, product.a.slot, form.a.descriptor, view: form.a.view),
                try argument(
                    DNNL_ARG_WEIGHTS, product.b.slot,
                    form.linked.primitive.descriptor(DNNL_ARG_WEIGHTS), view: form.weights),
            ]
            if let addend = product.bias, let bias = form.bias {
                inputs.append(try argument(DNNL_ARG_BIAS, addend.slot, bias, view: bias))
            }
            try emit(form.linked, node, inputs, product.magnitude)
        }

        /// The layout of a row-major matrix as one row of pixels, whose channels are its columns.
        private static func pixels(_ matrix: TensorType) throws -> Descriptor {
            let (rows, columns) = (matrix.shape[0], matrix.shape[1])
            let type = TensorType(dataType: .float32, shape: [1, columns, 1, rows])
            return try Descriptor(type, strides: [rows * columns, 1, rows * columns, columns])
        }
    }
#endif
