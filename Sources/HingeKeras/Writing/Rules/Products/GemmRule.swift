import HingeGraph
import HingeOperators

/// `Gemm` as `Dense` when its second matrix is a constant; else as operations.
struct GemmRule: OperatorRule {
    func write(_ operator: Gemm, _ node: NodeWriting) throws -> [KerasTensor] {
        var x = try node.matrix(0, isTransposed: `operator`.transposesA)
        if let weights = node.constant(1), case .tensor(let tensor) = x {
            var kernel =
                `operator`.transposesB ? try Tensor.fold(Transpose([1, 0]), weights) : weights
            kernel = try kernel.scaled(by: `operator`.alpha)
            let units = kernel.shape[1]
            if !node.has(2) || `operator`.beta == 0 {
                return [try node.dense(tensor, kernel, bias: try node.absorbBias(units))]
            }
            if let bias = try node.constant(2)?.vector(units) {
                return [try node.dense(tensor, kernel, bias: bias.scaled(by: `operator`.beta))]
            }
            x = .tensor(try node.dense(tensor, kernel, bias: nil, as: "product"))
        } else {
            let output = try node.output()
            let y = try node.matrix(1, isTransposed: `operator`.transposesB)
            let isLast = `operator`.alpha == 1 && (!node.has(2) || `operator`.beta == 0)
            var product = try node.operation(
                .numpy("Matmul"), [], x, y, giving: output, as: isLast ? nil : "product")
            if `operator`.alpha != 1 {
                product = try node.operation(
                    .numpy("Multiply"), [], .tensor(product),
                    try node.number(Double(`operator`.alpha), output.type), giving: output,
                    as: node.has(2) ? "scaled" : nil)
            }
            guard node.has(2), `operator`.beta != 0 else { return [product] }
            x = .tensor(product)
        }
        return [try added(x, `operator`.beta, node)]
    }

    /// The sum of the product and the scaled third input.
    private func added(
        _ product: CallArgument<KerasTensor>, _ beta: Float, _ node: NodeWriting
    ) throws -> KerasTensor {
        var addend = try node.argument(2)
        let output = try node.output()
        if case .constant(let constant) = addend {
            addend = .constant(try constant.scaled(by: beta))
        } else if beta != 1 {
            addend = .tensor(
                try node.operation(
                    .numpy("Multiply"), [], addend, try node.number(Double(beta), output.type),
                    giving: OutputType(output.type, try node.shape(2)), as: "addend"))
        }
        return try node.operation(.numpy("Add"), [], product, addend, giving: output)
    }
}

extension NodeWriting {
    /// A matrix, perhaps transposed, as an argument.
    fileprivate func matrix(
        _ position: Int, isTransposed: Bool
    ) throws -> CallArgument<KerasTensor> {
        let matrix = try argument(position)
        guard isTransposed else { return matrix }
        if case .constant(let constant) = matrix {
            return .constant(try .fold(Transpose([1, 0]), constant))
        }
        let shape = try shape(position)
        return .tensor(
            try operation(
                .numpy("Transpose"), [("axes", [1, 0])], matrix,
                giving: OutputType(try type(position), [shape[1], shape[0]]),
                as: "transposed_\(position)"))
    }
}
