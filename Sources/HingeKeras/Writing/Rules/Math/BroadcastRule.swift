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

    /// Addition and the like with a constant number, or one number for each channel, as `Rescaling`, for files that hold
    /// layers only.
    fileprivate func rescaled(
        _ operator: any Operator, _ output: OutputType
    ) throws -> KerasTensor? {
        guard target == .legacy, output.type.isFloatingPoint else { return nil }
        let position = constant(0) == nil ? 1 : 0
        guard let constant = constant(position), case let x = try tensor(1 - position),
            x.rank == output.shape.rank, constant.rank <= x.rank,
            constant.count == 1 || constant.count == x.shape.dimensions.last?.extent,
            let values = try constant.vector(constant.count)
        else { return nil }
        let one = Tensor(scalar: 1.0)
        let zero = Tensor(scalar: 0.0)
        let numbers = try values.decimals(isScalar: constant.count == 1)
        var layer = RescalingLayer(scale: one, offset: zero)
        switch (`operator`, position) {
        case (is Add, _): layer.offset = numbers
        case (is Mul, _): layer.scale = numbers
        case (is Sub, 1): layer.offset = try .fold(Neg(), numbers)
        case (is Sub, 0): (layer.scale, layer.offset) = (Tensor(scalar: -1.0), numbers)
        default: return nil
        }
        return try self.layer(layer, x, giving: output)
    }
}

extension Tensor {
    /// The elements as the doubles of their shortest decimal forms: a number, or a vector.
    fileprivate func decimals(isScalar: Bool) throws -> Tensor {
        let values = dataType == .float32 ? try floats().map(\.decimal) : try doubles()
        return isScalar ? Tensor(scalar: values[0]) : Tensor(values)
    }
}
