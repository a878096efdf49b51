import HingeGraph
import HingeOperators

/// A reduction as the operation of the same meaning, with what comes before and after it: `ReduceL2` is the root of the
/// sum of squares.
///
/// The mean or maximum over all spatial axes is a global pooling.
struct ReductionRule<Source: ReductionOperator>: OperatorRule {
    /// The operation's class.
    let operation: OperationClass
    /// What is applied to the elements first.
    let before: String?
    /// What is applied to the result.
    let after: String?

    /// Creates the rule for an operator.
    init(
        _ source: Source.Type, _ operation: OperationClass, before: String? = nil,
        after: String? = nil
    ) {
        self.operation = operation
        self.before = before
        self.after = after
    }

    func write(_ operator: Source, _ node: NodeWriting) throws -> [KerasTensor] {
        var x = try node.tensor(0)
        let output = try node.output()
        var axes = try node.integers(1, "the axes") ?? []
        axes = try axes.map { try InferenceContext.axis($0, rank: x.rank) }.sorted()
        let isIdentity = axes.isEmpty && `operator`.isIdentityWithoutAxes
        if let pooling = pooling(`operator`, x, axes) {
            return [try node.layer(pooling, x, giving: output)]
        }
        guard
            x.type.isFloatingPoint || `operator` is ReduceMax || `operator` is ReduceMin
                || x.type == .int32 || x.type == .int64,
            x.type.isFloatingPoint
                || after == nil && !(`operator` is ReduceMean) && !(`operator` is ReduceLogSumExp)
        else {
            throw node.unsupported("Keras gives another type for elements of type \(x.type)")
        }
        let inner = OutputType(x.type, x.shape)
        if let before {
            let isLast = isIdentity && after == nil
            x = try node.operation(
                .numpy(before), [], .tensor(x), giving: inner, as: isLast ? nil : "elements")
        }
        if !isIdentity {
            x = try node.operation(
                operation,
                [
                    ("axis", axes.isEmpty ? .null : .integers(axes)),
                    ("keepdims", .bool(`operator`.keepsDimensions)),
                ], .tensor(x), giving: output, as: after == nil ? nil : "reduced")
        }
        if let after {
            x = try node.operation(.numpy(after), [], .tensor(x), giving: output)
        }
        return [x]
    }

    private func pooling(
        _ operator: Source, _ x: KerasTensor, _ axes: [Int]
    ) -> (any KerasLayer)? {
        guard (3...5).contains(x.rank), axes == Array(1..<x.rank - 1), x.type.isFloatingPoint else {
            return nil
        }
        let keeps = `operator`.keepsDimensions
        if `operator` is ReduceMean { return globalAveragePooling(x.rank - 2, keeps) }
        return `operator` is ReduceMax ? globalMaxPooling(x.rank - 2, keeps) : nil
    }
}

/// The layer that averages over all positions.
func globalAveragePooling(_ spatialRank: Int, _ keepsDimensions: Bool) -> any KerasLayer {
    switch spatialRank {
    case 1: GlobalAveragePooling1DLayer(keepsDimensions: keepsDimensions)
    case 2: GlobalAveragePooling2DLayer(keepsDimensions: keepsDimensions)
    default: GlobalAveragePooling3DLayer(keepsDimensions: keepsDimensions)
    }
}

/// The layer that takes the largest element of all positions.
func globalMaxPooling(_ spatialRank: Int, _ keepsDimensions: Bool) -> any KerasLayer {
    switch spatialRank {
    case 1: GlobalMaxPooling1DLayer(keepsDimensions: keepsDimensions)
    case 2: GlobalMaxPooling2DLayer(keepsDimensions: keepsDimensions)
    default: GlobalMaxPooling3DLayer(keepsDimensions: keepsDimensions)
    }
}
