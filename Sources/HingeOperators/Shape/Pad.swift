import HingeGraph

/// Adds elements before and after each dimension, or removes them where the number is negative.
///
/// Input 1, `int64[2n]`, is how many before each of `n` dimensions, then how many after. Input 2 is the value of
/// constant padding, input 3 the dimensions; all without it.
///
/// Source: ONNX Pad 1, 2, 11, 13, 18, 19, 21, 23, 24, 25, and NumPy's `pad`. Before 11 the numbers and the value were
/// attributes; the axes came with 18, `wrap` with 19.
public struct Pad: PreparedOperator {
    /// Where the new elements come from.
    public var mode: Mode
    /// How many before each dimension, then how many after, where they are a constant of the operator; otherwise
    /// they are input 1.
    public var pads: [Int]?
    /// The value of constant padding, where it is a constant of the operator; otherwise it is input 2, or 0.
    public var value: Float?

    /// Where new elements come from.
    public enum Mode: String, Sendable, CaseIterable {
        /// One value.
        case constant
        /// The tensor mirrored at its first and last element, which aren't repeated.
        case reflect
        /// The first or last element.
        case edge
        /// The other end of the tensor.
        case wrap
    }

    /// Creates the operator; without pads, those are input 1.
    public init(_ mode: Mode = .constant, pads: [Int]? = nil, value: Float? = nil) {
        self.mode = mode
        self.pads = pads
        self.value = value
    }
}

public extension Pad {
    static let type = "Pad"

    init(_ node: NodeReader) throws {
        mode = try node.word("mode", default: .constant)
        guard node.opset < 11 else { return }
        let name = node.opset < 2 ? "paddings" : "pads"
        pads = try node.required(name, node.ints(name))
        value = try node.float("value")
    }

    var operandValues: [Int: Tensor] {
        pads.map { [1: Tensor($0.map { Int64($0) })] } ?? [:]
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let type = context.dataType(0)
        guard let shape = context.shape(0) else {
            return [
                .tensor(
                    type,
                    context.length(1).flatMap { context.has(3) ? nil : .unknown(rank: $0 / 2) })
            ]
        }
        guard !context.has(3) || context.integers(3) != nil else {
            return [.tensor(type, .unknown(rank: shape.rank))]
        }
        let axes = context.integers(3)
        guard let pads = context.integers(1) else {
            return [.tensor(type, try inferComputed(shape, axes, context.elements(1)))]
        }
        let widths = try PadWidths(pads, axes: axes, rank: shape.rank)
        return [
            .tensor(
                type,
                Shape(
                    shape.dimensions.indices.map { index in
                        .sum([
                            shape[index], .known(widths.before[index]),
                            .known(widths.after[index]),
                        ])
                    }))
        ]
    }

    /// The shape of the output where not all numbers are known.
    private func inferComputed(
        _ shape: Shape, _ axes: [Int]?, _ pads: [Shape.Dimension]?
    ) throws -> Shape {
        let axes = try axes.map { try InferenceContext.axes($0, rank: shape.rank) }
        let padded = axes ?? Array(0..<shape.rank)
        let isKnown = pads?.count == 2 * padded.count
        var result = shape
        for (index, axis) in padded.enumerated() {
            guard isKnown, let pads else {
                result[axis] = .unknown
                continue
            }
            result[axis] = .sum([shape[axis], pads[index], pads[padded.count + index]])
        }
        return result
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs = moving(0, of: outputs)
        needs[1] = .within(0, 1)
        if let count = context.length(3) { needs[3] = .exactly(Array(0..<count)) }
        return needs
    }

    /// By nothing.
    func isIdentity(_ context: InferenceContext, _ outputs: [Inferred]) -> Bool {
        context.integers(1)?.allSatisfy { $0 == 0 } ?? false
    }

