extension Einsum {
    /// How the equation of two operands is a product of matrices, of which there may be many.
    package struct MatrixForm: Sendable {
        /// The dimensions of operand 0: those of which both operands and the result have one, the rows, those that are summed.
        package let first: [Int]
        /// The dimensions of operand 1: those that all have, in the same order; those that are summed; the columns.
        package let second: [Int]
        /// The dimensions of the product (those that all have, the rows, the columns) in the order of the result.
        package let result: [Int]
        /// How many dimensions all have.
        package let batchCount: Int
        /// How many are summed.
        package let sumCount: Int
    }

    /// The equation as a product of matrices.
    ///
    /// - Parameter ranks: The ranks of the operands.
    /// - Returns: `nil` where it isn't one: it has not two operands, a letter twice in one of them, a sum over what only one
    ///   operand has, or no sum.
    package func matrixForm(ranks: [Int]) -> MatrixForm? {
        guard ranks.count == 2, let equation = try? EinsumEquation(equation),
            let labels = try? equation.labels(ranks: ranks)
        else { return nil }
        let (first, second) = (labels[0], labels[1])
        let result = equation.outputLabels(labels)
        let (inFirst, inSecond) = (Set(first), Set(second))
        guard inFirst.count == first.count, inSecond.count == second.count else { return nil }
        let batch = result.filter { inFirst.contains($0) && inSecond.contains($0) }
        let rows = result.filter { !inSecond.contains($0) }
        let columns = result.filter { !inFirst.contains($0) }
        let sums = first.filter { inSecond.contains($0) && !result.contains($0) }
        guard !sums.isEmpty, batch.count + rows.count + sums.count == first.count,
            batch.count + sums.count + columns.count == second.count
        else { return nil }
        func places(_ wanted: [EinsumEquation.Label], _ given: [EinsumEquation.Label]) -> [Int] {
            wanted.compactMap { given.firstIndex(of: $0) }
        }
        return MatrixForm(
            first: places(batch + rows + sums, first),
            second: places(batch + sums + columns, second),
            result: places(result, batch + rows + columns), batchCount: batch.count,
            sumCount: sums.count)
    }
}
