import HingeGraph
import HingeOperators

/// A recurrent layer along a sequence in both directions.
///
/// Source: Keras `Bidirectional(layer, merge_mode="concat", backward_layer=None)`. The outputs of
/// the forward layer are in the order in which it walks, those of the backward layer in the
/// reverse of the order in which that walks: both in the order of the input, unless the forward
/// layer has `go_backwards`.
struct BidirectionalLayer: KerasLayer {
    /// The layer that walks forward.
    var forward: LayerInstance
    /// The layer that walks backward, where the configuration has one of its own; else it is like
    /// ``forward``.
    var ownBackward: LayerInstance?
    /// How the outputs of both are combined.
    var mergeMode: MergeMode?

    /// How the outputs of two layers are combined.
    enum MergeMode: String, CaseIterable, Sendable {
        case concat, sum, mul, ave
    }
}

extension BidirectionalLayer {
    static let className = "Bidirectional"

    init(_ config: ConfigReader) throws {
        forward = try config.required("layer", config.layer("layer"))
        ownBackward = try config.layer("backward_layer")
        for instance in [forward, backward] where !(instance.layer is any RecurrentLayer) {
            throw config.unsupported(
                "layer", "expected a recurrent layer, found a \(instance.object.className)")
        }
        mergeMode =
            config.has("merge_mode") && config.value("merge_mode") == nil
            ? nil : try config.word("merge_mode", default: .concat)
    }

    /// The layer that walks backward.
    var backward: LayerInstance { ownBackward ?? forward }

    var variables: LayerVariables {
        LayerVariables(groups: [
            forward.group(
                "forward_layer", at: .attribute(["forward_layer"]), label: .prefix("forward_")),
            backward.group(
                "backward_layer", at: .attribute(["backward_layer"]), label: .prefix("backward_")),
        ])
    }

    var masking: Masking { .own }

    func build(_ call: LayerCall, _ context: LayerContext) throws -> [KerasValue] {
        guard let first = forward.layer as? any RecurrentLayer,
            let second = backward.layer as? any RecurrentLayer
        else { throw HingeError(.internalError, "no recurrent layers") }
        let (input, initial) = try call.sequence()
        let mask = call.usedMask(input, initial, context.semantics)
        // The backward layer walks the other way.
        let goesBackwards = first.settings.goesBackwards
        let half = initial.count / 2
        let isTimeMajor = first.settings.isTimeMajor
        func walk(
            _ layer: any RecurrentLayer, _ group: String, _ instance: LayerInstance,
            _ states: ArraySlice<Operand>, isReversed: Bool
        ) throws -> SequenceRun.Result {
            let inner = try context.inside(group, instance)
            var x = try inner.cast(input.operand)
            if isTimeMajor {
                x = try inner.append(Transpose([1, 0, 2]), x, as: "batch_major")
            }
            var layer = layer
            if context.semantics.generation >= .tensorFlowKeras {
                layer.settings.zerosMasked = layer.settings.returnsSequences
            }
            var result = try layer.walk(
                x, Array(states), mask, isReversed: isReversed, inner)
            result.sequence = try result.sequence.map { sequence in
                var sequence = sequence
                if goesBackwards { sequence = try inner.reversed(sequence) }
                if isTimeMajor {
                    sequence = try inner.append(
                        Transpose([1, 0, 2]), sequence, as: "time_major")
                }
                return try context.rounded(sequence)
            }
            result.last = try context.rounded(result.last)
            return result
        }
        let forwardResult = try walk(
            first, "forward_layer", forward, initial[..<half], isReversed: goesBackwards)
        let backwardResult = try walk(
            second, "backward_layer", backward, initial[half...], isReversed: !goesBackwards)
        let returnsSequences = first.settings.returnsSequences
        var outputs: [Operand]
        if returnsSequences, let a = forwardResult.sequence, let b = backwardResult.sequence {
            outputs = try merge(a, b, context)
        } else {
            outputs = try merge(forwardResult.last, backwardResult.last, context)
        }
        let count = outputs.count
        if first.settings.returnsState { outputs += forwardResult.states + backwardResult.states }
        return outputs.enumerated().map { index, output in
            KerasValue(output, mask: returnsSequences && index < count ? call.keptMask : nil)
        }
    }

    private func merge(
        _ a: Operand, _ b: Operand, _ context: LayerContext
    ) throws -> [Operand] {
        switch mergeMode {
        case nil: return [a, b]
        case .concat: return try context.append(Concat(axis: -1), [a, b])
        case .sum: return [try context.append(Add(), a, b)]
        case .mul: return [try context.append(Mul(), a, b)]
        case .ave:
            let sum = try context.append(Add(), a, b, as: "sum")
            return [try context.append(Mul(), sum, context.scalar(0.5, like: a, "half"))]
        }
    }

    func write(_ config: inout ConfigWriter) {
        config.setLayer("layer", forward)
        if let ownBackward { config.setLayer("backward_layer", ownBackward) }
        config["merge_mode"] = mergeMode.map { .string($0.rawValue) } ?? .null
    }
}
