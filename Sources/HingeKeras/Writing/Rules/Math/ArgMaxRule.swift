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
    /// The place of an extremum; the last of equal ones is the first in the opposite order.
    fileprivate func extremum(
        _ name: String, _ axis: Int, _ keepsDimensions: Bool, _ selectsLast: Bool
    ) throws -> [KerasTensor] {
        var x = try tensor(0)
        let output = try output()
        let place = try InferenceContext.axis(axis, rank: x.rank)
        let config: [(String, JSONValue)] = [
            ("axis", .integer(axis)), ("keepdims", .bool(keepsDimensions)),
        ]
        let type = OutputType(.int32, output.shape)
        guard selectsLast else {
            let indices = try operation(
                .numpy(name), config, .tensor(x), giving: type, as: "indices")
            return [try cast(indices, to: output.type)]
        }
        guard let extent = x.shape[place].extent else {
            throw unsupported(
                "Keras needs the extent to be known to find the last of equal elements")
        }
        x = try flipped(x, place, as: "reversed")
        let fromEnd = try operation(
            .numpy(name), config, .tensor(x), giving: type, as: "from_end")
        let indices = try combined(
            "Subtract", try number(Double(extent - 1), .int32), .tensor(fromEnd), giving: type,
            as: "indices")
        return [try cast(indices, to: output.type)]
    }
}
