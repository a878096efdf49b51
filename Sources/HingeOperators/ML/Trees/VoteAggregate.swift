/// What is made of the votes of all trees for one target.
public enum VoteAggregate: String, CaseIterable, Sendable {
    /// The sum, divided by the number of trees.
    case average = "AVERAGE"
    /// The sum.
    case sum = "SUM"
    /// The least vote, 0 if there is none.
    case min = "MIN"
    /// The largest vote, 0 if there is none.
    case max = "MAX"
}

extension VoteAggregate {
    /// The number by which TreeEnsemble 5 knows it.
    var number: Int { VoteAggregate.allCases.firstIndex(of: self) ?? 1 }

    /// The one of a number.
    init?(number: Int) {
        guard VoteAggregate.allCases.indices.contains(number) else { return nil }
        self = VoteAggregate.allCases[number]
    }
}
