extension OperatorRegistry {
    static let conversions: [any Operator.Type] = [
        BitCast.self,
        Cast.self,
        CastLike.self,
    ]
}
