import HingeGraph

/// Attention with bodies that change its scores and probabilities:
/// `prob_mod(softmax(score_mod(q · kᵀ · scale))) · v`, for each head of each sample.
///
/// Inputs: query, `[N, H, L, D]`; key, `[N, G, T, D]`; value, `[N, G, T, V]`; the result is `[N, H, L, V]`. N is the batch, L
/// the length, T the number of keys, D and V the sizes of a head, H the heads of the query, a multiple of the G of key and
/// value, neighbouring ones of which share one of those. A body takes and gives `[N, H, L, T]`.
///
/// Source: ONNX FlexAttention 1 of the domain ai.onnx.preview; Dong and others, "Flex attention: A programming model for
/// generating optimized attention kernels", 2024.
public struct FlexAttention: Operator {
    /// What products are multiplied by; `nil` for `1 / √D`.
    public var scale: Float?
    /// The element type of scores and probabilities; `nil` for that of the inputs, 16-bit ones as `float32`.
    public var softmaxType: DataType?
    /// Whether a body changes the scores.
    public var changesScores: Bool
    /// Whether a body changes the probabilities.
    public var changesProbabilities: Bool

    /// Creates the operator.
    public init(
        scale: Float? = nil, softmaxType: DataType? = nil, changesScores: Bool = false,
        changesProbabilities: Bool = false
    ) {
        self.scale = scale
        self.softmaxType = softmaxType
        self.changesScores = changesScores
        self.changesProbabilities = changesProbabilities
    }
}

public extension FlexAttention {
    static let type = "FlexAttention"
    static let domain = "ai.onnx.preview"

    package static let scoreBody = "score_mod"
    package static let probabilityBody = "prob_mod"

    init(_ node: NodeReader) throws {
        scale = try node.float("scale")
        softmaxType = try node.dataType("softmax_precision")
        if let softmaxType, ![.float16, .bfloat16, .float32, .float64].contains(softmaxType) {
            throw node.error(
                "softmax_precision", "expected a floating-point type, found \(softmaxType)")
        }
        changesScores = node.has(Self.scoreBody)
        changesProbabilities = node.has(Self.probabilityBody)
        for body in [Self.scoreBody, Self.probabilityBody] where node.has(body) {
            let (inputs, outputs) = (
                try node.bodyInputCount(body), try node.bodyOutputCount(body)
            )
            guard inputs == 1, outputs == 1 else {
                throw node.error(
                    body,
                    "expected a body of one input and one output, found \(inputs) and \(outputs)")
            }
        }
    }

    func spell(_ speller: inout Speller) {
        var attributes: [Attribute] = []
        if let scale { attributes.append(.float("scale", scale)) }
        if let softmaxType { attributes.append(.dataType("softmax_precision", softmaxType)) }
        speller.emitBodies(Self.type, attributes, outputCount: 1)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let shapes = try (0..<3).map { index in
            let shape = context.shape(index) ?? .unknown(rank: 4)
            try context.require(
                shape.rank == 4, "expected input \(index) of four dimensions, found \(shape)")
            return shape
        }
        let (query, key, value) = (shapes[0], shapes[1], shapes[2])
        let batch = try query[0].merged(with: key[0]).merged(with: value[0])
        let heads = try key[1].merged(with: value[1])
        let length = try key[2].merged(with: value[2])
        _ = try query[3].merged(with: key[3])
        if let own = query[1].extent, let shared = heads.extent {
            try context.require(
                own == shared || shared > 0 && own % shared == 0,
                "\(own) heads of the query cannot share \(shared) of the key")
        }
        let type = context.dataType(0)
        let scores = Inferred.tensor(
            type.map(scoreType), [batch, query[1], query[2], length])
        for (body, isThere) in [
            (Self.scoreBody, changesScores), (Self.probabilityBody, changesProbabilities),
        ] where isThere {
            guard let found = try context.infer(body, [scores])?.first?.type else { continue }
            if let found = found.dataType, let wanted = scores.type?.dataType {
                try context.require(
                    found == wanted,
                    "expected a body '\(body)' that gives \(wanted), found \(found)")
            }
        }
        return [.tensor(type, [batch, query[1], query[2], value[3]])]
    }

    /// The element type of the scores of inputs of a type.
    internal func scoreType(_ type: DataType) -> DataType {
        softmaxType ?? (type == .float64 ? .float64 : .float32)
    }

    /// Those of the query and all keys, and of the probabilities and all values.
    func multiplyAccumulates(_ context: InferenceContext, _ outputs: [Inferred]) -> Int {
        guard let query = context.shape(0), let key = context.shape(1),
            let value = context.shape(2), [query, key, value].allSatisfy({ $0.rank == 4 })
        else { return 0 }
        let counts = query.dimensions.prefix(3).map { $0.extent ?? 1 } + [key[2].extent ?? 1]
        let sizes = Extent.sum(of: [key[3].extent ?? 1, value[3].extent ?? 1])
        return Extent.product(of: counts + [sizes])
    }
}

extension FlexAttention: BodyDerivative {}
