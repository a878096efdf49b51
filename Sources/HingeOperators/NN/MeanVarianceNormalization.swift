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
}
