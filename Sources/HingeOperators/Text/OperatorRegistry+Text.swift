extension OperatorRegistry {
    /// Operators on strings, and on other tokens of text.
    static let texts: [any Operator.Type] = [
        RegexFullMatch.self,
        StringConcat.self,
        StringNormalizer.self,
        StringSplit.self,
        TfIdfVectorizer.self,
    ]
}
