import HingeGraph

/// `(x − mean) / √(variance + epsilon) · scale + bias`, with the mean and variance of each group of channels of each
/// sample.
///
/// `x`: `[N, C, spatial…]`; scale and bias: `[C]`, in version 18 `[groupCount]`. N is the batch, C the channels.
///
/// Source: ONNX GroupNormalization 18, 21; Keras `GroupNormalization`; Wu and He, "Group normalization", 2018.
public struct GroupNormalization: Operator {
    /// The number of groups that the channels are divided into.
    public var groupCount: Int
    /// What is added to the variance.
    public var epsilon: Float
    /// The element type that a 16-bit input is normalized in.
    public var stashType: DataType
    /// Whether scale and bias belong to groups, not channels, as version 18 means.
    public var hasGroupScale: Bool

    /// Creates the operator.
    public init(groupCount: Int, epsilon: Float = 1e-5, stashType: DataType = .float32) {
        self.groupCount = groupCount
        self.epsilon = epsilon
        self.stashType = stashType
        hasGroupScale = false
    }
}

public extension GroupNormalization {
    static let type = "GroupNormalization"

    init(_ node: NodeReader) throws {
        groupCount = try node.required("num_groups", node.int("num_groups"))
        guard groupCount >= 1 else {
            throw node.error("num_groups", "expected 1 or more, found \(groupCount)")
        }
        epsilon = try node.float("epsilon", default: 1e-5)
        stashType = try node.stashType()
        hasGroupScale = node.opset < 21
    }

    func spell(_ speller: inout Speller) throws {
        // The standard has withdrawn version 18, whose scale belongs to groups.
        guard speller.opset < 21 || hasGroupScale else {
            var attributes: [Attribute] = [
                .float("epsilon", epsilon), .int("num_groups", groupCount),
            ]
            if stashType != .float32 { attributes.append(.dataType("stash_type", stashType)) }
            return speller.emit(Self.type, attributes)
        }
        let normalization = InstanceNormalization(epsilon: epsilon)
        let x = try speller.append(Reshape(shape: [0, groupCount, -1]), [speller.inputs[0]])
        if hasGroupScale {
            let y = try speller.append(
                normalization, [x, speller.inputs[1], speller.inputs[2]])
            return try speller.reshapeLikeInput(y, outputs: speller.outputs)
        }
        guard speller.opset >= 7 else { throw speller.needs(7, Self.type) }
        let type = try speller.elementType(0)
        let one = speller.constant(try Tensor(filledWith: 1, type, shape: [groupCount]))
        let zero = speller.constant(try Tensor(filledWith: 0, type, shape: [groupCount]))
        let flat = try speller.append(normalization, [x, one, zero])
        let y = speller.freshName()
        try speller.reshapeLikeInput(flat, outputs: [y])
        let scaled = speller.step("Mul", [y, try speller.perChannel(1)])
        speller.emit(
            "Add", inputs: [scaled, try speller.perChannel(2)], outputs: speller.outputs)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        guard let x = context.shape(0) else { return context.same() }
        try context.require(x.rank >= 2, "expected a batch and channels, found \(x)")
        if let channels = x[1].extent {
            try context.require(
                groupCount >= 1 && channels % groupCount == 0,
                "\(channels) channels cannot be divided into \(groupCount) groups")
            let extent = hasGroupScale ? groupCount : channels
            for index in 1...2 {
                guard let found = context.shape(index)?.extents else { continue }
                try context.require(
                    found == [extent],
                    "expected input \(index) of shape [\(extent)], found \(found)")
            }
        }
        return context.same()
    }

    var isSpatial: Bool { true }

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
        guard x.rank >= 2, groupCount >= 1, x.shape[1] % groupCount == 0 else {
            throw HingeError(
                .mismatch, "\(x.shape) has no channels that divide into \(groupCount) groups")
        }
        let channels = x.shape[1] / groupCount
        let parameters = hasGroupScale ? groupCount : x.shape[1]
        let scale = try context.parameter(1, count: parameters, T.Sum.self)
        let bias = try context.parameter(2, count: parameters, T.Sum.self)
        let size = try Tensor.count(of: Array(x.shape.dropFirst(2)))
        try context.normalizeRuns(of: channels * size, epsilon: epsilon, T.self) { run, y, _, _ in
            let group = run % groupCount
            for channel in 0..<channels {
                let parameter = hasGroupScale ? group : group * channels + channel
                for index in channel * size..<(channel + 1) * size {
                    y[index] = y[index] * scale[parameter] + bias[parameter]
                }
            }
        }
    }
}

extension GroupNormalization: RespelledOperator {
    static var derivativeVersion: Int { 20 }
}
