extension OperatorRegistry {
    /// Operators on sequences and optional values.
    static let sequences: [any Operator.Type] = [
        ConcatFromSequence.self,
        OptionalGetElement.self,
        OptionalHasElement.self,
        OptionalOf.self,
        SequenceAt.self,
        SequenceConstruct.self,
        SequenceEmpty.self,
        SequenceErase.self,
        SequenceInsert.self,
        SequenceLength.self,
        SequenceMap.self,
        SplitToSequence.self,
    ]
}
