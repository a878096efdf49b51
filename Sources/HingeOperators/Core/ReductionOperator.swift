import HingeGraph

/// An operator that combines the elements along some axes to one: `ReduceSum`, `ReduceMax`.
///
/// The axes are input 1, `int64[count]`; without them all are meant, or none where the operator says so.
///
/// Source: ONNX; the axes were an attribute before version 18 (`ReduceSum`: 13), and could not be negative
/// before 11.
public protocol ReductionOperator: PreparedOperator {
    /// The axes, where they are constants of the operator; otherwise they are input 1.
    var axes: [Int]? { get set }
    /// Whether reduced dimensions stay, with an extent of 1.
    var keepsDimensions: Bool { get set }
    /// Whether nothing is reduced where no axes are given.
    var isIdentityWithoutAxes: Bool { get set }

    /// The version that made the axes an input.
    static var axesInputVersion: Int { get }

    /// Creates the operator; without axes of its own, they are input 1, or all.
    init(axes: [Int]?, keepsDimensions: Bool, isIdentityWithoutAxes: Bool)

    /// Writes what is left of the operator where nothing is reduced, for versions that can't say that.
    func spellWithoutAxes(_ speller: inout Speller)

    /// The reduction along one axis, which stays as an extent of 1; those along several axes may follow one another.
    ///
    /// What each element undergoes before and after all of them stands in ``spellBefore(_:_:)`` and ``spellAfter(_:_:)``.
    func reduction(along axis: Int) -> any Operator

    /// Writes what is done to each element before the reductions, and gives the name of the result.
    func spellBefore(_ x: String, _ speller: inout Speller) throws -> String

    /// Writes what is done to each element after the reductions, and gives the name of the result.
    func spellAfter(_ x: String, _ speller: inout Speller) throws -> String
}

public extension ReductionOperator {
    static var axesInputVersion: Int { 18 }

    init(_ node: NodeReader) throws {
        let isOld = node.opset < Self.axesInputVersion
        let axes = isOld ? try node.ints("axes") : nil
        self.init(
            axes: axes?.isEmpty == true ? nil : axes,
            keepsDimensions: try node.flag("keepdims", default: true),
            isIdentityWithoutAxes: isOld
                ? false : try node.flag("noop_with_empty_axes", default: false))
    }

    var operandValues: [Int: Tensor] {
        axes.map { [1: Tensor($0.map { Int64($0) })] } ?? [:]
    }

    func spell(_ speller: inout Speller) throws {
        let keep = Attribute.int("keepdims", keepsDimensions ? 1 : 0)
        if speller.opset >= Self.axesInputVersion {
            let identity: [Attribute] =
                isIdentityWithoutAxes ? [.int("noop_with_empty_axes", 1)] : []
            return speller.emit(Self.type, [keep] + identity)
        }
        if takesComputedAxes(speller) { return try spellComputedAxes(&speller) }
        let axes = try spelledAxes(speller)
        if axes.isEmpty && isIdentityWithoutAxes { return spellWithoutAxes(&speller) }
        speller.emit(
            Self.type, (axes.isEmpty ? [] : [.ints("axes", axes)]) + [keep],
            inputs: [speller.inputs[0]], outputs: speller.outputs)
    }

    /// The axes as an attribute.
    private func spelledAxes(_ speller: Speller) throws -> [Int] {
        guard speller.hasInput(1) else { return [] }
        let axes = try speller.constantInput(
            1, named: "a list of axes", needing: leastVersionOfComputedAxes(speller)
        ).integers()
        guard speller.opset < 11, axes.contains(where: { $0 < 0 }) else { return axes }
        guard let rank = speller.shape(0)?.rank else {
            throw HingeError(
                .unsupported, "the rank of x must be known to write this for opset \(speller.opset)"
            )
        }
        return try axes.map { try InferenceContext.axis($0, rank: rank) }
    }

    func spellWithoutAxes(_ speller: inout Speller) {
        speller.emit("Identity", inputs: [speller.inputs[0]], outputs: speller.outputs)
    }

    func reduction(along axis: Int) -> any Operator {
        Self(axes: [axis], keepsDimensions: true, isIdentityWithoutAxes: false)
    }

    func spellBefore(_ x: String, _ speller: inout Speller) throws -> String { x }

