extension OperatorRegistry {
    /// Operators that run bodies.
    static let controls: [any Operator.Type] = [
        If.self,
        Loop.self,
        Scan.self,
    ]
}
