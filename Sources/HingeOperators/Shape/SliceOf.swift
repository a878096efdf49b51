import HingeGraph

/// Takes a range of indices in some dimensions: from `starts`, input 1, to before `ends`, input 2, in the dimensions
/// `axes`, input 3, each `steps`, input 4, apart.
///
/// Negative starts and ends count from the end; both are clamped to the extent, so that a large number
/// means the end. Negative steps go backwards.
///
/// The operator `Slice` of ONNX; `Swift.Slice` is something else.
///
/// Source: ONNX Slice 1, 10, 11, 13, and NumPy's slicing; before 10 all but the data were attributes and there
/// were no steps.
public struct SliceOf: PreparedOperator {
    /// The ranges, where they are a constant of the operator; otherwise they are inputs 1 to 4.
    public var ranges: Ranges?

    /// Ranges of indices in some dimensions.
    public struct Ranges: Sendable, Hashable {
        /// The first index in each dimension.
        public var starts: [Int]
        /// The index at which to stop, which isn't taken.
        public var ends: [Int]
        /// The dimensions; all if `nil`.
        public var axes: [Int]?
        /// The distance from one index to the next; 1 if `nil`.
        public var steps: [Int]?
    }

    /// Creates the operator; the ranges are its inputs.
    public init() {}

    /// Creates the operator with constant ranges.
    public init(starts: [Int], ends: [Int], axes: [Int]? = nil, steps: [Int]? = nil) {
        ranges = Ranges(starts: starts, ends: ends, axes: axes, steps: steps)
    }
}

public extension SliceOf {
    static let type = "Slice"

    init(_ node: NodeReader) throws {
        guard node.opset < 10 else { return }
        ranges = Ranges(
            starts: try node.required("starts", node.ints("starts")),
            ends: try node.required("ends", node.ints("ends")), axes: try node.ints("axes"))
    }

    var operandValues: [Int: Tensor] {
        guard let ranges else { return [:] }
        func vector(_ values: [Int]) -> Tensor { Tensor(values.map { Int64($0) }) }
        var values = [1: vector(ranges.starts), 2: vector(ranges.ends)]
        values[3] = ranges.axes.map(vector)
        values[4] = ranges.steps.map(vector)
        return values
    }

    func spell(_ speller: inout Speller) throws {
        let axes = speller.constantInput(3).flatMap { try? $0.integers() }
        if speller.opset < 11, let axes, axes.contains(where: { $0 < 0 }) {
            let positive = try speller.nonNegative(axes, before: 11)
            var inputs = speller.inputs
            var known = speller.known
            let tensor = Tensor(positive.map { Int64($0) })
            inputs[3] = speller.constant(tensor)
            known[3] = Inferred(constant: tensor)
            return try speller.append(
                SliceOf(), inputs, outputs: speller.outputs, known: known)
        }
        guard speller.opset < 10 else { return speller.emit(Self.type) }
        if speller.hasInput(4) {
            let steps = try speller.constantInput(4, named: "a list of steps", needing: 10)
                .integers()
            guard steps.allSatisfy({ $0 == 1 }) else { throw speller.needs(10, "Slice with steps") }
        }
        var attributes: [Attribute] = [
            .ints(
                "starts",
                try speller.constantInput(1, named: "a list of starts", needing: 10).integers()),
            .ints(
                "ends",
                try speller.constantInput(2, named: "a list of ends", needing: 10).integers()),
        ]
        if speller.hasInput(3) {
            attributes.append(
                .ints(
                    "axes",
                    try speller.constantInput(3, named: "a list of axes", needing: 10).integers()))
        }
        speller.emit(
            Self.type, attributes, inputs: [speller.inputs[0]], outputs: speller.outputs)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let type = context.dataType(0)
        guard let shape = context.shape(0) else { return [.tensor(type, nil)] }
        let count = context.elements(1)?.count ?? context.length(1)
        for (index, name) in [(2, "ends"), (3, "axes"), (4, "steps")] {
            guard let count, let other = context.length(index) else { continue }
            try context.require(
                other == count, "expected as many \(name) as starts, \(count), found \(other)")
        }
        guard let axes = try axes(context, rank: shape.rank, count: count) else {
            return [.tensor(type, .unknown(rank: shape.rank))]
        }
        let starts = context.elements(1) ?? []
        let ends = context.elements(2) ?? []
        let steps = context.has(4) ? context.elements(4) : axes.map { _ in 1 }
        var result = shape
        var picked: SliceRange?
        for (index, axis) in axes.enumerated() {
            let start = index < starts.count ? starts[index] : .unknown
            let end = index < ends.count ? ends[index] : .unknown
            let step = steps.flatMap { index < $0.count ? $0[index] : nil } ?? .unknown
            result[axis] = SliceRange.extent(of: shape[axis], start, end, step)
            if let extent = shape[axis].extent, let start = start.extent, let end = end.extent,
                let step = step.extent
            {
                picked = try SliceRange(start: start, end: end, step: step, extent: extent)
            }
        }
        var inferred = Inferred.tensor(type, result)
        if shape.rank == 1, let elements = context.elements(0) {
            if axes.isEmpty {
                inferred.elements = elements
            } else if let picked, shape[0].extent == elements.count {
                inferred.elements = picked.indices.map { elements[$0] }
            }
        }
        return [inferred]
    }

