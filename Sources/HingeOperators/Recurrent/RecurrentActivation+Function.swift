extension RecurrentActivation {
    /// The activation of a number.
    @inline(__always)
    func callAsFunction<T: RealElement>(_ x: T) -> T {
        switch self {
        case .relu: x < 0 ? 0 : x
        case .tanh: T.tanh(x)
        case .sigmoid: 1 / (1 + T.exp(-x))
        case .softsign: x / (1 + x.magnitude)
        case .softplus: x > 0 ? x + T.log1p(T.exp(-x)) : T.log1p(T.exp(x))
        case .affine(let alpha, let beta): T(alpha) * x + T(beta)
        case .leakyRelu(let alpha): x < 0 ? T(alpha) * x : x
        case .thresholdedRelu(let alpha): x < T(alpha) ? 0 : x
        case .scaledTanh(let alpha, let beta): T(alpha) * T.tanh(T(beta) * x)
        case .hardSigmoid(let alpha, let beta): min(max(T(alpha) * x + T(beta), 0), 1)
        case .elu(let alpha): x < 0 ? T(alpha) * T.expm1(x) : x
        }
    }

    /// The activation of a number that is first held between `−clip` and `clip`.
    @inline(__always)
    func callAsFunction<T: RealElement>(_ x: T, clip: T?) -> T {
        guard let clip else { return self(x) }
        return self(x < -clip ? -clip : x > clip ? clip : x)
    }
}