    /// In the dimensions where they were before.
    func form(under permutation: Permutation, _ context: InferenceContext) -> TransposedForm? {
        guard let pads = context.integers(1) else { return nil }
        var moved = self
        moved.pads = nil
        if context.has(3) {
            guard let axes = context.integers(3), let sources = permutation.sources(of: axes)
            else { return nil }
            return TransposedForm(
                moved,
                constants: [1: TransposedForm.vector(pads), 3: TransposedForm.vector(sources)],
                output: permutation)
        }
        let rank = permutation.rank
        guard pads.count == 2 * rank else { return nil }
        let back = permutation.inverse
        let reordered = back.apply(Array(pads[..<rank])) + back.apply(Array(pads[rank...]))
        return TransposedForm(
            moved, constants: [1: TransposedForm.vector(reordered)], output: permutation)
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        return try context.kernel(knowing: 1..<4) { try kernel(x, $0) }
    }

    /// The kernel for a tensor of a type, given what the other inputs hold.
    private func kernel(_ x: KnownTensor, _ context: EvaluationContext) throws -> Kernel {
        let widths = try PadWidths(
            context.input(1).integers(), axes: context.optionalInput(3)?.integers(), rank: x.rank)
        let shape = try x.shape.indices.map { index in
            let sum = x.shape[index] + widths.before[index] + widths.after[index]
            guard sum >= 0 else {
                throw HingeError(
                    .mismatch, "cannot remove more than the \(x.shape[index]) elements there are")
            }
            return sum
        }
        try MemoryLimit.check(x.dataType, shape)
        if mode == .constant {
            var value = try Tensor(zeros: x.dataType, shape: [1])
            if let operand = try context.optionalInput(2) {
                value = operand
            } else if let number = self.value {
                value = try Tensor(filledWith: Double(number), x.dataType, shape: [1])
            }
            guard value.count == 1 else {
                throw HingeError(.mismatch, "expected one value to pad with, found \(value.shape)")
            }
            let interior = PadInterior(x.shape, widths, shape)
            let padding = value
            return { try $0.move($0.input(0), padding, shape, by: interior) }
        }
        let tables = try x.shape.indices.map { axis in
            try mode.sources(
                extent: x.shape[axis], before: widths.before[axis], after: widths.after[axis],
                count: shape[axis])
        }
        return TableCopy(tables, shape: x.shape).kernel(shape)
    }
}

extension Pad.Mode {
    /// The index in the input of each element along a dimension of the output: elements are removed first, and what is
    /// added is made of those that are left.
    fileprivate func sources(
        extent: Int, before: Int, after: Int, count: Int
    ) throws -> [Int] {
        let first = max(-before, 0)
        let left = extent - first - max(-after, 0)
        guard left > 0 || count == 0 else {
            throw HingeError(.mismatch, "there is nothing to \(rawValue) in an empty dimension")
        }
        return (0..<count).map { position in
            let index = position - max(before, 0)
            switch self {
            case .constant, .edge: return first + min(max(index, 0), left - 1)
            case .wrap: return first + (index % left + left) % left
            case .reflect:
                guard left > 1 else { return first }
                let period = 2 * (left - 1)
                let phase = (index % period + period) % period
                return first + (phase < left ? phase : period - phase)
            }
        }
    }
}

/// How many elements are added before and after each dimension.
struct PadWidths {
    var before: [Int]
    var after: [Int]

    /// - Throws: ``HingeError`` when there aren't two numbers for each axis, or they are too large.
    init(_ pads: [Int], axes: [Int]?, rank: Int) throws {
        let axes = try axes.map { try InferenceContext.axes($0, rank: rank) } ?? Array(0..<rank)
        guard pads.count == 2 * axes.count else {
            throw HingeError(
                .mismatch,
                "expected \(2 * axes.count) pads for \(axes.count) dimensions, found \(pads.count)")
        }
        guard pads.allSatisfy({ abs(Double($0)) < 0x1p40 }) else {
            throw HingeError(.limit, "pads \(pads) are too large")
        }
        before = [Int](repeating: 0, count: rank)
        after = before
        for (index, axis) in axes.enumerated() {
            before[axis] = pads[index]
            after[axis] = pads[axes.count + index]
        }
    }
}

/// Copies what remains of the tensor, row by row, and writes a value around it.
private struct PadInterior: Movement {
    /// The result's extents, those that are not padded merged into the dimension before them.
    private var extents: [Int] = []
    /// The indices in each of them that come from the source.
    private var inside: [Range<Int>] = []
    /// The source's steps.
    private var steps: [Int] = []
    /// What to add to the offset of an index in the source.
    private var offset = 0

