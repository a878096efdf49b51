import HingeGraph

/// `x / √(mean of x² + epsilon) · scale`, with the mean over the dimensions from `axis` on.
///
/// The scale, input 1, broadcasts to `x`; the result has its element type.
///
/// Source: ONNX RMSNormalization 23; Zhang and Sennrich, "Root mean square layer normalization", 2019.
public struct RMSNormalization: Operator {
    /// The first dimension that is normalized; negative counts from the end.
    public var axis: Int
    /// What is added to the mean square.
    public var epsilon: Float
    /// The element type that a 16-bit input is normalized in.
    public var stashType: DataType

    /// Creates the operator.
    public init(axis: Int = -1, epsilon: Float = 1e-5, stashType: DataType = .float32) {
        self.axis = axis
        self.epsilon = epsilon
        self.stashType = stashType
    }
}

public extension RMSNormalization {
    static let type = "RMSNormalization"

    init(_ node: NodeReader) throws {
        axis = try node.int("axis", default: -1)
        epsilon = try node.float("epsilon", default: 1e-5)
        stashType = try node.stashType()
    }

    func spell(_ speller: inout Speller) throws {
        guard speller.opset < 23 else {
            var attributes: [Attribute] = [.int("axis", axis), .float("epsilon", epsilon)]
            if stashType != .float32 { attributes.append(.dataType("stash_type", stashType)) }
            return speller.emit(Self.type, attributes)
        }
        guard speller.opset >= 7 else { throw speller.needs(7, Self.type) }
        let type = try speller.elementType(0)
        let wide = speller.statisticsType(type, stash: stashType)
        let axes = try speller.axes(from: axis)
        let x = type == wide ? speller.inputs[0] : speller.cast(speller.inputs[0], to: wide)
        let mean = speller.reduceMean(speller.step("Mul", [x, x]), axes: axes)
        let small = speller.constant(try Tensor(filledWith: Double(epsilon), wide, shape: []))
        let root = speller.step("Sqrt", [speller.step("Add", [mean, small])])
        var y = speller.step("Div", [x, root])
        let result = try speller.elementType(1)
        if type != wide || result != wide { y = speller.cast(y, to: type) }
        if result != type { y = speller.cast(y, to: result) }
        speller.emit("Mul", inputs: [y, speller.inputs[1]], outputs: speller.outputs)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        if let x = context.shape(0) { _ = try InferenceContext.axis(axis, rank: x.rank) }
        try context.requireBroadcasting(1)
        return [.tensor(context.dataType(1), context.shape(0))]
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        if try context.input(1).dataType == .float64 { return try evaluate(&context, Double.self) }
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
        let factors = try context.input(1)
        let scale = try LaidOver<T.Sum>(factors, over: x.shape, from: axis)
        let count = try Tensor.count(of: Array(x.shape.dropFirst(axis)))
        let y = try context.output(0, factors.dataType, x.shape)
        let values = try x.reals(T.self)
        try y.withReals(T.self) { result in
            try values.withUnsafeElements(of: T.self) { values in
                parallelFor(count == 0 ? 0 : x.count / count, cost: 6 * count) { part in
                    for run in part {
                        let start = run * count
                        let source = UnsafeBufferPointer(rebasing: values[start..<start + count])
                        let square = T.reduce(source) { $0 * $0 } / T.Sum(count)
                        let inverse = 1 / (square + T.Sum(epsilon)).squareRoot()
                        for index in 0..<count {
                            result[start + index] = T(
                                source[index].term * inverse * scale[run, index])
                        }
                    }
                }
            }
        }
    }
}

extension RMSNormalization: RespelledOperator {
    static var derivativeVersion: Int { 22 }
}
