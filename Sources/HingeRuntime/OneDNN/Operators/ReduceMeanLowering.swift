#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators

    /// The mean over all spatial dimensions, as a pooling.
    enum ReduceMeanLowering: Lowering {
        static func lower(
            _ operation: ReduceMean, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            guard let x = builder.tensorInput(node, 0), x.type.shape.count >= 3 else {
                return false
            }
            let rank = x.type.shape.count
            var axes = operation.axes
            if node.hasInput(1) {
                guard let tensor = builder.constantInput(node, 1) else { return false }
                axes = try? tensor.integers()
            }
            guard let axes, Set(axes.map { $0 < 0 ? $0 + rank : $0 }) == Set(2..<rank) else {
                return false
            }
            let kept = TensorType(
                dataType: .float32,
                shape: Array(x.type.shape[..<2]) + [Int](repeating: 1, count: rank - 2))
            return try builder.lowerGlobalPool(dnnl_pooling_avg_exclude_padding, node, kept)
        }
    }
#endif