    /// The dimensions that are sliced, if known.
    private func axes(_ context: InferenceContext, rank: Int, count: Int?) throws -> [Int]? {
        if context.has(3) {
            return try context.integers(3).map { try InferenceContext.axes($0, rank: rank) }
        }
        guard let count else { return nil }
        try context.require(count <= rank, "expected at most \(rank) starts, found \(count)")
        return Array(0..<count)
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs = moving(0, of: outputs)
        guard let rank = context.shape(0)?.rank, let count = context.length(1) else { return needs }
        let axes = context.integers(3) ?? Array(0..<min(count, rank))
        let extents = axes.map { context.extent(0, $0) }
        needs[1] = .exactly(extents.map { ($0 ?? 1) > 2 ? 1 : 0 })
        needs[2] = .exactly(extents.map { $0 ?? 1 })
        needs[3] = .exactly(axes)
        needs[4] = .exactly(axes.map { _ in 1 })
        return needs
    }

    /// In all dimensions, from the first element to the last.
    func isIdentity(_ context: InferenceContext, _ outputs: [Inferred]) -> Bool {
        guard context.keepsShape(outputs) else { return false }
        return !context.has(4) || context.integers(4)?.allSatisfy { $0 > 0 } ?? false
    }

    /// In the dimensions where they were before.
    func form(under permutation: Permutation, _ context: InferenceContext) -> TransposedForm? {
        guard let count = context.integers(1)?.count,
            let axes = context.has(3) ? context.integers(3) : Array(0..<count),
            let sources = permutation.sources(of: axes)
        else { return nil }
        return TransposedForm(
            SliceOf(), constants: [3: TransposedForm.vector(sources)], output: permutation)
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        return try context.kernel(knowing: 1..<5) { try kernel(x, $0) }
    }

    /// The kernel for a tensor of a type, given what the other inputs hold.
    private func kernel(_ x: KnownTensor, _ context: EvaluationContext) throws -> Kernel {
        let starts = try context.input(1).integers()
        let ends = try context.input(2).integers()
        let axes = try InferenceContext.axes(
            context.optionalInput(3)?.integers() ?? Array(starts.indices), rank: x.rank)
        let steps =
            try context.optionalInput(4)?.integers() ?? [Int](repeating: 1, count: axes.count)
        guard ends.count == starts.count, axes.count == starts.count, steps.count == starts.count
        else {
            throw HingeError(
                .mismatch,
                "expected as many starts, ends, axes and steps, found \(starts), \(ends), \(axes) and \(steps)"
            )
        }
        var strides = StridedCopy.strides(of: x.shape)
        var shape = x.shape
        var offset = 0
        for (index, axis) in axes.enumerated() {
            let range = try SliceRange(
                start: starts[index], end: ends[index], step: steps[index], extent: x.shape[axis])
            shape[axis] = range.count
            offset += range.start * strides[axis]
            strides[axis] *= range.step
        }
        let copy = StridedCopy(shape, from: strides, offset: shape.contains(0) ? 0 : offset)
        return SingleCopy(copy: copy).kernel(shape)
    }
}

/// The indices that a slice takes of one dimension.
struct SliceRange {
    let start: Int
    let step: Int
    let count: Int