    init(_ source: [Int], _ widths: PadWidths, _ shape: [Int]) {
        let strides = StridedCopy.strides(of: source)
        for index in source.indices {
            let (before, after) = (widths.before[index], widths.after[index])
            let start = max(before, 0)
            let count = max(0, source[index] + min(before, 0) + min(after, 0))
            offset -= before * strides[index]
            if before == 0, after == 0, let last = extents.indices.last {
                extents[last] *= source[index]
                inside[last] =
                    inside[last].lowerBound * source[index]..<inside[last].upperBound
                    * source[index]
                steps[last] = strides[index]
            } else {
                extents.append(shape[index])
                inside.append(start..<start + count)
                steps.append(strides[index])
            }
        }
        if extents.isEmpty { (extents, inside, steps) = ([1], [0..<1], [1]) }
    }

    @inline(__always)
    func callAsFunction<Element>(
        _ sources: MovementSources<Element>, _ result: UnsafeMutablePointer<Element>
    ) {
        let source = sources[0]
        let value = sources[1].pointee
        parallelFor(extents.reduce(1, *), cost: 1) { range in
            forEachPart(in: range) { from, to, count in
                if let from {
                    (result + to).update(from: source + from, count: count)
                } else {
                    (result + to).update(repeating: value, count: count)
                }
            }
        }
    }

    /// Calls `body` with the parts of a range of the result's elements: where each comes from, `nil` for the value.
    @inline(never)
    private func forEachPart(
        in range: Range<Int>, _ body: (_ from: Int?, _ to: Int, _ count: Int) -> Void
    ) {
        let last = extents.count - 1
        withTemporaryMemory(of: Int.self, capacity: last) { index in
            forEachPart(in: range, index, length: extents[last], columns: inside[last], body)
        }
    }

    /// - Parameter index: Memory for the index of a row.
    private func forEachPart(
        in range: Range<Int>, _ index: UnsafeMutableBufferPointer<Int>, length: Int,
        columns: Range<Int>, _ body: (_ from: Int?, _ to: Int, _ count: Int) -> Void
    ) {
        var (row, column) = range.lowerBound.quotientAndRemainder(dividingBy: length)
        for dimension in index.indices.reversed() {
            (row, index[dimension]) = row.quotientAndRemainder(dividingBy: extents[dimension])
        }
        var position = range.lowerBound
        while position < range.upperBound {
            var isInside = true
            var start = offset
            for dimension in index.indices {
                isInside = isInside && inside[dimension].contains(index[dimension])
                start += index[dimension] * steps[dimension]
            }
            // Before, inside and behind the columns of the source.
            let bounds = isInside ? (columns.lowerBound, columns.upperBound) : (length, length)
            for part in 0..<3 where position < range.upperBound {
                let bound = part == 0 ? bounds.0 : part == 1 ? bounds.1 : length
                let count = min(bound - column, range.upperBound - position)
                guard count > 0 else { continue }
                body(isInside && part == 1 ? start + column : nil, position, count)
                position += count
                column += count
            }
            column = 0
            for dimension in index.indices.reversed() {
                index[dimension] += 1
                if index[dimension] < extents[dimension] { break }
                index[dimension] = 0
            }
        }
    }
}

extension Pad: DifferentiableOperator {
    /// Of constant padding, the part of `g` that was there before, and for the value the sum of what was added; of other
    /// modes, `g` where its elements came from, added up.
    public func differentiate(_ derivative: inout Derivative) throws {
        guard mode == .constant else { return try derivative.putBack(self) }
        let (g, x) = (try derivative.outputGradient(), try derivative.input(0))
        let pads = try derivative.input(1)
        let axes = derivative.optionalInput(3)
        if derivative.wants(0) {
            let inverse = try derivative.append(Neg(), pads)
            derivative.give(try derivative.append(Pad(), g, inverse, nil, axes), for: 0)
        }
        if derivative.wants(2) {
            let ones = try derivative.filled(1, like: x)
            let mask = try derivative.append(Pad(), ones, pads, nil, axes)
            let added = try derivative.multiply(g, derivative.subtract(1, mask))
            let sum = try derivative.append(ReduceSum(keepsDimensions: false), added)
            derivative.give(try derivative.reshape(sum, like: derivative.input(2)), for: 2)
        }
    }
}
