extension OperatorRegistry {
    /// Operators that make tensors from nothing but their parameters.
    static let generators: [any Operator.Type] = [
        Constant.self,
        ConstantOfShape.self,
        EyeLike.self,
        NumberRange.self,
        OneHot.self,
    ]
}
