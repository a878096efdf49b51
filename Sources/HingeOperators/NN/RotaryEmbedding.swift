import HingeGraph

/// Turns pairs of elements of each head by the angles of their position: `(a, b)` becomes
/// `(a · cos − b · sin, a · sin + b · cos)`.
///
/// `x`: `[N, H, L, D]`, or `[N, L, H·D]` with the number of heads stated; cosines and sines: `[P, R / 2]` with positions,
/// or `[N, L, R / 2]`; positions, optional: `int64[N, L]`; the result has the shape of `x`. N is the batch, H the heads,
/// L the length, D the size of a head, P the number of positions, R the number of elements of a head that are turned.
///
/// Source: ONNX RotaryEmbedding 23; Su et al., "RoFormer: Enhanced transformer with rotary position embedding", 2021.
public struct RotaryEmbedding: Operator {
    /// The number of heads, for inputs of three dimensions; 0 if it isn't stated.
    public var headCount: Int
    /// How many elements of each head are turned; 0 for all.
    public var rotatedCount: Int
    /// Whether pairs are neighbours; otherwise they are an element of the first half and one of the second.
    public var isInterleaved: Bool

    /// Creates the operator.
    public init(headCount: Int = 0, rotatedCount: Int = 0, isInterleaved: Bool = false) {
        self.headCount = headCount
        self.rotatedCount = rotatedCount
        self.isInterleaved = isInterleaved
    }
}

public extension RotaryEmbedding {
    static let type = "RotaryEmbedding"

    init(_ node: NodeReader) throws {
        headCount = try node.count("num_heads")
        rotatedCount = try node.count("rotary_embedding_dim")
        isInterleaved = try node.flag("interleaved", default: false)
    }

    func spell(_ speller: inout Speller) throws {
        guard speller.opset >= 23 else { return try speller.compose(compose) }
        var attributes: [Attribute] = []
        if isInterleaved { attributes.append(.int("interleaved", 1)) }
        if headCount != 0 { attributes.append(.int("num_heads", headCount)) }
        if rotatedCount != 0 { attributes.append(.int("rotary_embedding_dim", rotatedCount)) }
        speller.emit(Self.type, attributes)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        if let x = context.shape(0) {
            let heads = try RotaryHeads(self, x)
            for index in [1, 2] {
                try heads.check(
                    context.shape(index), hasPositions: context.has(3), named: "input \(index)")
            }
            try heads.check(positions: context.shape(3))
        }
        return context.same()
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        context.has(3) ? [3: .index(into: context.extent(1, 0))] : [:]
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        try context.inRealType {
            try evaluate(&$0, Float.self)
        } double: {
            try evaluate(&$0, Double.self)
        }
    }

    private func evaluate<T: RealMatrixElement>(
        _ context: inout EvaluationContext, _ type: T.Type
    ) throws {
        let x = try context.input(0)
        let (cosines, sines) = (try context.input(1), try context.input(2))
        let positions = try context.optionalInput(3)
        _ = try infer(InferenceContext([x, cosines, sines, positions]))
        let heads = try RotaryHeads(self, Shape(x.shape))
        let y = try context.output(0, x.dataType, x.shape)
        guard y.count > 0, let size = heads.size else { return }
        let rows =
            try positions?.indices(into: cosines.shape[0])
            ?? Array(0..<Extent.product(of: cosines.shape.dropLast()))
        let length = x.rank == 4 ? x.shape[2] : x.shape[1]
        let count = heads.headCount
        let turned = rotatedCount == 0 ? size : rotatedCount
        let (half, distance, step) =
            isInterleaved ? (turned / 2, 1, 2) : (turned / 2, turned / 2, 1)
        let (source, cos, sin) = (
            try x.reals(T.self), try cosines.reals(T.self), try sines.reals(T.self)
        )
        let isHeadFirst = x.rank == 4
        try y.withReals(T.self) { y in
            try source.withUnsafeElements(of: T.self) { x in
                try cos.withUnsafeElements(of: T.self) { cos in
                    try sin.withUnsafeElements(of: T.self) { sin in
                        parallelFor(x.count / size, cost: 4 * size) { range in
                            for head in range {
                                // The number of the token that the head belongs to.
                                let token =
                                    isHeadFirst
                                    ? head / (count * length) * length + head % length
                                    : head / count
                                let angles = rows[token] * half
                                let start = head * size
                                for pair in 0..<half {
                                    let (first, second) = (
                                        start + pair * step, start + pair * step + distance
                                    )
                                    let (a, b) = (x[first].term, x[second].term)
                                    let (c, s) = (
                                        cos[angles + pair].term, sin[angles + pair].term
                                    )
                                    y[first] = T(a * c - b * s)
                                    y[second] = T(a * s + b * c)
                                }
                                for index in start + turned..<start + size { y[index] = x[index] }
                            }
                        }
                    }
                }
            }
        }
    }
}

