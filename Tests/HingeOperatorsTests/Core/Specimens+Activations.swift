import HingeGraph

@testable import HingeOperators

extension Specimens {
    static let activations: [Specimen] = [
        Specimen("Relu", Relu(), [x], lowest: 1),
        Specimen("LeakyRelu", LeakyRelu(), [x], lowest: 1),
        Specimen("Elu", Elu(), [x], lowest: 1),
        Specimen("Selu", Selu(), [x], lowest: 1),
        Specimen("Sigmoid", Sigmoid(), [x], lowest: 1),
        Specimen("HardSigmoid", HardSigmoid(), [x], lowest: 1),
        Specimen("Tanh", Tanh(), [x], lowest: 1),
        Specimen("Softplus", Softplus(), [x], lowest: 1),
        Specimen("Softsign", Softsign(), [x], lowest: 1),
        Specimen("Shrink", Shrink(), [x], lowest: 9),
        Specimen("Relu of int32", Relu(), [whole], lowest: 14),
        Specimen("Relu of bfloat16", Relu(), [narrow], lowest: 13),
        Specimen("LeakyRelu of bfloat16", LeakyRelu(alpha: 0.3), [narrow], lowest: 16),
        Specimen("Elu of float64", Elu(alpha: 2), [wide], lowest: 1),
        Specimen("Elu of bfloat16", Elu(alpha: 2), [narrow], lowest: 22),
        Specimen(
            "PRelu with channel slopes", PRelu(), [x, slopes(3, 1)], constants: [1], lowest: 1),
        Specimen("PRelu with computed channel slopes", PRelu(), [x, slopes(3, 1)], lowest: 1),
        Specimen("PRelu with one slope", PRelu(), [x, slopes(1)], lowest: 1),
        Specimen("PRelu with slopes along the last axis", PRelu(), [x, slopes(4)], lowest: 7),
        Specimen("PRelu of int32", PRelu(), [whole, whole], lowest: 9),
        Specimen("Celu", Celu(), [x], lowest: 1, units: 4),
        Specimen("Celu 2", Celu(alpha: 2), [x], lowest: 1, units: 4),
        Specimen("Celu of float64", Celu(alpha: 2), [wide], lowest: 1, units: 4),
        Specimen("ThresholdedRelu", ThresholdedRelu(alpha: 0.5), [x], lowest: 9),
        Specimen("Gelu", Gelu(), [x], lowest: 9, units: 4),
        Specimen("Gelu tanh", Gelu(approximation: .tanh), [x], lowest: 1, units: 8),
        Specimen("HardSwish", HardSwish(), [x], lowest: 1, units: 4),
        Specimen("Swish", Swish(), [x], lowest: 1, units: 4),
        Specimen("Swish 1.5", Swish(alpha: 1.5), [x], lowest: 1, units: 4),
        Specimen("SwiGLU", SwiGLU(alpha: 1.5), [x, x], lowest: 1, units: 8),
        Specimen("Mish", Mish(), [x], lowest: 1, units: 4),
        Specimen("Clip", Clip(minimum: -1, maximum: 1), [x], lowest: 1),
        Specimen("Clip without bounds", Clip(), [x], lowest: 1),
        Specimen(
            "Clip with constant bounds", Clip(), [x, scalar(-1), scalar(1)], constants: [1, 2],
            lowest: 1),
        Specimen("Clip with a maximum", Clip(), [x, nil, scalar(1)], constants: [2], lowest: 1),
        Specimen("Clip with computed bounds", Clip(), [x, scalar(-1), scalar(1)], lowest: 11),
        Specimen("Clip of int32", Clip(minimum: -1, maximum: 1), [whole], lowest: 12),
        Specimen("Softmax", Softmax(), [x], lowest: 1),
        Specimen("Softmax along axis 1", Softmax(axis: 1), [x], lowest: 1),
        Specimen("Softmax along axis 0", Softmax(axis: 0), [x], lowest: 1),
        Specimen(
            "Softmax of all from axis 1 on", Specimens.flattened(Softmax(axis: 1)), [x], lowest: 1),
        Specimen("LogSoftmax", LogSoftmax(), [x], lowest: 1),
        Specimen("LogSoftmax along axis 1", LogSoftmax(axis: 1), [x], lowest: 1),
        Specimen("LogSoftmax along axis 0", LogSoftmax(axis: 0), [x], lowest: 1),
        Specimen(
            "LogSoftmax of all from axis 1 on", Specimens.flattened(LogSoftmax(axis: 1)), [x],
            lowest: 1),
        Specimen("Hardmax", Hardmax(), [x], lowest: 1),
        Specimen("Hardmax along axis 1", Hardmax(axis: 1), [x], lowest: 1),
        Specimen("Hardmax along axis 0", Hardmax(axis: 0), [x], lowest: 1),
        Specimen(
            "Hardmax of all from axis 1 on", Specimens.flattened(Hardmax(axis: 1)), [x], lowest: 1),
    ]
}
