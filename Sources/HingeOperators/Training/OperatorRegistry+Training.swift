extension OperatorRegistry {
    /// Steps of optimizers, of the domain `ai.onnx.preview.training`.
    static let optimizers: [any Operator.Type] = [
        Adagrad.self,
        Adam.self,
        Gradient.self,
        Momentum.self,
    ]
}
