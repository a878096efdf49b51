import HingeGraph

/// The extents of a tensor as `int64[end − start]`: those of the dimensions from `start` to before `end`.
///
/// The operator `Shape` of ONNX; ``HingeGraph/Shape`` is something else.
///
/// Source: ONNX Shape 1, 13, 15, 19, 21, 23, 24, 25; start and end since 15.
public struct ShapeOf: Operator {
    /// The first dimension; a negative one counts from the end.
    public var start: Int
    /// The dimension at which to stop; a negative one counts from the end, `nil` means all.
    public var end: Int?

    /// Creates the operator.
    public init(start: Int = 0, end: Int? = nil) {
        self.start = start
        self.end = end
    }
}

public extension ShapeOf {
    static let type = "Shape"

    init(_ node: NodeReader) throws {
        start = try node.int("start", default: 0)
        end = try node.int("end")
    }

    func spell(_ speller: inout Speller) throws {
        guard start != 0 || end != nil else { return speller.emit(Self.type) }
        guard speller.opset < 15 else {
            let end: [Attribute] = end.map { [.int("end", $0)] } ?? []
            return speller.emit(Self.type, [.int("start", start)] + end)
        }
        let all = speller.step(Self.type, [speller.inputs[0]])
        try speller.append(
            SliceOf(starts: [start], ends: [end ?? Int(Int32.max)], axes: [0]), [all],
            outputs: speller.outputs)
    }

    private func range(rank: Int) -> Swift.Range<Int> {
        func clamped(_ index: Int) -> Int {
            min(max(index < 0 ? index + rank : index, 0), rank)
        }
        let start = clamped(start)
        return start..<max(start, end.map(clamped) ?? rank)
    }

    func infer(_ context: InferenceContext) -> [Inferred] {
        guard let shape = context.shape(0) else {
            return [.tensor(.int64, .unknown(rank: 1))]
        }
        let dimensions = Array(shape.dimensions[range(rank: shape.rank)])
        var result = Inferred.tensor(.int64, Shape([dimensions.count]))
        result.elements = dimensions
        return [result]
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let x = try context.input(0)
        let extents = x.shape[range(rank: x.rank)]
        let y = try context.output(0, .int64, [extents.count]).elements(of: Int64.self)
        for (index, extent) in extents.enumerated() { y[index] = Int64(extent) }
    }
}

extension ShapeOf: UndifferentiatedOperator {
    /// Its output is a shape.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its output is a shape") }
}
