import HingeGraph

/// Repeats a tensor: as often in each dimension as input 1, `int64[rank]`, says.
///
/// Source: ONNX Tile 1, 6, 13. Version 1 repeats along one dimension: input 1 is how often, input 2 which dimension.
public struct Tile: PreparedOperator {
    /// How often in each dimension, where that is a constant of the operator; otherwise it is input 1.
    public var repeats: [Int]?
    /// Whether inputs 1 and 2 are a number of repeats and a dimension, as in version 1.
    public var isAlongOneAxis: Bool

    /// Creates the operator; without repeats, those are input 1.
    public init(repeats: [Int]? = nil) {
        self.repeats = repeats
        isAlongOneAxis = false
    }
}

public extension Tile {
    static let type = "Tile"

    init(_ node: NodeReader) {
        isAlongOneAxis = node.opset < 6
    }

    var operandValues: [Int: Tensor] {
        repeats.map { [1: Tensor($0.map { Int64($0) })] } ?? [:]
    }

    func spell(_ speller: inout Speller) throws {
        let isOld = speller.opset < 6
        guard isOld != isAlongOneAxis else { return speller.emit(Self.type) }
        guard isOld else {
            guard let count = speller.constantInput(1), let axis = speller.constantInput(2),
                let rank = speller.shape(0)?.rank
            else {
                throw HingeError(
                    .unsupported,
                    "Tile with computed repeats, or of unknown rank, can't be written for opset \(speller.opset)"
                )
            }
            let repeats = try Tile.repeats(count, axis, rank: rank)
            return try speller.append(
                Tile(repeats: repeats), [speller.inputs[0]], outputs: speller.outputs,
                known: [speller.known.first ?? nil])
        }
        let repeats = try speller.constantInput(1, named: "a list of repeats", needing: 6)
            .integers()
        var value = speller.inputs[0]
        let axes = repeats.indices.filter { repeats[$0] != 1 }
        guard let last = axes.last else {
            return try speller.append(Identity(), [value], outputs: speller.outputs)
        }
        for axis in axes {
            let inputs = [
                value, try speller.scalar(Double(repeats[axis]), like: 0),
                try speller.scalar(Double(axis), like: 0),
            ]
            if axis == last {
                speller.emit(Self.type, inputs: inputs, outputs: speller.outputs)
            } else {
                value = speller.step(Self.type, inputs)
            }
        }
    }

    /// The repeats in all dimensions that a count and a dimension mean.
    private static func repeats(_ count: Tensor, _ axis: Tensor, rank: Int) throws -> [Int] {
        guard let count = try count.doubles().first, let number = try axis.doubles().first,
            let axis = Int(exactly: number), (0..<rank).contains(axis),
            let repeats = Int(exactly: count)
        else {
            throw HingeError(.mismatch, "expected a number of repeats and a dimension")
        }
        var result = [Int](repeating: 1, count: rank)
        result[axis] = repeats
        return result
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let type = context.dataType(0)
        guard let shape = context.shape(0) else { return [.tensor(type, nil)] }
        var factors: [Shape.Dimension]?
        if isAlongOneAxis {
            if let count = context.constant(1), let axis = context.constant(2) {
                factors = try Tile.repeats(count, axis, rank: shape.rank).map { .known($0) }
            }
        } else {
            factors = context.elements(1)
        }
        guard let factors else { return [.tensor(type, .unknown(rank: shape.rank))] }
        try context.require(
            factors.count == shape.rank, "expected \(shape.rank) repeats, found \(factors.count)")
        return [
            .tensor(
                type,
                Shape(zip(shape.dimensions, factors).map { .product([$0, $1]) }))
        ]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs = moving(0, of: outputs)
        needs[1] = .count(upTo: 2)
        if isAlongOneAxis { needs[2] = .exactly([0]) }
        return needs
    }

    func isIdentity(_ context: InferenceContext, _ outputs: [Inferred]) -> Bool {
        context.keepsShape(outputs)
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        return try context.kernel(knowing: 1..<3) { try kernel(x, $0) }
    }

    /// The kernel for a tensor of a type, given what the other inputs hold.
    private func kernel(_ x: KnownTensor, _ context: EvaluationContext) throws -> Kernel {
        let repeats =
            isAlongOneAxis
            ? try Tile.repeats(context.input(1), context.input(2), rank: x.rank)
            : try context.input(1).integers()
        guard repeats.count == x.rank, repeats.allSatisfy({ $0 >= 0 }) else {
            throw HingeError(
                .mismatch, "expected \(x.rank) repeats that aren't negative, found \(repeats)")
        }
        _ = try Tensor.count(of: repeats)
        let strides = StridedCopy.strides(of: x.shape)
        var extents: [Int] = []
        var steps: [Int] = []
        for index in x.shape.indices {
            extents += [repeats[index], x.shape[index]]
            steps += [0, strides[index]]
        }
        let shape = try zip(x.shape, repeats).map { extent, count in
            let (product, overflow) = extent.multipliedReportingOverflow(by: count)
            guard !overflow else { throw HingeError(.limit, "\(count) repeats are too many") }
            return product
        }
        _ = try Tensor.count(of: shape)
        try MemoryLimit.check(x.dataType, shape)
        let copy = StridedCopy(extents, from: steps)
        return SingleCopy(copy: copy).kernel(shape)
    }
}

extension Tile: DifferentiableOperator {
    /// `g`, summed over the repetitions.
    public func differentiate(_ derivative: inout Derivative) throws {
        guard !isAlongOneAxis else { throw derivative.unsupported("Tile of version 1") }
        let (g, x) = (try derivative.outputGradient(), try derivative.input(0))
        let rank = try derivative.composition.knownShape(x).rank
        let pairs = try [derivative.input(1), derivative.shape(of: x)].map {
            try derivative.append(Unsqueeze(axes: [1]), $0)
        }
        let extents = try derivative.append(Concat(axis: 1), pairs, outputCount: 1)[0]
        let split = try derivative.append(
            Reshape(), g, derivative.reshape(extents, to: [2 * rank]))
        derivative.give(
            try derivative.sum(split, along: (0..<rank).map { 2 * $0 }, keep: false), for: 0)
    }
}
