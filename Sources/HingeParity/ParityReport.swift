import HingeGraph

/// The result of running two models, or a model and a recording, on the same inputs.
public struct ParityReport: Sendable {
    /// How an output compares.
    public struct Output: Sendable {
        /// The output's name in the model that is judged.
        public var name: String
        /// The output's name in the model that it is compared with.
        public var expectedName: String
        /// The element type and shape that were found.
        public var type: String
        /// The differences.
        public var comparison: TensorComparison
    }

    /// What a report comes to.
    public enum Verdict: String, Sendable, Hashable, CaseIterable {
        /// All outputs are equal within the tolerance, and something was compared.
        case equal
        /// An output is not equal.
        case different
        /// There is no difference, but no finite number was compared either: nothing is proved.
        case nothingCompared
    }

    /// Creates an empty report.
    public init() {}

    /// The inputs that were used: name and type with shape.
    public var inputs: [(name: String, type: String)] = []
    /// The outputs, in order.
    public var outputs: [Output] = []
    /// What a reader should know before trusting the verdict: names that were matched by position, outputs that
    /// are the same everywhere or hold no finite number.
    public var notes: [String] = []
    /// The first value at which the models part, if they do and share the names of their values.
    public var divergence: Divergence?
    /// The time to run the model that is judged, and the other, in seconds.
    public var seconds: (found: Double, expected: Double) = (0, 0)

    /// What the outputs come to.
    public var verdict: Verdict {
        if !outputs.allSatisfy(\.comparison.isEqual) { return .different }
        return comparedCount > 0 ? .equal : .nothingCompared
    }

    /// Whether all outputs are equal within the tolerance, and something finite was compared.
    public var isEqual: Bool { verdict == .equal }

    /// The number of finite numbers, booleans and strings that were compared.
    public var comparedCount: Int {
        outputs.reduce(0) { $0 + $1.comparison.comparedCount }
    }

    /// The largest relative L2 error of all outputs.
    public var relativeL2: Double { outputs.map(\.comparison.relativeL2).max() ?? 0 }

    /// The largest absolute difference of all outputs.
    public var largestAbsolute: Double { outputs.map(\.comparison.largestAbsolute).max() ?? 0 }
}

extension ParityReport {
    /// Whether this report says more against the models than another: a difference more than that nothing was compared,
    /// and else the larger error.
    public func isWorse(than other: ParityReport) -> Bool {
        let order: [Verdict] = [.equal, .nothingCompared, .different]
        let (own, others) = (order.firstIndex(of: verdict), order.firstIndex(of: other.verdict))
        if own != others { return (own ?? 0) > (others ?? 0) }
        return relativeL2 > other.relativeL2
    }

    /// Adds what the outputs by themselves should make a reader wary of.
    mutating func addNotes() {
        for output in outputs where output.comparison.isEqual {
            if output.comparison.comparedCount == 0 {
                notes.append(
                    output.comparison.count == 0
                        ? "output '\(output.name)' has no elements, so that nothing was compared"
                        : "output '\(output.name)' holds no finite number, so that nothing was compared"
                )
            } else if output.comparison.isConstant {
                notes.append(
                    "all elements of output '\(output.name)' are the same, which proves little")
            }
        }
    }
}
