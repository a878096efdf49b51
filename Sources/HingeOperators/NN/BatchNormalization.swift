import HingeGraph

/// `(x − mean) / √(variance + epsilon) · scale + bias`, by channel.
///
/// `x`: `[N, C, spatial…]`; the inputs after it, each `[C]`: scale, bias, mean, variance. While training, mean and
/// variance are those of the batch, over all dimensions but C; outputs 1 and 2 are then running forms of the
/// inputs: `running · momentum + current · (1 − momentum)`.
///
/// The version says how training is asked for: before 7 `is_test` is off, before 14 there are further outputs,
/// after that `training_mode`. Before 9, `spatial` could be off.
///
/// Source: ONNX BatchNormalization 1, 6, 7, 9, 14, 15; Keras `BatchNormalization`; Ioffe and Szegedy, "Batch
/// normalization", 2015.
public struct BatchNormalization: Operator {
    /// What is added to the variance.
    public var epsilon: Float
    /// The share that the running statistics keep.
    public var momentum: Float
    /// Whether mean and variance are those of the batch.
    public var isTraining: Bool
    /// Whether each element of `[C, spatial…]` has statistics of its own, as versions before 9 could ask for.
    public var isPerElement: Bool

    /// Creates the operator.
    public init(epsilon: Float = 1e-5, momentum: Float = 0.9, isTraining: Bool = false) {
        self.epsilon = epsilon
        self.momentum = momentum
        self.isTraining = isTraining
        isPerElement = false
    }
}

public extension BatchNormalization {
    static let type = "BatchNormalization"

    init(_ node: NodeReader) throws {
        epsilon = try node.float("epsilon", default: 1e-5)
        momentum = try node.float("momentum", default: 0.9)
        isPerElement = node.opset < 9 ? !(try node.flag("spatial", default: true)) : false
        switch node.opset {
        case ..<7: isTraining = !(try node.flag("is_test", default: false))
        case ..<14: isTraining = (1..<5).contains { node.hasOutput($0) }
        default: isTraining = try node.flag("training_mode", default: false)
        }
    }

    func spell(_ speller: inout Speller) throws {
        if isPerElement && speller.opset >= 9 { return try spellFlattened(&speller) }
        var attributes: [Attribute] = [.float("epsilon", epsilon)]
        if momentum != 0.9 { attributes.append(.float("momentum", momentum)) }
        if isPerElement { attributes.append(.int("spatial", 0)) }
        var outputs = speller.outputs
        switch speller.opset {
        case ..<7:
            if speller.opset < 6 { attributes.append(.ints("consumed_inputs", [0, 0, 0, 1, 1])) }
            if !isTraining { attributes.append(.int("is_test", 1)) }
        case ..<14:
            if isTraining, !(1..<5).contains(where: { speller.hasOutput($0) }) {
                outputs = [outputs[0], speller.freshName()]
            }
        default:
            if isTraining { attributes.append(.int("training_mode", 1)) }
        }
        speller.emit(Self.type, attributes, inputs: speller.inputs, outputs: outputs)
    }

    /// Spells statistics of each element: `[C, spatial…]` becomes one dimension.
    private func spellFlattened(_ speller: inout Speller) throws {
        guard !isTraining else {
            throw HingeError(
                .unsupported,
                "training with spatial off needs an opset before 9, not \(speller.opset)")
        }
        let x = try speller.append(Reshape(shape: [0, -1]), [speller.inputs[0]])
        var inputs = [x]
        for index in 1..<5 {
            inputs.append(try speller.append(Reshape(shape: [-1]), [speller.inputs[index]]))
        }
        var flat = self
        flat.isPerElement = false
        let y = try speller.append(flat, inputs)
        try speller.reshapeLikeInput(y, outputs: [speller.outputs[0]])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let parameters: Shape?
        if let x = context.shape(0) {
            try context.require(x.rank >= 1, "expected a batch and channels, found \(x)")
            let channels = x.rank == 1 ? 1 : x[1]
            parameters = isPerElement ? Shape(Array(x.dimensions.dropFirst())) : [channels]
        } else {
            parameters = context.shape(1)
        }
        if let extents = parameters?.extents {
            for index in 1..<5 {
                guard let found = context.shape(index)?.extents else { continue }
                try context.require(
                    found == extents, "expected input \(index) of shape \(extents), found \(found)")
            }
        }
        let statistics = context.dataType(3) ?? context.dataType(0)
        return [Inferred(type: context.input(0)?.type)]
            + [Inferred](repeating: .tensor(statistics, parameters), count: 4)
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [4: .positive]
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
        let shape = x.rank == 1 ? [x.count, 1] : x.shape
        guard shape.count >= 2 else {
            throw HingeError(.mismatch, "expected a batch and channels, found \(x.shape)")
        }
        let rest = Array(shape.dropFirst(isPerElement ? 1 : 2))
        let channels = isPerElement ? try Tensor.count(of: rest) : shape[1]
        let layout = ChannelLayout(
            batch: shape[0], channels: channels,
            size: isPerElement ? 1 : try Tensor.count(of: rest))
        let scale = try context.parameter(1, count: channels, T.Sum.self)
        let bias = try context.parameter(2, count: channels, T.Sum.self)
        var mean = try context.parameter(3, count: channels, T.Sum.self)
        var variance = try context.parameter(4, count: channels, T.Sum.self)
        let values = try x.reals(T.self)
        if isTraining {
            let (running, runningVariance) = (mean, variance)
            (mean, variance) = try values.withUnsafeElements(of: T.self) { layout.moments($0) }
            try write(running, mean, 1, &context)
            try write(runningVariance, variance, 2, &context)
            for (index, current) in [(3, mean), (4, variance)] where context.wants(index) {
                let output = try context.output(index, x.dataType, [channels])
                try output.withReals(T.Sum.self) { result in
                    _ = result.update(fromContentsOf: current)
                }
            }
        }
        let y = try context.output(0, x.dataType, x.shape)
        try y.withReals(T.self) { result in
            try values.withUnsafeElements(of: T.self) { values in
                parallelFor(layout.batch * channels, cost: 4 * layout.size) { runs in
                    for run in runs {
                        let channel = run % channels
                        let deviation = (variance[channel] + T.Sum(epsilon)).squareRoot()
                        let factor = scale[channel] / deviation
                        for index in run * layout.size..<(run + 1) * layout.size {
                            result[index] = T(
                                (values[index].term - mean[channel]) * factor + bias[channel])
                        }
                    }
                }
            }
        }
    }

