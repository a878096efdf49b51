import HingeGraph

/// The input of an operator along an axis that may be computed, as `[before, L, after]`, where L is its extent along the axis.
struct AxisRows {
    /// The name of the input so.
    let value: String
    /// The name of the shape that the input has.
    let shape: String
    /// The names of the parts of that shape: before the axis, at it, and after it.
    let parts: (before: String, axis: String, after: String)
    /// The name of `[before, after]`.
    let others: String

    /// Writes the steps.
    ///
    /// - Parameter index: The position of the input that is the axis.
    /// - Throws: ``HingeError`` with the code `unsupported` when the version can't express them.
    init(_ speller: inout Speller, axis index: Int) throws {
        let zero = speller.constant(Tensor([0 as Int64]))
        let one = speller.constant(Tensor([1 as Int64]))
        let shape = speller.step("Shape", [speller.inputs[0]])
        let rank = speller.step("Shape", [shape])
        let axis = try speller.append(
            Reshape(shape: [1]), [speller.cast(speller.inputs[index], to: .int64)])
        let fromEnd = speller.step("Add", [axis, rank])
        let place = speller.step("Where", [speller.step("Less", [axis, zero]), fromEnd, axis])
        let next = speller.step("Add", [place, one])
        parts = (
            speller.step("Slice", [shape, zero, place]),
            speller.step("Slice", [shape, place, next]),
            speller.step("Slice", [shape, next, rank])
        )
        func product(_ extents: String) throws -> String {
            // There may be none.
            let factors = speller.step("Concat", [one, extents], [.int("axis", 0)])
            return try speller.append(
                ReduceProd(axes: [0]), [factors, ""], known: [.tensor(.int64, [.unknown])])
        }
        let (before, after) = (try product(parts.before), try product(parts.after))
        others = speller.step("Concat", [before, after], [.int("axis", 0)])
        let extents = speller.step("Concat", [before, parts.axis, after], [.int("axis", 0)])
        value = try speller.append(
            Reshape(allowsZero: speller.opset >= 14), [speller.inputs[0], extents])
        self.shape = shape
    }
}
