extension OperatorRegistry {
    static let comparisons: [any Operator.Type] = [
        Equal.self,
        Greater.self,
        GreaterOrEqual.self,
        Less.self,
        LessOrEqual.self,
    ]
}
