import HingeGraph
import HingeOperators

/// A layer applied to each step of a sequence: `[N, T, …]`, N the batch and T the steps.
///
/// Source: Keras `TimeDistributed(layer)`.
struct TimeDistributedLayer: KerasLayer {
    /// The layer.
    var inner: LayerInstance
}

extension TimeDistributedLayer {
    static let className = "TimeDistributed"

    init(_ config: ConfigReader) throws {
        inner = try config.required("layer", config.layer("layer"))
    }

    var variables: LayerVariables {
        LayerVariables(groups: [inner.group("layer", at: .attribute(["layer"]))])
    }

    var masking: Masking { .keep }
    var castsInputs: Bool { false }

    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        let x = try call.input().operand
        let context = try context.inside("layer", inner, name: inner.name)
        let shape = try context.shape(x)
        try context.requireRank(x, 3...Int.max)
        if inner.layer is DenseLayer || inner.layer is ActivationLayer {
            return [try inner.call(KerasValue(x), context)]
        }
        let example = try (2..<shape.rank).map { try context.extent(x, $0) }
        let merged = try context.append(Reshape(shape: [-1] + example), x, as: "steps")
        let result = try inner.call(KerasValue(merged), context).operand
        let resultShape = try context.shape(result)
        let extents = try (1..<resultShape.rank).map { try context.extent(result, $0) }
        // The batch and the steps are those of the input, whatever they are when the model runs.
        let leading = try context.append(ShapeOf(start: 0, end: 2), x, as: "sequence")
        let target = try context.append(
            Concat(axis: 0),
            [leading, context.constant(Tensor(extents.map { Int64($0) }), "example")],
            as: "shape")[0]
        return [KerasValue(try context.append(Reshape(), result, target, as: "sequences"))]
    }

    func write(_ config: inout ConfigWriter) {
        config.setLayer("layer", inner)
    }
}
