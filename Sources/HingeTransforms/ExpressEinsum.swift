import HingeGraph
import HingeOperators
import HingeProgram

/// Puts matrix products in the place of `Einsum`.
///
/// Rules, for two operands of floating-point numbers and a sum over dimensions that both have:
/// 1. The equation becomes `MatMul`, with a `Transpose` of each operand, and of the result, whose dimensions stand in another
///    order.
/// 2. Rows, columns or summed dimensions that are several, or rows or columns that are none, become one by `Reshape`; all
///    extents must be known for that.
/// 3. Dimensions that both operands have must surely be equal: nothing is left to broadcasting.
public struct ExpressEinsum: Pass {
    /// The name of the pass.
    public static let name = "express-einsum"

    /// Creates the pass.
    public init() {}

    /// What each of its rules needs.
    public var anchors: [any Operator.Type]? { [Einsum.self] }

    /// Runs the pass.
    public func run(_ program: inout Program) throws -> Bool {
        try program.edit { editor in
            for id in editor.ids {
                guard let product = EinsumProduct(id, editor) else { continue }
                try product.replace(id, &editor)
            }
        }
    }
}

/// An `Einsum` that is a matrix product.
private struct EinsumProduct {
    private let form: Einsum.MatrixForm
    private let operands: [Program.SlotID]
    /// The dimensions of the operands in the product's order.
    private let first: [Shape.Dimension]
    private let second: [Shape.Dimension]

    init?(_ id: Program.StepID, _ editor: ProgramEditor) {
        guard let (step, einsum) = editor.match(id, as: Einsum.self), step.inputs.count == 2,
            let a = step.inputs[0], let b = step.inputs[1],
            editor.dataType(a)?.isFloatingPoint ?? false, let left = editor.shape(a),
            let right = editor.shape(b),
            let form = einsum.matrixForm(ranks: [left.rank, right.rank])
        else { return nil }
        self.form = form
        operands = [a, b]
        first = form.first.map { left[$0] }
        second = form.second.map { right[$0] }
        let shared = first[..<form.batchCount] + first.suffix(form.sumCount)
        let shape = [rows.count, form.sumCount, columns.count]
        guard shared == second[..<(form.batchCount + form.sumCount)], !shared.contains(.unknown),
            shape == [1, 1, 1]
                || (first + second).allSatisfy({ ($0.extent ?? 0) > 0 })
        else { return nil }
    }

    private var batch: [Shape.Dimension] { Array(first[..<form.batchCount]) }
    private var rows: [Shape.Dimension] {
        Array(first[form.batchCount..<first.count - form.sumCount])
    }
    private var sums: [Shape.Dimension] { first.suffix(form.sumCount) }
    private var columns: [Shape.Dimension] {
        Array(second[(form.batchCount + form.sumCount)...])
    }

    func replace(_ id: Program.StepID, _ editor: inout ProgramEditor) throws {
        let name = editor.step(id)?.name ?? ""
        func insert(
            _ operation: any Operator, _ inputs: [Program.SlotID],
            _ editor: inout ProgramEditor
        ) throws -> Program.SlotID {
            try editor.insert(
                operation, inputs: inputs, before: id,
                hint: name.isEmpty ? nil : "\(name)/\(operation.id.type)")
        }
        func factor(
            _ operand: Program.SlotID, _ order: [Int], _ shape: [[Shape.Dimension]],
            _ editor: inout ProgramEditor
        ) throws -> Program.SlotID {
            var factor = operand
            if order != Array(order.indices) {
                factor = try insert(Transpose(order), [factor], &editor)
            }
            guard shape.contains(where: { $0.count != 1 }) else { return factor }
            return try insert(Reshape(shape: matrices(shape)), [factor], &editor)
        }
        let factors = [
            try factor(operands[0], form.first, [rows, sums], &editor),
            try factor(operands[1], form.second, [sums, columns], &editor),
        ]
        var last: any Operator = MatMul()
        var inputs = factors
        func follow(_ operation: any Operator, _ editor: inout ProgramEditor) throws {
            inputs = [try insert(last, inputs, &editor)]
            last = operation
        }
        if [rows, columns].contains(where: { $0.count != 1 }) {
            let extents = (batch + rows + columns).compactMap(\.extent)
            try follow(Reshape(shape: extents), &editor)
        }
        if form.result != Array(form.result.indices) {
            try follow(Transpose(form.result), &editor)
        }
        try editor.replace([id], with: last, inputs: inputs)
    }

    /// The shape of matrices, whose rows and columns are several dimensions.
    private func matrices(_ shape: [[Shape.Dimension]]) -> [Int] {
        batch.compactMap(\.extent)
            + shape.map { $0.compactMap(\.extent).reduce(1, *) }
    }
}
