import HingeGraph
import HingeOperators

/// `Div` as `Divide`; of integers, as a division of magnitudes with the sign put back, since it cuts off fractions.
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
            return [try node.operation(.numpy("Divide"), [], a, b, giving: output)]
        }
        func step(
            _ name: String, _ arguments: CallArgument<KerasTensor>..., role: String? = nil
        ) throws -> CallArgument<KerasTensor> {
            .tensor(
                try node.operation(
                    .numpy(name), [], CallArguments(arguments), giving: [output], as: role)[0])
        }
        let magnitude = try step(
            "FloorDivide", try step("Absolute", a, role: "dividend"),
            try step("Absolute", b, role: "divisor"), role: "magnitude")
        let sign = try step(
            "Multiply", try step("Sign", a, role: "sign_0"), try step("Sign", b, role: "sign_1"),
            role: "sign")
        return try step("Multiply", magnitude, sign).leaves
    }

    /// Division by a power of two as a layer: other divisors have no exact inverse.
    private func scale(_ divisor: Tensor, _ node: NodeWriting) throws -> (any KerasLayer)? {
        guard divisor.count == 1, let value = try divisor.doubles().first, value != 0,
            value.significand == 1, value.isFinite,
            try node.tensor(0).shape == node.output().shape
        else { return nil }
        return RescalingLayer(scale: Tensor(scalar: 1 / value), offset: Tensor(scalar: 0.0))
    }
}
