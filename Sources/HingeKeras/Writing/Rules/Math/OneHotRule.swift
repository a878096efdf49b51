import HingeGraph
import HingeOperators

/// `OneHot` as `OneHot`, other values than 0 and 1 put in their place; negative indices count from the end.
struct OneHotRule: OperatorRule {
    func write(_ operator: OneHot, _ node: NodeWriting) throws -> [KerasTensor] {
        let output = try node.output()
        let x = try node.tensor(0)
        let depth = try node.requiredConstant(1, "the depth").doubles().first.map { Int($0) } ?? 0
        let values = try node.requiredConstant(2, "the values")
        guard values.count == 2 else {
            throw node.unsupported("expected 2 values, found \(values.count)")
        }
        let isPlain =
            try (values.dataType.isFloatingPoint || values.dataType.isInteger)
            && values.doubles() == [0, 1]
        let plain = isPlain ? output.type : .int32
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
        let rows = try node.operation(
            .nn("OneHot"),
            [
                ("num_classes", .integer(depth)),
                ("axis", .integer(axis == output.shape.rank - 1 ? -1 : axis)),
                ("dtype", .string(plain.description)), ("sparse", false),
            ], .tensor(indices), giving: OutputType(plain, output.shape),
            as: isPlain ? nil : "rows")
        if isPlain { return [rows] }
        let isHot = try node.cast(rows, to: .bool, as: "hot")
        func value(_ index: Int) throws -> CallArgument<KerasTensor> {
            let one = SliceOf(starts: [index], ends: [index + 1])
            return .constant(try Tensor.fold(one, values).reshaped(to: []))
        }
        return [
            try node.operation(
                .numpy("Where"), [], .tensor(isHot), try value(1), try value(0), giving: output)
        ]
    }
}
