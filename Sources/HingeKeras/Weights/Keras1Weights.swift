import HingeGraph
import HingeOperators

/// Converts the variables of a layer from the form in which Keras 1 stores them to that of Keras 2
/// and 3.
///
/// Kernels of convolutions stood in the layout of the backend, and the gates of recurrent layers in
/// arrays of their own: for a long short-term memory input, cell, forget, output, each with its
/// kernel, recurrent kernel and bias.
struct Keras1Weights {
    private var stored: ArraySlice<StoredVariable>

    /// The variables that the layer expects, in order.
    ///
    /// - Throws: ``HingeError`` when there are too few, or one has another shape than such a
    ///   layer's.
    static func modern(
        _ stored: [StoredVariable], _ instance: LayerInstance
    ) throws -> [StoredVariable] {
        var weights = Keras1Weights(stored: stored[...])
        return try weights.take(instance.layer, instance.object) + Array(weights.stored)
    }

    private mutating func take(
        _ layer: any KerasLayer, _ object: LayerObject
    ) throws -> [StoredVariable] {
        switch layer {
        case let model as ModelLayer:
            return try model.architecture.entries.flatMap { entry in
                try take(entry.instance.layer, entry.instance.object)
            }
        case let wrapper as TimeDistributedLayer:
            return try take(wrapper.inner.layer, wrapper.inner.object)
        case let wrapper as BidirectionalLayer:
            return try take(wrapper.forward.layer, wrapper.forward.object)
                + take(wrapper.backward.layer, wrapper.backward.object)
        case is LSTMLayer: return try gates(["i", "c", "f", "o"], order: [0, 2, 1, 3], object)
        case is GRULayer: return try gates(["z", "r", "h"], order: [0, 1, 2], object)
        case let layer as any ConvolutionLayer:
            return try kernel(layer.settings.window, isTransposed: false)
                + take(layer.settings.useBias ? 1 : 0)
        case let layer as any TransposedConvolutionLayer:
            return try kernel(layer.settings.window, isTransposed: true)
                + take(layer.settings.useBias ? 1 : 0)
        default: return try take(layer.variables.count)
        }
    }

    private mutating func take(_ count: Int) throws -> [StoredVariable] {
        guard stored.count >= count else {
            throw HingeError(
                .mismatch, "expected \(count) more weights, found \(stored.count)")
        }
        defer { stored = stored.dropFirst(count) }
        return Array(stored.prefix(count))
    }

    /// A kernel as `[window…, in, out]`.
    private mutating func kernel(
        _ window: WindowSettings, isTransposed: Bool
    ) throws -> [StoredVariable] {
        let variable = try take(1)[0]
        var tensor = try variable.tensor(.float32)
        let rank = window.rank
        if rank == 1, tensor.rank == 4 {
            // One spatial axis was stored as two, of which the other has an extent of 1.
            let isLast = tensor.shape[0] == window.size[0] && tensor.shape[1] == 1
            tensor = try tensor.reshaped(
                to: isLast
                    ? [tensor.shape[0], tensor.shape[2], tensor.shape[3]]
                    : [tensor.shape[0], tensor.shape[1], tensor.shape[2]])
            if !isLast { tensor = try transposed(tensor, [2, 1, 0]) }
            return [StoredVariable(path: variable.path, tensor)]
        }
        guard tensor.rank == rank + 2 else { return [variable] }
        let spatial = Array(2..<rank + 2)
        switch (window.dataFormat, isTransposed) {
        case (.channelsFirst, false): tensor = try transposed(tensor, spatial + [1, 0])
        case (.channelsFirst, true): tensor = try transposed(tensor, spatial + [0, 1])
        case (.channelsLast, true):
            tensor = try transposed(tensor, Array(0..<rank) + [rank + 1, rank])
        case (.channelsLast, false): return [variable]
        }
        return [StoredVariable(path: variable.path, tensor)]
    }

    /// The variables of a recurrent layer, whose gates stand in arrays of their own unless it was
    /// made for a GPU.
    private mutating func gates(
        _ names: [String], order: [Int], _ object: LayerObject
    ) throws -> [StoredVariable] {
        if object.config["consume_less"]?.string == "gpu" { return try take(3) }
        let arrays = try take(3 * names.count)
        return try (0..<3).map { kind in
            let parts = order.map { arrays[3 * $0 + kind] }
            let tensors = try parts.map { try $0.tensor(.float32) }
            let axis = kind == 2 ? 0 : 1
            guard tensors.allSatisfy({ $0.rank == axis + 1 && $0.shape == tensors[0].shape })
            else {
                throw HingeError(
                    .mismatch, "expected gates of one shape, found others",
                    at: [.path(parts[0].path)])
            }
            let joined = try ConstantFolding.evaluate(Concat(axis: axis), tensors)
            return StoredVariable(path: parts[0].path, joined)
        }
    }

    private func transposed(_ tensor: Tensor, _ permutation: [Int]) throws -> Tensor {
        try ConstantFolding.evaluate(Transpose(permutation), [tensor])
    }
}
