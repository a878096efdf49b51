import HingeGraph
import HingeOperators

/// `Pow` as `Power`, the exponent converted to the type of the base.
struct PowRule: OperatorRule {
    func write(_ operator: Pow, _ node: NodeWriting) throws -> [KerasTensor] {
        let output = try node.output()
        let type = try node.type(0)
        var exponent = try node.argument(1)
        if try node.type(1) != type {
            guard type.isFloatingPoint else {
                throw node.unsupported(
                    "Keras can't raise \(type) numbers to powers of type \(try node.type(1))")
            }
            if case .constant(let constant) = exponent {
                exponent = .constant(try constant.cast(to: type))
            } else {
                exponent = .tensor(
                    try node.operation(
                        .core("Cast"), [("dtype", .string(type.description))], exponent,
                        giving: OutputType(type, try node.shape(1)), as: "exponent"))
            }
        }
        return [
            try node.operation(
                .numpy("Power"), [], try node.argument(0), exponent, giving: output)
        ]
    }
}
