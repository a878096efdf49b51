import HingeGraph
import HingeOperators

/// `ArgMax` as `Argmax`, whose indices are of 32 bits and are widened.
struct ArgMaxRule: OperatorRule {
    func write(_ operator: ArgMax, _ node: NodeWriting) throws -> [KerasTensor] {
        try node.extremum(
            "Argmax", `operator`.axis, `operator`.keepsDimensions, `operator`.selectsLast)
    }
}

/// `ArgMin` as `Argmin`, whose indices are of 32 bits and are widened.
struct ArgMinRule: OperatorRule {
    func write(_ operator: ArgMin, _ node: NodeWriting) throws -> [KerasTensor] {
        try node.extremum(
            "Argmin", `operator`.axis, `operator`.keepsDimensions, `operator`.selectsLast)
    }
}

extension NodeWriting {
    fileprivate func extremum(
        _ name: String, _ axis: Int, _ keepsDimensions: Bool, _ selectsLast: Bool
    ) throws -> [KerasTensor] {
        guard !selectsLast else {
            throw unsupported("Keras takes the first of equal elements, not the last")
        }
        let output = try output()
        let indices = try operation(
            .numpy(name), [("axis", .integer(axis)), ("keepdims", .bool(keepsDimensions))],
            .tensor(try tensor(0)), giving: OutputType(.int32, output.shape), as: "indices")
        return [try cast(indices, to: output.type)]
    }
}
