import HingeGraph

/// `(x − mean) / √(variance + epsilon) · scale + bias`, with mean and variance over the dimensions from `axis` on.
///
/// The inputs after `x` broadcast to it: scale and, optional, bias. Outputs 1 and 2, optional: the mean and the inverse of
/// the standard deviation, with extents of 1 from `axis` on.
///
/// Source: ONNX LayerNormalization 17; Keras `LayerNormalization`; Ba, Kiros and Hinton, "Layer normalization", 2016.
public struct LayerNormalization: Operator {
    /// The first dimension that is normalized; negative counts from the end.
    public var axis: Int
    /// What is added to the variance.
    public var epsilon: Float
    /// The element type of mean and inverse standard deviation.
    public var stashType: DataType

    /// Creates the operator.
    public init(axis: Int = -1, epsilon: Float = 1e-5, stashType: DataType = .float32) {
        self.axis = axis
        self.epsilon = epsilon
        self.stashType = stashType
    }
}

public extension LayerNormalization {
    static let type = "LayerNormalization"

    init(_ node: NodeReader) throws {
        axis = try node.int("axis", default: -1)
        epsilon = try node.float("epsilon", default: 1e-5)
        stashType = try node.stashType()
    }

    func spell(_ speller: inout Speller) throws {
        guard speller.opset < 17 else {
            var attributes: [Attribute] = [.int("axis", axis), .float("epsilon", epsilon)]
            if stashType != .float32 { attributes.append(.dataType("stash_type", stashType)) }
            return speller.emit(Self.type, attributes)
        }
        guard speller.opset >= 7 else { throw speller.needs(7, Self.type) }
        let type = try speller.elementType(0)
        let wide = speller.statisticsType(type, stash: stashType)
        let axes = try speller.axes(from: axis)
        let x = type == wide ? speller.inputs[0] : speller.cast(speller.inputs[0], to: wide)
        let mean = speller.reduceMean(x, axes: axes)
        let centred = speller.step("Sub", [x, mean])
        let square = speller.step("Mul", [centred, centred])
        let variance = speller.reduceMean(square, axes: axes)
        let small = speller.constant(try Tensor(filledWith: Double(epsilon), wide, shape: []))
        let deviation = speller.step("Sqrt", [speller.step("Add", [variance, small])])
        var y = speller.step("Div", [centred, deviation])
        if type != wide { y = speller.cast(y, to: type) }
        if speller.hasOutput(0) {
            let scaled = speller.hasInput(2) ? speller.freshName() : speller.outputs[0]
            speller.emit("Mul", inputs: [y, speller.inputs[1]], outputs: [scaled])
            if speller.hasInput(2) {
                speller.emit(
                    "Add", inputs: [scaled, speller.inputs[2]], outputs: [speller.outputs[0]])
            }
        }
        let stash = Attribute.dataType("to", stashType)
        if speller.hasOutput(1) {
            speller.emit("Cast", [stash], inputs: [mean], outputs: [speller.outputs[1]])
        }
        if speller.hasOutput(2) {
            let inverse = speller.step("Reciprocal", [deviation])
            speller.emit("Cast", [stash], inputs: [inverse], outputs: [speller.outputs[2]])
        }
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        var reduced: Shape?
        if let x = context.shape(0) {
            let first = try InferenceContext.axis(axis, rank: x.rank)
            reduced = Shape(
                x.dimensions.prefix(first) + [Shape.Dimension](repeating: 1, count: x.rank - first))
        }
        try context.requireBroadcasting(1)
        try context.requireBroadcasting(2)
        let statistics = Inferred.tensor(stashType, reduced)
        return [Inferred(type: context.input(0)?.type), statistics, statistics]
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
        let axis = try InferenceContext.axis(axis, rank: x.rank)
        let scale = try LaidOver<T.Sum>(try context.input(1), over: x.shape, from: axis)
        let bias = try context.optionalInput(2).map {
            try LaidOver<T.Sum>($0, over: x.shape, from: axis)
        }
        let count = try Tensor.count(of: Array(x.shape.dropFirst(axis)))
        let reduced =
            x.shape.prefix(axis) + [Int](repeating: 1, count: x.rank - axis)
        // Runs without elements have no statistics.
        let runs = try Tensor.count(of: Array(reduced))
        var means = try [T](bounded: .nan, count: runs)
        var inverses = means
        try means.withUnsafeMutableBufferPointer { means in
            try inverses.withUnsafeMutableBufferPointer { inverses in
                try context.normalizeRuns(of: count, epsilon: epsilon, T.self) {
                    run, y, mean, inverse in
                    for index in y.indices { y[index] *= scale[run, index] }
                    if let bias {
                        for index in y.indices { y[index] += bias[run, index] }
                    }
                    means[run] = T(mean)
                    inverses[run] = T(inverse)
                }
            }
        }
        try write(means, 1, Array(reduced), &context)
        try write(inverses, 2, Array(reduced), &context)
    }

    private func write<T: RealElement>(
        _ statistics: [T], _ index: Int, _ shape: [Int], _ context: inout EvaluationContext
    ) throws {
        guard context.wants(index) else { return }
        try context.output(index, stashType, shape).withReals(T.self) { result in
            _ = result.update(fromContentsOf: statistics)
        }
    }
}

extension InferenceContext {
    /// Throws when the input at `index` surely doesn't broadcast to the shape of input 0.
    func requireBroadcasting(_ index: Int) throws {
        guard let x = shape(0), let other = shape(index) else { return }
        let sum = try Shape.broadcast(x, other)
        try require(
            sum.agrees(with: x), "input \(index) of shape \(other) does not broadcast to \(x)")
    }
}

extension LayerNormalization: RespelledOperator {
    static var derivativeVersion: Int { 16 }
}
