import HingeGraph

/// Takes the slices of input 0 along `axis` that input 1, a tensor of indices, names: the axis becomes the
/// dimensions of the indices.
///
/// Negative indices count from the end.
///
/// Source: ONNX Gather 1, 11, 13.
public struct Gather: PreparedOperator {
    /// The dimension that the indices refer to.
    public var axis: Int

    /// Creates the operator.
    public init(axis: Int = 0) {
        self.axis = axis
    }
}

public extension Gather {
    static let type = "Gather"

    init(_ node: NodeReader) throws {
        axis = try node.int("axis", default: 0)
    }

    func spell(_ speller: inout Speller) throws {
        speller.emit(Self.type, [.int("axis", try speller.nonNegative([axis], before: 11)[0])])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let type = context.dataType(0)
        guard let shape = context.shape(0), let indices = context.shape(1) else {
            return [.tensor(type, nil)]
        }
        let axis = try InferenceContext.axis(axis, rank: shape.rank)
        var inferred = Inferred.tensor(
            type,
            Shape(
                shape.dimensions[..<axis] + indices.dimensions
                    + shape.dimensions[(axis + 1)...]))
        let picks = try context.picks(1, into: shape[axis])
        if shape.rank == 1, indices.rank <= 1, let elements = context.elements(0), let picks {
            inferred.elements = try picks.map { pick in
                let index = try InferenceContext.index(pick, extent: elements.count)
                return elements[index]
            }
        }
        return [inferred]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs = moving(0, of: outputs)
        needs[1] = .index(into: context.extent(0, axis))
        return needs
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let (x, picks) = (try context.input(0), try context.input(1))
        let axis = try InferenceContext.axis(axis, rank: x.rank)
        let shape = Array(x.shape[..<axis]) + picks.shape + x.shape[(axis + 1)...]
        let span = AxisSpan(x.shape, axis..<axis + 1)
        let constant = try picks.constant?.indices(into: span.count)
        return { context in
            let indices = try constant ?? context.input(1).indices(into: span.count)
            try context.move(
                context.input(0), shape, anywhere: AxisGather(span: span, indices: indices))
        }
    }

    var unalignedInputs: [Int] { [0] }
}

extension InferenceContext {
    /// The indices that the input at `index` holds, if they are known and few.
    ///
    /// - Throws: ``HingeError`` when one is out of the range of the dimension that they are for.
    func picks(_ index: Int, into dimension: Shape.Dimension) throws -> [Int]? {
        guard constant(index)?.count ?? 0 <= 1 << 12, let picks = integers(index) else {
            return nil
        }
        if let extent = dimension.extent {
            for pick in picks { _ = try InferenceContext.index(pick, extent: extent) }
        }
        return picks
    }

    /// An index into a dimension, made non-negative.
    ///
    /// - Throws: ``HingeError`` when it is out of range.
    static func index(_ index: Int, extent: Int) throws -> Int {
        guard index >= -extent, index < extent else {
            throw HingeError(
                .mismatch, "expected indices from \(-extent) to \(extent - 1), found \(index)")
        }
        return index < 0 ? index + extent : index
    }
}

extension Gather: DifferentiableOperator {
    /// `g` where its elements came from, added up.
    public func differentiate(_ derivative: inout Derivative) throws {
        guard axis == 0, let rank = derivative.composition.shape(try derivative.input(0))?.rank,
            rank > 0
        else { return try derivative.putBack(self) }
        let zeros = try derivative.filled(0, like: derivative.input(0))
        let places = try derivative.composition.cast(derivative.input(1), to: .int64)
        let rows = try derivative.append(Unsqueeze(axes: [-1]), places)
        let scatter = ScatterND(reduction: .add)
        derivative.give(
            try derivative.append(scatter, zeros, rows, derivative.outputGradient()), for: 0)
    }
}
