extension OperatorRegistry {
    static let losses: [any Operator.Type] = [
        NegativeLogLikelihoodLoss.self,
        SoftmaxCrossEntropyLoss.self,
    ]
}
