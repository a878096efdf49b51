import HingeGraph

/// `(x − mean) / (√variance + 10⁻⁹)`, with mean and variance over some axes.
///
/// Source: ONNX MeanVarianceNormalization 9, 13.
public struct MeanVarianceNormalization: Operator {
    /// The axes over which mean and variance are taken.
    public var axes: [Int]

    /// What is added to the standard deviation.
    static let epsilon = 1e-9

    /// Creates the operator; the default axes are all but the channels of `[N, C, H, W]`.
    public init(axes: [Int] = [0, 2, 3]) {
        self.axes = axes
    }
}

public extension MeanVarianceNormalization {
    static let type = "MeanVarianceNormalization"

    init(_ node: NodeReader) throws {
        axes = try node.ints("axes") ?? [0, 2, 3]
    }

    func spell(_ speller: inout Speller) throws {
        guard speller.opset < 9 else {
            return speller.emit(Self.type, axes == [0, 2, 3] ? [] : [.ints("axes", axes)])
        }
        guard speller.opset >= 7 else { throw speller.needs(7, Self.type) }
        var axes = axes
        if axes.contains(where: { $0 < 0 }) {
            guard let rank = speller.shape(0)?.rank else { throw speller.needs(9, Self.type) }
            axes = try axes.map { try InferenceContext.axis($0, rank: rank) }
        }
        let mean = speller.reduceMean(speller.inputs[0], axes: axes)
        let centred = speller.step("Sub", [speller.inputs[0], mean])
        let square = speller.step("Mul", [centred, centred])
        let root = speller.step("Sqrt", [speller.reduceMean(square, axes: axes)])
        let deviation = speller.step("Add", [root, try speller.scalar(Self.epsilon, like: 0)])
        speller.emit("Div", inputs: [centred, deviation], outputs: speller.outputs)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        if let x = context.shape(0) {
            for axis in axes { _ = try InferenceContext.axis(axis, rank: x.rank) }
        }
        return context.same()
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
        let reduced = Set(try axes.map { try InferenceContext.axis($0, rank: x.rank) })
        let kept = x.shape.indices.map { reduced.contains($0) ? 1 : x.shape[$0] }
        let steps = Broadcast.strides(of: kept, in: x.shape)
        var groups = [0]
        for (dimension, extent) in x.shape.enumerated() {
            groups = groups.flatMap { group in
                (0..<extent).map { group + $0 * steps[dimension] }
            }
        }
        let y = try context.output(0, x.dataType, x.shape)
        let values = try x.reals(T.self)
        let groupCount = try Tensor.count(of: kept)
        guard groupCount > 0, x.count > 0 else { return }
        let size = Double(x.count / groupCount)
        try y.withReals(T.self) { result in
            try values.withUnsafeElements(of: T.self) { values in
                var means = [Double](repeating: 0, count: groupCount)
                for (index, group) in groups.enumerated() { means[group] += Double(values[index]) }
                for group in means.indices { means[group] /= size }
                var deviations = [Double](repeating: 0, count: groupCount)
                for (index, group) in groups.enumerated() {
                    let difference = Double(values[index]) - means[group]
                    deviations[group] += difference * difference
                }
                for group in deviations.indices {
                    deviations[group] = (deviations[group] / size).squareRoot() + Self.epsilon
                }
                parallelFor(groups.count, cost: 16) { range in
                    for index in range {
                        let group = groups[index]
                        result[index] = T(
                            (Double(values[index]) - means[group]) / deviations[group])
                    }
                }
            }
        }
    }
}

extension MeanVarianceNormalization: RespelledOperator {
    static var derivativeVersion: Int { 8 }
}
