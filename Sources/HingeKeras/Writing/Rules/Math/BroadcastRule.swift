import HingeGraph
import HingeOperators

/// An arithmetic operator of two inputs that broadcast, as a merging layer where Keras has one that fits, or as an
/// operation.
///
/// Merging layers take tensors of one batch size and one number of dimensions; their broadcasting is then the same.
struct BroadcastRule<Source: Operator>: OperatorRule {
    /// The operation's class.
    let operation: String
    /// The merging layer.
    let merging: (any KerasLayer)?

    /// Creates the rule for an operator.
    init(_ source: Source.Type, _ operation: String, layer: (any KerasLayer)? = nil) {
        self.operation = operation
        merging = layer
    }

    func write(_ operator: Source, _ node: NodeWriting) throws -> [KerasTensor] {
        let output = try node.output()
        if let merging, let inputs = node.mergeable(), inputs.count == 2 {
            return [try node.layer(merging, inputs[0], inputs[1], giving: output)]
        }
        if let scaled = try node.rescaled(`operator`, output) { return [scaled] }
        return [
            try node.operation(
                .numpy(operation), [], try node.argument(0), try node.argument(1), giving: output)
        ]
    }
}

extension NodeWriting {
    /// The inputs, if a merging layer combines them as the operator does.
    func mergeable() -> [KerasTensor]? {
        let inputs = node.inputs.indices.compactMap { try? tensor($0) }
        guard inputs.count == node.inputs.count, let first = inputs.first, first.rank > 1,
            first.type.isFloatingPoint,
            inputs.allSatisfy({
                $0.rank == first.rank && $0.shape[0] == first.shape[0] && $0.type == first.type
            })
        else { return nil }
        return inputs
    }

    /// Addition and the like with a constant, for files that hold layers only: a number as `Rescaling`, one number for each
    /// place along an axis as `BatchNormalization` whose statistics change nothing.
    fileprivate func rescaled(
        _ operator: any Operator, _ output: OutputType
    ) throws -> KerasTensor? {
        guard target == .legacy, output.type.isFloatingPoint else { return nil }
        let position = constant(0) == nil ? 1 : 0
        guard let constant = constant(position), case let x = try tensor(1 - position),
            x.rank == output.shape.rank, constant.rank <= x.rank, x.shape == output.shape
        else { return nil }
        var scale = Tensor(scalar: 1.0)
        var offset = Tensor(scalar: 0.0)
        let values = try constant.cast(to: .float64)
        switch (`operator`, position) {
        case (is Add, _): offset = values
        case (is Mul, _): scale = values
        case (is Sub, 1): offset = try .fold(Neg(), values)
        case (is Sub, 0): (scale, offset) = (Tensor(scalar: -1.0), values)
        default: return nil
        }
        if constant.count == 1 {
            func number(_ tensor: Tensor) throws -> Double {
                let value = try tensor.doubles()[0]
                return x.type == .float64 ? value : Float(value).decimal
            }
            return try rescaled(x, by: number(scale), plus: number(offset))
        }
        let aligned = [Int](repeating: 1, count: x.rank - constant.rank) + constant.shape
        let axes = aligned.indices.filter { aligned[$0] != 1 }
        guard axes.count == 1, axes[0] > 0 else { return nil }
        func vector(_ tensor: Tensor) throws -> Tensor {
            try .fold(Expand(shape: [constant.count]), tensor.reshaped(to: [tensor.count]))
        }
        return try alongAxis(axes[0], x, output) { x, type, role in
            // Both numbers are exact in binary, so that their sum is 1.
            let epsilon: Float = 0x1p-10
            let ones = Tensor([Double](repeating: 1, count: constant.count))
            let own = [
                "gamma": try vector(scale), "beta": try vector(offset),
                "moving_mean": try .fold(Sub(), ones, ones),
                "moving_variance": try .fold(Sub(), ones, Tensor(scalar: Double(epsilon))),
            ]
            return try self.layer(
                BatchNormalizationLayer(epsilon: epsilon), x, weights: WrittenWeights(own),
                giving: type, as: role)
        }
    }

    /// What a layer that works along the last axis gives along another, which is exchanged with the last before and after.
    private func alongAxis(
        _ axis: Int, _ x: KerasTensor, _ output: OutputType,
        _ make: (KerasTensor, OutputType, _ role: String?) throws -> KerasTensor
    ) throws -> KerasTensor {
        guard axis != x.rank - 1 else { return try make(x, output, nil) }
        var order = Array(0..<x.rank)
        order.swapAt(axis, x.rank - 1)
        let permute = PermuteLayer(dims: Array(order.dropFirst()))
        let type = OutputType(x.type, Shape(order.map { x.shape[$0] }))
        let moved = try layer(permute, x, giving: type, as: "axis_last")
        return try layer(permute, make(moved, type, "scaled"), giving: output)
    }
}