extension RotaryEmbedding {
    /// As products and sums, for versions before 23.
    private func compose(_ steps: inout Composition) throws {
        var x = try steps.input(0)
        let shape = try steps.knownShape(x)
        let heads = try RotaryHeads(self, shape)
        let angles = try [steps.input(1), steps.input(2)].map { table in
            var angles = table
            if let positions = steps.optionalInput(3) {
                angles = try steps.append(Gather(axis: 0), table, positions)
            }
            return try steps.append(Unsqueeze(axes: [shape.rank == 4 ? 1 : 2]), angles)
        }
        if shape.rank == 3 {
            x = try steps.append(Reshape(shape: [0, 0, headCount, -1]), x)
        }
        guard let size = heads.size else { throw steps.unknown("the size of a head") }
        let turned = rotatedCount == 0 ? size : rotatedCount
        let parts: [Composition.Operand]
        if isInterleaved {
            parts = try [0, 1].map {
                try steps.append(
                    SliceOf(starts: [$0], ends: [turned], axes: [3], steps: [2]), x)
            }
        } else {
            parts = try [0, turned / 2].map {
                try steps.append(SliceOf(starts: [$0], ends: [$0 + turned / 2], axes: [3]), x)
            }
        }
        func product(_ part: Int, _ angle: Int) throws -> Composition.Operand {
            try steps.append(Mul(), parts[part], angles[angle])
        }
        let real = try steps.append(Sub(), product(0, 0), product(1, 1))
        let imaginary = try steps.append(Add(), product(0, 1), product(1, 0))
        var results = [real, imaginary]
        if isInterleaved {
            let columns = try results.map { try steps.append(Unsqueeze(axes: [4]), $0) }
            let pairs = try steps.append(Concat(axis: 4), columns, outputCount: 1)[0]
            results = [try steps.append(Reshape(shape: [0, 0, 0, turned]), pairs)]
        }
        if turned < size {
            results.append(
                try steps.append(SliceOf(starts: [turned], ends: [size], axes: [3]), x))
        }
        var y = results[0]
        if results.count > 1 {
            y = try steps.append(Concat(axis: 3), results, outputCount: 1)[0]
        }
        if shape.rank == 3 { y = try steps.append(Reshape(shape: [0, 0, headCount * size]), y) }
        steps.give(y)
    }
}

/// How the heads of the input of ``RotaryEmbedding`` lie, checked.
private struct RotaryHeads {
    private let operation: RotaryEmbedding
    private let shape: Shape
    /// The number of heads.
    let headCount: Int
    /// The size of a head, if it is known.
    let size: Int?

    /// - Throws: ``HingeError`` when the shape doesn't fit the operator.
    init(_ operation: RotaryEmbedding, _ shape: Shape) throws {
        self.operation = operation
        self.shape = shape
        switch shape.rank {
        case 4:
            headCount = shape[1].extent ?? 0
            size = shape[3].extent
        case 3:
            headCount = operation.headCount
            guard headCount > 0 else {
                throw HingeError(
                    .mismatch, "expected the number of heads for an input of three dimensions",
                    at: [.attribute("num_heads")])
            }
            guard let hidden = shape[2].extent else {
                size = nil
                return
            }
            guard hidden % headCount == 0 else {
                throw HingeError(
                    .mismatch, "\(hidden) columns cannot be divided into \(headCount) heads")
            }
            size = hidden / headCount
        default:
            throw HingeError(
                .mismatch, "expected an input of three or four dimensions, found \(shape)")
        }
        guard let size else { return }
        let turned = operation.rotatedCount == 0 ? size : operation.rotatedCount
        guard turned % 2 == 0, turned <= size else {
            throw HingeError(
                .mismatch,
                "expected an even number of at most \(size) elements to turn, found \(turned)")
        }
    }

    /// Checks a table of cosines or sines.
    func check(_ table: Shape?, hasPositions: Bool, named name: String) throws {
        guard let table else { return }
        let length = shape.rank == 4 ? shape[2] : shape[1]
        let turned = operation.rotatedCount == 0 ? size : operation.rotatedCount
        let half = turned.map { Shape.Dimension.known($0 / 2) } ?? .unknown
        let expected: Shape = hasPositions ? [.unknown, half] : [shape[0], length, half]
        try check(table, expected, name)
    }

    func check(positions: Shape?) throws {
        guard let positions else { return }
        let length = shape.rank == 4 ? shape[2] : shape[1]
        try check(positions, [shape[0], length], "positions")
    }

    private func check(_ found: Shape, _ expected: Shape, _ name: String) throws {
        let fits =
            found.rank == expected.rank
            && zip(found.dimensions, expected.dimensions).allSatisfy { found, expected in
                guard let found = found.extent, let expected = expected.extent else { return true }
                return found == expected
            }
        guard fits else {
            throw HingeError(
                .mismatch, "expected \(name) of shape \(expected), found \(found)")
        }
    }
}

extension RotaryEmbedding: RespelledOperator {
    static var derivativeVersion: Int { 22 }
}
