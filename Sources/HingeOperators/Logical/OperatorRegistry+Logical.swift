extension OperatorRegistry {
    static let logic: [any Operator.Type] = [
        And.self,
        Not.self,
        Or.self,
        Where.self,
        Xor.self,
    ]
}
