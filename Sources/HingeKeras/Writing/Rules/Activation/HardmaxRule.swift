import HingeGraph
import HingeOperators

/// `Hardmax` as `OneHot` of `Argmax`.
struct HardmaxRule: OperatorRule {
    func write(_ operator: Hardmax, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let axis = try node.axis(of: `operator`, x)
        guard let extent = x.shape[axis < 0 ? axis + x.rank : axis].extent else {
            throw node.unsupported("Keras needs the extent of the axis to be known")
        }
        var reduced = x.shape
        reduced.dimensions.remove(at: axis < 0 ? axis + x.rank : axis)
        let indices = try node.operation(
            .numpy("Argmax"), [("axis", .integer(axis)), ("keepdims", false)], .tensor(x),
            giving: OutputType(.int32, reduced), as: "indices")
        return [
            try node.operation(
                .nn("OneHot"),
                [
                    ("num_classes", .integer(extent)), ("axis", .integer(axis)),
                    ("dtype", .string(x.type.description)), ("sparse", false),
                ], .tensor(indices), giving: try node.output())
        ]
    }
}
