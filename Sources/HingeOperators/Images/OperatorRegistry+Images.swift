extension OperatorRegistry {
    /// Operators on images as files hold them.
    static let images: [any Operator.Type] = [
        ImageDecoder.self
    ]
}
