import HingeGraph
import HingeOperators

/// `Div` as `Divide`; of integers, whose fractions are cut off, as `FloorDivide`, which rounds down, and 1 more where that
/// makes a difference.
struct DivRule: OperatorRule {
    func write(_ operator: Div, _ node: NodeWriting) throws -> [KerasTensor] {
        let output = try node.output()
        let a = try node.argument(0)
        let b = try node.argument(1)
        if output.type.isFloatingPoint {
            if node.target == .legacy, let constant = node.constant(1),
                let inverse = try scale(constant, node)
            {
                return [try node.layer(inverse, try node.tensor(0), giving: output)]
            }
            return [try node.combined("Divide", a, b, giving: output)]
        }
        if output.type.isUnsignedInteger {
            return [try node.combined("FloorDivide", a, b, giving: output)]
        }
        let truth = OutputType(.bool, output.shape)
        let floor = try node.combined("FloorDivide", a, b, giving: output, as: "floor")
        let product = try node.combined(
            "Multiply", .tensor(floor), b, giving: output, as: "product")
        let hasRest = try node.combined(
            "NotEqual", .tensor(product), a, giving: truth, as: "has_rest")
        let isNegative = try node.combined(
            "Less", .tensor(floor), try node.zero(output.type), giving: truth, as: "negative")
        let isLower = try node.combined(
            "LogicalAnd", .tensor(hasRest), .tensor(isNegative), giving: truth, as: "lower")
        let step = try node.cast(isLower, to: output.type, as: "step")
        return [try node.combined("Add", .tensor(floor), .tensor(step), giving: output)]
    }

    /// Division by a power of two as a layer: other divisors have no exact inverse.
    private func scale(_ divisor: Tensor, _ node: NodeWriting) throws -> (any KerasLayer)? {
        guard divisor.count == 1, let value = try divisor.doubles().first, value != 0,
            value.significand == 1, value.isFinite, Double(Float(1 / value)) == 1 / value,
            try node.tensor(0).shape == node.output().shape
        else { return nil }
        return RescalingLayer(scale: Tensor(scalar: 1 / value), offset: Tensor(scalar: 0.0))
    }
}

extension DataType {
    /// Whether this is a type of integers without a sign.
    var isUnsignedInteger: Bool { isInteger && description.hasPrefix("u") }
}
