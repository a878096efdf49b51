#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators

    /// Softmax along one axis, or over a matrix in row-major order.
    ///
    /// Its logarithm is left to the operator's own evaluation: oneDNN's is good to five digits.
    enum SoftmaxLowering: Lowering {
        static func lower(
            _ operation: Softmax, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            guard !builder.options.isCareful, let x = builder.tensorInput(node, 0) else {
                return false
            }
            let rank = x.type.shape.count
            guard let axis = try? InferenceContext.axis(operation.axis, rank: rank) else {
                return false
            }
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
            return try builder.lowerInPlace(
                node, x, flat, { _ in 1 }, isForFiniteOnly: true, rowCount: isLast ? count : nil
            ) { source in
                try Primitive.make {
                    dnn_softmax(
                        $0, $1, false, source.handle, source.handle,
                        Int32(operation.isFlattened ? 1 : axis), $2)
                }
            }
        }
    }
#endif