    func spellAfter(_ x: String, _ speller: inout Speller) throws -> String { x }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        [.tensor(context.dataType(0), try inferShape(context))]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        axesNeeds(context)
    }

    /// Along the axes where they were before.
    func form(under permutation: Permutation, _ context: InferenceContext) -> TransposedForm? {
        guard !context.has(1) || context.integers(1) != nil else { return nil }
        var axes = context.integers(1) ?? axes ?? []
        if axes.isEmpty {
            if isIdentityWithoutAxes { return nil }
            axes = Array(0..<permutation.rank)
        }
        guard let sources = permutation.sources(of: axes) else { return nil }
        var moved = self
        moved.axes = nil
        return TransposedForm(
            moved, constants: [1: TransposedForm.vector(sources)],
            output: keepsDimensions ? permutation : permutation.removing(axes))
    }
}

extension ReductionOperator {
    /// What the axes need: to be different ones, from the last on.
    func axesNeeds(_ context: InferenceContext) -> [Int: ElementNeeds] {
        guard let rank = context.shape(0)?.rank, let count = context.length(1), count <= rank
        else { return [:] }
        return [1: .exactly(Array(rank - count..<rank))]
    }

    /// The shape of the output, as far as it is known.
    func inferShape(_ context: InferenceContext) throws -> Shape? {
        guard let shape = context.shape(0) else { return nil }
        guard !context.has(1) || context.integers(1) != nil else {
            if keepsDimensions { return Shape(shape.dimensions.map { $0 == 1 ? 1 : .unknown }) }
            // Several axes may be the same one.
            guard context.length(1) == 1, shape.rank > 0 else { return nil }
            var shapes = shape.dimensions.indices.map { removed in
                Shape(shape.dimensions.indices.filter { $0 != removed }.map { shape[$0] })
            }
            let first = shapes.removeFirst()
            return shapes.reduce(first) { $0?.common(with: $1) }
        }
        let reduced = try reducedAxes(context.integers(1), rank: shape.rank)
        return Shape(
            shape.dimensions.indices.compactMap { index in
                reduced.contains(index) ? (keepsDimensions ? 1 : nil) : shape[index]
            })
    }

    /// The axes to reduce, not negative.
    ///
    /// - Throws: ``HingeError`` when one is out of range.
    func reducedAxes(_ axes: [Int]?, rank: Int) throws -> Set<Int> {
        guard let axes, !axes.isEmpty else { return isIdentityWithoutAxes ? [] : Set(0..<rank) }
        return Set(try axes.map { try InferenceContext.axis($0, rank: rank) })
    }

    /// The one element that a vector of integers is reduced to, where `combine` can tell it.
    func foldElements(
        _ context: InferenceContext, _ combine: ([Shape.Dimension]) -> Shape.Dimension?
    ) throws -> [Shape.Dimension]? {
        guard let elements = context.indexElements(0), let rank = context.shape(0)?.rank,
            !context.has(1) || context.integers(1) != nil,
            try reducedAxes(context.integers(1), rank: rank).count == rank
        else { return nil }
        guard !elements.contains(.unknown) else { return [.unknown] }
        return [combine(elements) ?? .unknown]
    }

    /// Reduces input 0 to output 0.
    func reduce<Real: RealReduction, Whole: IntegerReduction>(
        _ context: PreparationContext, _ real: Real, _ whole: Whole
    ) throws -> Kernel {
        try reduce(context) { $0.reducer(real) ?? $0.reducer(whole) }
    }

    /// Reduces input 0 to output 0; integers are computed as real numbers, and the result is cut off.
    func reduce<Real: RealReduction>(
        _ context: PreparationContext, _ real: Real
    ) throws -> Kernel {
        try reduce(context) { $0.reducer(real) ?? $0.integerReducer(real) }
    }

    private func reduce(
        _ context: PreparationContext, _ reducer: (DataType) -> ReductionLoop?
    ) throws -> Kernel {
        let x = try context.input(0)
        guard let loop = reducer(x.dataType) else { throw x.notSupported() }
        return try context.kernel(knowing: 1..<2) { context in
            let axes = try context.optionalInput(1)?.integers() ?? axes
            let walk = ReductionWalk(x.shape, try reducedAxes(axes, rank: x.rank))
            let shape = keepsDimensions ? walk.keptShape : walk.prunedShape
            return { context in
                try loop(context.output(0, x.dataType, shape), context.input(0), walk)
            }
        }
    }
}
