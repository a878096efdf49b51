import HingeGraph
import HingeOperators

/// `OneHot` with the values 0 and 1 as `OneHot`; negative indices count from the end, as `Mod` makes them.
struct OneHotRule: OperatorRule {
    func write(_ operator: OneHot, _ node: NodeWriting) throws -> [KerasTensor] {
        let output = try node.output()
        let x = try node.tensor(0)
        let depth = try node.requiredConstant(1, "the depth").doubles().first.map { Int($0) } ?? 0
        let values = try node.requiredConstant(2, "the values").doubles()
        guard values == [0, 1] else {
            throw node.unsupported("Keras has the values 0 and 1 there, not \(values)")
        }
        let axis = try InferenceContext.axis(`operator`.axis, rank: output.shape.rank)
        let whole = try x.type.isFloatingPoint ? node.cast(x, to: .int64, as: "whole") : x
        // Indices out of range give zeros in both; those below zero count from the end.
        let isBelow = try node.operation(
            .numpy("Less"), [], .tensor(whole), try node.zero(whole.type),
            giving: OutputType(.bool, x.shape), as: "below")
        let shifted = try node.operation(
            .numpy("Add"), [], .tensor(whole), try node.number(Double(depth), whole.type),
            giving: OutputType(whole.type, x.shape), as: "shifted")
        let indices = try node.operation(
            .numpy("Where"), [], .tensor(isBelow), .tensor(shifted), .tensor(whole),
            giving: OutputType(whole.type, x.shape), as: "indices")
        return [
            try node.operation(
                .nn("OneHot"),
                [
                    ("num_classes", .integer(depth)),
                    ("axis", .integer(axis == output.shape.rank - 1 ? -1 : axis)),
                    ("dtype", .string(output.type.description)), ("sparse", false),
                ], .tensor(indices), giving: output)
        ]
    }
}
