import HingeGraph
import HingeOperators

/// `Expand` as `BroadcastTo` where the extents are known; else as a product with ones, which keeps unknown ones as they are.
struct ExpandRule: OperatorRule {
    func write(_ operator: Expand, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let output = try node.output()
        if x.shape == output.shape { return [x] }
        if let extents = output.shape.extents {
            return [
                try node.operation(
                    .numpy("BroadcastTo"), [("shape", .integers(extents))], .tensor(x),
                    giving: output)
            ]
        }
        let missing = [Shape.Dimension](repeating: 1, count: max(output.shape.rank - x.rank, 0))
        var extents: [Int] = []
        for (old, new) in zip(missing + x.shape.dimensions, output.shape.dimensions) {
            if old == new, old != .unknown {
                extents.append(1)
            } else if let extent = new.extent {
                extents.append(extent)
            } else {
                throw node.unsupported(
                    "Keras can't expand \(x.shape) to \(output.shape), which isn't known")
            }
        }
        let isTruth = x.type == .bool
        return [
            try node.operation(
                .numpy(isTruth ? "LogicalAnd" : "Multiply"), [], .tensor(x),
                .constant(try Tensor(filledWith: 1, x.type, shape: extents)), giving: output)
        ]
    }
}
