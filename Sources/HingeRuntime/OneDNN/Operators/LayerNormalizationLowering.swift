#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators

    /// Layer normalization of the rows of a matrix in row-major order.
    enum LayerNormalizationLowering: Lowering {
        static func lower(
            _ operation: LayerNormalization, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            guard !builder.options.isCareful, let x = builder.tensorInput(node, 0),
                let scale = builder.tensorInput(node, 1)
            else { return false }
            let rank = x.type.shape.count
            guard let axis = try? InferenceContext.axis(operation.axis, rank: rank),
                operation.stashType == .float32
            else { return false }
            let columns = x.type.shape[axis...].reduce(1, *)
            let vector = TensorType(dataType: .float32, shape: [columns])
            let plain = try Descriptor.plain(vector)
            var parameters = [(DNNL_ARG_SCALE, scale)]
            if node.hasInput(2) {
                guard let bias = builder.tensorInput(node, 2) else { return false }
                parameters.append((DNNL_ARG_SHIFT, bias))
            }
            guard parameters.allSatisfy({ $0.1.type.count == columns }) else { return false }
            let flat = TensorType(
                dataType: .float32, shape: [x.type.count / columns, columns])
            return try builder.lowerInPlace(
                node, x, flat, bound(columns: columns), isForFiniteOnly: true,
                extra: {
                    try parameters.map { try builder.argument($0, $1.slot, plain, view: plain) }
                }
            ) { source in
                try Primitive.make {
                    dnn_layer_normalization(
                        $0, $1, source.handle, operation.epsilon, true, parameters.count == 2, $2)
                }
            }
        }

        /// A bound of the result: no number is farther from the mean than √n standard deviations of n numbers.
        ///
        /// Nothing is known where the sum of the squares may be infinite, in single precision, while the standard
        /// deviation isn't.
        private static func bound(columns: Int) -> MagnitudeRule.Source {
            let deviations = Float(columns).squareRoot()
            let limit = (MagnitudeRule.limit / (4 * Float(columns))).squareRoot()
            return { arguments in
                guard arguments[0] < limit else { return .infinity }
                return deviations * arguments[1] + (arguments.count > 2 ? arguments[2] : 0)
            }
        }
    }
#endif
