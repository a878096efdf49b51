import HingeGraph
import HingeOperators

/// What attention layers do with their scores: hide what masks leave out, and make weights of the
/// rest.
extension LayerContext {
    /// Adds to scores a large negative number where the mask is false.
    ///
    /// - Parameters:
    ///   - scores: The scores.
    ///   - mask: Booleans that broadcast to them.
    func hiding(_ scores: Operand, outside mask: Operand) throws -> Operand {
        let isHalf = try dataType(scores) == .float16
        let low = try scalar(isHalf ? -3e4 : -1e9, like: scores, "hidden")
        return try append(Where(), mask, scores, low, as: "visible")
    }

    /// Whether step `j` may be seen from step `i`, `[T, S]`: not later ones when the attention is
    /// causal, and only those less than `window` steps away.
    ///
    /// - Throws: ``HingeError`` when the numbers of steps have to be known and aren't.
    func visibility(
        _ query: Operand, _ key: Operand, axis: Int, isCausal: Bool, window: Int?
    ) throws -> Operand? {
        guard isCausal || window != nil else { return nil }
        let rows = try extent(query, axis)
        let columns = try extent(key, axis)
        guard rows <= 1 << 14, columns <= 1 << 14 else {
            throw HingeError(.limit, "expected at most 16384 steps, found \(max(rows, columns))")
        }
        let visible = (0..<rows).flatMap { row in
            (0..<columns).map { column in
                (!isCausal || column <= row) && (window.map { abs(row - column) < $0 } ?? true)
            }
        }
        return constant(Tensor(visible, shape: [rows, columns]), "visibility")
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
