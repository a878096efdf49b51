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

    var masking: Masking { .own }

    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        let input = try call.input()
        let x = input.operand
        let outer = context
        let context = try context.inside("layer", inner, name: inner.name)
        // Keras 3 leaves out the layer's own conversion of types.
        if context.semantics.generation == .keras3 {
            context.policy.compute = outer.policy.compute
        }
        let shape = try context.shape(x)
        try context.requireRank(x, 3...Int.max)
        if inner.layer is DenseLayer || inner.layer is ActivationLayer {
            return [
                KerasValue(try inner.call(KerasValue(x), context).operand, mask: call.keptMask)
            ]
        }
        let example = try (2..<shape.rank).map { try context.extent(x, $0) }
        let merged = try context.append(Reshape(shape: [-1] + example), x, as: "steps")
        let called = try inner.call(
            KerasValue(merged, mask: stepMask(input.mask, context)), context)
        let result = called.operand
        let resultShape = try context.shape(result)
        let extents = try (1..<resultShape.rank).map { try context.extent(result, $0) }
        // The batch and the steps are those of the input, whatever they are when the model runs.
        let leading = try context.append(ShapeOf(start: 0, end: 2), x, as: "sequence")
        let target = try context.append(
            Concat(axis: 0),
            [leading, context.constant(Tensor(extents.map { Int64($0) }), "example")],
            as: "shape")[0]
        let mask =
            context.semantics.generation == .keras3
            ? call.keptMask : try outputMask(input.mask, called.mask, leading, context)
        return [
            KerasValue(
                try context.append(Reshape(), result, target, as: "sequences"), mask: mask)
        ]
    }

    /// The mask `[N·T, …]` of what the layer is applied to, if the given one, `[N, T, …]`, says
    /// more than which steps count.
    private func stepMask(_ mask: Operand?, _ context: LayerContext) throws -> Operand? {
        guard let mask, try context.rank(mask) > 2 else { return nil }
        let rank = try context.rank(mask)
        let extents = try (2..<rank).map { try context.extent(mask, $0) }
        return try context.append(Reshape(shape: [-1] + extents), mask, as: "step_mask")
    }

    /// The mask of the result before Keras 3: that which the layer gives each step, or else the
    /// steps of which anything counts.
    ///
    /// - Parameter leading: The extents of the batch and the steps.
    private func outputMask(
        _ mask: Operand?, _ inner: Operand?, _ leading: Operand, _ context: LayerContext
    ) throws -> Operand? {
        if let inner {
            let rank = try context.rank(inner)
            let extents = try (1..<rank).map { Int64(try context.extent(inner, $0)) }
            let target = try context.append(
                Concat(axis: 0), [leading, context.constant(Tensor(extents), "mask_example")],
                as: "mask_shape")[0]
            return try context.append(Reshape(), inner, target, as: "mask")
        }
        guard let mask else { return nil }
        let rank = try context.rank(mask)
        guard rank > 2 else { return mask }
        let numbers = try context.append(Cast(to: .int32), mask, as: "mask_numbers")
        let found = try context.append(
            ReduceMax(axes: Array(2..<rank), keepsDimensions: false), numbers, as: "mask_steps")
        return try context.append(Cast(to: .bool), found, as: "mask")
    }

    func write(_ config: inout ConfigWriter) {
        config.setLayer("layer", inner)
    }
}
