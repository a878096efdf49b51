import HingeGraph

/// Takes the slices along `axis`, or the elements of the flattened tensor without one, where input 1, `bool[n]`,
/// is true.
///
/// Source: ONNX Compress 9, 11, 28; NumPy's `compress`.
public struct Compress: Operator {
    /// The dimension to select from; `nil` flattens the tensor first.
    public var axis: Int?

    /// Creates the operator.
    public init(axis: Int? = nil) {
        self.axis = axis
    }
}

public extension Compress {
    static let type = "Compress"

    init(_ node: NodeReader) throws {
        axis = try node.int("axis")
    }

    func spell(_ speller: inout Speller) throws {
        guard let axis else { return speller.emit(Self.type) }
        speller.emit(Self.type, [.int("axis", try speller.nonNegative([axis], before: 11)[0])])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let type = context.dataType(0)
        guard let axis else { return [.tensor(type, [.unknown])] }
        guard var shape = context.shape(0) else { return [.tensor(type, nil)] }
        shape[try InferenceContext.axis(axis, rank: shape.rank)] = .unknown
        return [.tensor(type, shape)]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs = moving(0, of: outputs)
        if let count = context.length(1) { needs[1] = .exactly((0..<count).map { ($0 + 1) % 2 }) }
        return needs
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        var x = try context.input(0)
        let condition = try context.input(1)
        if axis == nil { x = try x.reshaped(to: [x.count]) }
        let axis = try InferenceContext.axis(axis ?? 0, rank: x.rank)
        let extent = x.shape[axis]
        guard condition.dataType == .bool, condition.rank == 1 else {
            throw HingeError(
                .mismatch,
                "expected a vector of booleans as input 1, found \(condition.dataType)\(condition.shape)"
            )
        }
        let chosen = try condition.nonZeroOffsets()
        guard chosen.last ?? -1 < extent else {
            throw HingeError(
                .mismatch, "expected at most \(extent) conditions, found \(condition.count)")
        }
        var shape = x.shape
        shape[axis] = chosen.count
        try MemoryLimit.check(x.dataType, shape)
        let length = x.shape[(axis + 1)...].reduce(1, *)
        let rows = shape.contains(0) ? 0 : x.shape[..<axis].reduce(1, *)
        try MemoryLimit.checkArray(of: Int.self, count: rows * chosen.count)
        var offsets: [Int] = []
        for row in 0..<rows {
            for index in chosen { offsets.append((row * extent + index) * length) }
        }
        try context.move(x, shape, by: BlockGather(offsets: offsets, length: length))
    }
}

extension Compress: MovingDerivative {}
