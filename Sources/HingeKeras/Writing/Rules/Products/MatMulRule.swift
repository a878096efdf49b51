import HingeGraph
import HingeOperators

/// `MatMul` as `Dense` when its second matrix is a constant, with the addition of a vector behind it as the bias; else as the
/// operation.
struct MatMulRule: OperatorRule {
    func write(_ operator: MatMul, _ node: NodeWriting) throws -> [KerasTensor] {
        if let kernel = node.constant(1), kernel.rank == 2, node.constant(0) == nil,
            kernel.dataType.isFloatingPoint, case let x = try node.tensor(0), x.rank > 1
        {
            return [try node.dense(x, kernel, bias: try node.absorbBias(kernel.shape[1]))]
        }
        return [
            try node.operation(
                .numpy("Matmul"), [], try node.argument(0), try node.argument(1),
                giving: try node.output())
        ]
    }
}
