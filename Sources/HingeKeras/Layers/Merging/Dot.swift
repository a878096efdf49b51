import HingeGraph
import HingeOperators

/// The products of two tensors summed along an axis of each, example by example.
///
/// Source: Keras `Dot(axes, normalize=False)`; axes count the batch, which is axis 0.
struct DotLayer: KerasLayer {
    /// The axis of each input.
    var axes: [Int]
    /// Whether the vectors are given a length of 1 before.
    var normalize = false
}

extension DotLayer {
    static let className = "Dot"

    init(_ config: ConfigReader) throws {
        let axes = try config.required("axes", config.ints("axes"))
        guard axes.count == 1 || axes.count == 2 else {
            throw config.error("axes", "expected 1 or 2 axes, found \(axes.count)")
        }
        self.axes = axes.count == 1 ? [axes[0], axes[0]] : axes
        normalize = try config.bool("normalize", default: false)
    }

    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        let inputs = call.inputs.map(\.operand)
        guard inputs.count == 2 else {
            throw HingeError(.mismatch, "expected 2 inputs, found \(inputs.count)")
        }
        var operands: [Operand] = []
        var labels: [[Int]] = []
        for (index, input) in inputs.enumerated() {
            let rank = try context.rank(input)
            let axis = try InferenceContext.axis(axes[index], rank: rank)
            guard axis > 0 else {
                throw HingeError(.unsupported, "the batch as axis is not supported")
            }
            operands.append(normalize ? try normalized(input, axis, context) : input)
            // 0 is the batch, 1 what is summed; the others are each input's own.
            labels.append((0..<rank).map { $0 == 0 ? 0 : $0 == axis ? 1 : 100 * (index + 1) + $0 })
        }
        let output = labels[0].filter { $0 != 1 } + labels[1].filter { $0 > 1 }
        // Vectors give one number for each example, as an axis of its own.
        let isVector = output == [0]
        let result = try context.contract(
            operands[0], labels[0], operands[1], labels[1], output, as: isVector ? "sum" : nil)
        return [
            KerasValue(isVector ? try context.append(Unsqueeze(axes: [1]), result) : result)
        ]
    }

    private func normalized(
        _ x: Operand, _ axis: Int, _ context: LayerContext
    ) throws -> Operand {
        let square = try context.append(Mul(), x, x, as: "square")
        let sum = try context.append(ReduceSum(axes: [axis]), square, as: "squares")
        let bounded = try context.append(
            Max(), sum, context.scalar(1e-12, like: x, "least"), as: "bounded")
        let norm = try context.append(Sqrt(), bounded, as: "norm")
        return try context.append(Div(), x, norm, as: "normalized")
    }

    func write(_ config: inout ConfigWriter) {
        config["axes"] = .integers(axes)
        config.set("normalize", normalize, default: false) { .bool($0) }
    }
}
