import HingeGraph
import HingeOperators

/// What attention layers do with their scores: hide what masks leave out, and make weights of the
/// rest.
extension LayerContext {
    /// Puts a large negative number where the mask is false.
    ///
    /// - Parameters:
    ///   - scores: The scores.
    ///   - mask: Booleans that broadcast to them.
    func hiding(_ scores: Operand, outside mask: Operand) throws -> Operand {
        let isHalf = try dataType(scores) == .float16
        let low = try scalar(isHalf ? -3e4 : -1e9, like: scores, "hidden")
        return try append(Where(), mask, scores, low, as: "visible")
    }

    /// Adds a large negative number where the mask is false, which keeps the order of scores that
    /// all are hidden.
    ///
    /// - Parameters:
    ///   - scores: The scores.
    ///   - mask: Booleans that broadcast to them.
    ///   - halfPenalty: What half precision adds.
    func lowering(
        _ scores: Operand, outside mask: Operand, halfPenalty: Double
    ) throws -> Operand {
        let isHalf = try dataType(scores) == .float16
        let penalty = try scalar(isHalf ? halfPenalty : -1e9, like: scores, "penalty")
        let lowered = try append(Add(), scores, penalty, as: "lowered")
        return try append(Where(), mask, scores, lowered, as: "visible")
    }

    /// Whether step `j` may be seen from step `i`, `[T, S]`: not later ones when the attention is
    /// causal, and only those less than `window` steps away.
    func visibility(
        _ query: Operand, _ key: Operand, axis: Int, isCausal: Bool, window: Int?
    ) throws -> Operand? {
        guard isCausal || window != nil else { return nil }
        guard let rows = try shape(query)[axis].extent, let columns = try shape(key)[axis].extent
        else { return try computedVisibility(query, key, axis, isCausal, window) }
        guard rows <= 1 << 14, columns <= 1 << 14 else {
            throw HingeError(.limit, "expected at most 16384 steps, found \(max(rows, columns))")
        }
        var visible: [Bool] = []
        for row in 0..<rows {
            for column in 0..<columns {
                let isPast = !isCausal || column <= row
                let isNear = window.map { abs(row - column) < $0 } ?? true
                visible.append(isPast && isNear)
            }
        }
        return constant(Tensor(visible, shape: [rows, columns]), "visibility")
    }

    /// The same for numbers of steps that only a run can tell.
    private func computedVisibility(
        _ query: Operand, _ key: Operand, _ axis: Int, _ isCausal: Bool, _ window: Int?
    ) throws -> Operand? {
        let counts = try [query, key].map {
            try append(ShapeOf(start: axis, end: axis + 1), $0, as: "count")
        }
        let shape = try append(Concat(axis: 0), counts, as: "counts")[0]
        let one = constant(Tensor(scalar: Int64(1)), "one")
        let ones = try append(Expand(), one, shape, as: "ones")
        let row = try append(CumSum(axis: 0), ones, as: "row")
        let column = try append(CumSum(axis: 1), ones, as: "column")
        let past = isCausal ? try append(GreaterOrEqual(), row, column, as: "past") : nil
        let near = try window.map { window in
            let apart = try append(Sub(), row, column, as: "apart")
            let distance = try append(Abs(), apart, as: "distance")
            return try append(
                Less(), distance, constant(Tensor(scalar: Int64(window)), "window"), as: "near")
        }
        return try all([past, near])
    }

    /// Masks of which all must be true; `nil` when there are none.
    func all(_ masks: [Operand?]) throws -> Operand? {
        let given = masks.compactMap { $0 }
        guard var result = given.first else { return nil }
        for mask in given.dropFirst() {
            result = try append(And(), result, mask, as: "mask")
        }
        return result
    }

    /// A mask of booleans; numbers other than 0 are true.
    func boolean(_ mask: Operand) throws -> Operand {
        try dataType(mask) == .bool ? mask : append(Cast(to: .bool), mask, as: "mask")
    }
}