    /// Writes a running statistic.
    private func write<T: RealElement>(
        _ running: [T], _ current: [T], _ index: Int, _ context: inout EvaluationContext
    ) throws {
        guard context.wants(index) else { return }
        let input = try context.input(index + 2)
        let output = try context.output(index, input.dataType, input.shape)
        let share = T(momentum)
        try output.withReals(T.self) { result in
            for channel in result.indices {
                result[channel] = running[channel] * share + current[channel] * (1 - share)
            }
        }
    }
}

/// `[batch, channels, size]`, walked by channel.
private struct ChannelLayout {
    let batch: Int
    let channels: Int
    let size: Int

    /// Calls `body` with each channel of each sample and the range of its elements.
    @inline(__always)
    func forEachRun(_ body: (_ channel: Int, Range<Int>) -> Void) {
        for sample in 0..<batch {
            for channel in 0..<channels {
                let start = (sample * channels + channel) * size
                body(channel, start..<start + size)
            }
        }
    }

    /// The mean and the variance (of the population) of each channel.
    func moments<T: RealMatrixElement>(
        _ values: UnsafeBufferPointer<T>
    ) -> (means: [T.Sum], variances: [T.Sum]) {
        let count = T.Sum(batch * size)
        var means = [T.Sum](repeating: 0, count: channels)
        var variances = means
        forEachRun { channel, range in
            means[channel] += T.sum(UnsafeBufferPointer(rebasing: values[range]))
        }
        for channel in means.indices { means[channel] /= count }
        forEachRun { channel, range in
            let mean = means[channel]
            variances[channel] += T.reduce(UnsafeBufferPointer(rebasing: values[range])) {
                ($0 - mean) * ($0 - mean)
            }
        }
        for channel in variances.indices { variances[channel] /= count }
        return (means, variances)
    }
}

extension BatchNormalization: SteppedOperator {
    /// The formula; in training, with the mean and variance of the batch.
    public func appendSteps(_ steps: inout Composition) throws {
        let x = try steps.input(0)
        let rank = try steps.knownShape(x).rank
        guard rank >= 2, steps.wants(3) == false else {
            throw HingeError(.unsupported, "the derivative of this form is not supported")
        }
        let shape = [-1] + [Int](repeating: 1, count: rank - 2)
        func parameter(_ index: Int) throws -> Composition.Operand {
            let given = try steps.input(index)
            return isPerElement ? given : try steps.reshape(given, to: shape)
        }
        var (mean, variance) = (try parameter(3), try parameter(4))
        if isTraining {
            let axes = isPerElement ? [0] : [0] + Array(2..<rank)
            mean = try steps.append(ReduceMean(axes: axes), x)
            let centred = try steps.subtract(x, mean)
            variance = try steps.append(ReduceMean(axes: axes), steps.square(centred))
            for (index, current) in [(1, mean), (2, variance)] where steps.wants(index) {
                let old = try steps.input(index + 2)
                let new = try steps.reshape(current, like: old)
                let kept = try steps.multiply(old, Double(momentum))
                steps.give(
                    try steps.add(kept, steps.multiply(new, 1 - Double(momentum))), as: index)
            }
        }
        let deviation = try steps.append(Sqrt(), steps.add(variance, Double(epsilon)))
        let normal = try steps.divide(steps.subtract(x, mean), deviation)
        steps.give(try steps.add(steps.multiply(normal, parameter(1)), parameter(2)))
    }
}
