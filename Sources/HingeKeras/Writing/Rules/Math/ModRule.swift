import HingeGraph
import HingeOperators

/// `Mod` with the sign of the divisor as `Mod`; with the sign of the dividend, of floating-point numbers as the remainder of the
/// magnitudes times that sign, of integers as `Mod` less the divisor where the signs differ.
struct ModRule: OperatorRule {
    func write(_ operator: Mod, _ node: NodeWriting) throws -> [KerasTensor] {
        let output = try node.output()
        let a = try node.argument(0)
        let b = try node.argument(1)
        guard `operator`.isTruncated, !output.type.isUnsignedInteger else {
            return [try node.combined("Mod", a, b, giving: output)]
        }
        func magnitude(
            _ argument: CallArgument<KerasTensor>, _ position: Int, _ role: String
        ) throws -> CallArgument<KerasTensor> {
            if case .constant(let constant) = argument {
                return .constant(try .fold(Abs(), constant))
            }
            let type = OutputType(output.type, try node.shape(position))
            return .tensor(
                try node.operation(.numpy("Absolute"), [], argument, giving: type, as: role))
        }
        if output.type.isFloatingPoint {
            let remainder = try node.combined(
                "Mod", try magnitude(a, 0, "dividend"), try magnitude(b, 1, "divisor"),
                giving: output, as: "remainder")
            let sign: CallArgument<KerasTensor>
            if case .constant(let constant) = a {
                sign = .constant(try .fold(Sign(), constant))
            } else {
                sign = .tensor(
                    try node.operation(
                        .numpy("Sign"), [], a,
                        giving: OutputType(output.type, try node.shape(0)), as: "sign"))
            }
            return [try node.combined("Multiply", .tensor(remainder), sign, giving: output)]
        }
        let truth = OutputType(.bool, output.shape)
        let zero = try node.zero(output.type)
        let floored = try node.combined("Mod", a, b, giving: output, as: "floored")
        let isOff = try node.combined(
            "NotEqual", .tensor(floored), zero, giving: truth, as: "has_rest")
        let isNegative = try node.combined(
            "Less", .tensor(floored), zero, giving: truth, as: "negative")
        let wanted = try node.combined(
            "Less", a, zero, giving: OutputType(.bool, try node.shape(0)), as: "dividend_negative")
        let differs = try node.combined(
            "LogicalXor", .tensor(isNegative), .tensor(wanted), giving: truth, as: "signs_differ")
        let isWrong = try node.combined(
            "LogicalAnd", .tensor(isOff), .tensor(differs), giving: truth, as: "off")
        let moved = try node.combined(
            "Subtract", .tensor(floored), b, giving: output, as: "other_sign")
        return [
            try node.operation(
                .numpy("Where"), [], .tensor(isWrong), .tensor(moved), .tensor(floored),
                giving: output)
        ]
    }
}
