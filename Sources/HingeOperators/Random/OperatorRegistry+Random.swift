extension OperatorRegistry {
    /// Operators that draw random numbers.
    static let randoms: [any Operator.Type] = [
        Bernoulli.self,
        Multinomial.self,
        RandomNormal.self,
        RandomNormalLike.self,
        RandomUniform.self,
        RandomUniformLike.self,
    ]
}