    /// - Throws: ``HingeError`` when the step is 0.
    init(start: Int, end: Int, step: Int, extent: Int) throws {
        guard step != 0 else { throw HingeError(.mismatch, "a step of 0 goes nowhere") }
        func clamped(_ index: Int, _ range: ClosedRange<Int>) -> Int {
            min(max(index < 0 ? index + extent : index, range.lowerBound), range.upperBound)
        }
        // Steps beyond the extent take one element, however large they are.
        let bound = (Extent(extent) + 1).value
        self.step = max(-bound, min(step, bound))
        if step > 0 {
            self.start = clamped(start, 0...extent)
            let length = clamped(end, 0...extent) - self.start
            count = length <= 0 ? 0 : (length - 1) / self.step + 1
        } else {
            self.start = extent == 0 ? 0 : clamped(start, 0...extent - 1)
            let length = extent == 0 ? 0 : self.start - clamped(end, -1...extent - 1)
            count = length <= 0 ? 0 : (length - 1) / -self.step + 1
        }
    }

    var indices: [Int] { (0..<count).map { start + $0 * step } }

    /// The extent that remains of a dimension, as far as it can be told.
    static func extent(
        of dimension: Shape.Dimension, _ start: Shape.Dimension, _ end: Shape.Dimension,
        _ step: Shape.Dimension
    ) -> Shape.Dimension {
        if let extent = dimension.extent, let start = start.extent, let end = end.extent,
            let step = step.extent,
            let range = try? SliceRange(start: start, end: end, step: step, extent: extent)
        {
            return .known(range.count)
        }
        guard let extent = Shape.Expression(dimension), let step = step.extent, step != 0 else {
            return .unknown
        }
        guard step > 0 else {
            // Backwards: all of them, or it can't be told.
            guard start == -1 || isWhole(start), let end = end.extent, end <= -Int(Int32.max),
                step != .min
            else { return .unknown }
            return dimension.quotientRoundedUp(by: -step)
        }
        guard let first = offset(start, extent), let last = offset(end, extent) else {
            return .unknown
        }
        return last.minus(first)?.positivePart?.quotientRoundedUp(by: step)?.dimension ?? .unknown
    }

    /// Whether an index is beyond all extents.
    private static func isWhole(_ index: Shape.Dimension) -> Bool {
        index.extent.map { $0 >= Int(Int32.max) } ?? false
    }

    /// The place that an index means in a dimension: counted from its end if negative, and clamped.
    private static func offset(
        _ index: Shape.Dimension, _ extent: Shape.Expression
    ) -> Shape.Expression? {
        if isWhole(index) { return extent }
        if let number = index.extent, number <= -Int(Int32.max) { return Shape.Expression(0) }
        guard let index = Shape.Expression(index) else { return nil }
        if index.isNeverNegative { return index.smaller(extent) }
        guard index.plus(Shape.Expression(1))?.times(-1)?.isNeverNegative == true else {
            return nil
        }
        return extent.plus(index)?.positivePart
    }
}

extension SliceOf: DifferentiableOperator {
    /// `g` among zeros, where its elements came from.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        if let pads = try pads(derivative) {
            derivative.give(try derivative.append(Pad(), g, derivative.integers(pads)), for: 0)
        } else {
            try derivative.putBack(self)
        }
    }

    /// What is cut off before and after each dimension, where nothing is left out between and all of it is known.
    private func pads(_ derivative: Derivative) throws -> [Int]? {
        let steps = derivative.composition
        let shape = steps.shape(try derivative.input(0))
        func values(_ index: Int) throws -> [Int]?? {
            guard let operand = derivative.optionalInput(index) else { return .some(nil) }
            guard let constant = steps.fact(operand).constant else { return nil }
            return .some(try constant.integers())
        }
        guard let shape, let starts = try values(1) ?? nil, let ends = try values(2) ?? nil,
            let axes = try values(3), let distances = try values(4),
            distances?.allSatisfy({ $0 == 1 }) ?? true
        else { return nil }
        var pads = [Int](repeating: 0, count: 2 * shape.rank)
        for (index, axis) in (axes ?? Array(starts.indices)).enumerated() {
            let axis = try InferenceContext.axis(axis, rank: shape.rank)
            guard let extent = shape[axis].extent else { return nil }
            let start = max(
                0, min(extent, starts[index] < 0 ? starts[index] + extent : starts[index]))
            let end = max(start, min(extent, ends[index] < 0 ? ends[index] + extent : ends[index]))
            pads[axis] = start
            pads[shape.rank + axis] = extent - end
        }
        return pads
    }
}
