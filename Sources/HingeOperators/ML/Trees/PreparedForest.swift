import HingeGraph

/// Decision trees made ready for rows of features of one type: their votes, added up or whatever is asked for.
struct PreparedForest: Sendable {
    /// Trees by the type of their thresholds.
    ///
    /// Each is called by its own type: behind a protocol, generic code isn't specialized.
    private enum Run {
        case narrow(ForestRun<Float>)
        case wide(ForestRun<Double>)
    }

    private let trees: Run

    /// - Parameters:
    ///   - type: The element type of the features.
    ///   - targetCount: The number of results of a row, for all of which there may be votes.
    /// - Throws: ``HingeError`` when rows don't have the features that the trees ask for.
    init(
        _ forest: Forest, _ type: DataType, _ rows: FeatureRows, _ targetCount: Int,
        _ aggregate: VoteAggregate
    ) throws {
        guard rows.columns >= forest.featureCount else {
            throw HingeError(
                .mismatch,
                "expected rows of at least \(forest.featureCount) features, found \(rows.columns)")
        }
        // Floats are compared with each other where all thresholds are floats.
        let isNarrow =
            [.float32, .float16].contains(type)
            && forest.branches.allSatisfy { branch in
                branch.members.allSatisfy { PreparedForest.isFloat($0) }
                    && PreparedForest.isFloat(branch.threshold)
            }
        let votes = ForestVotes(forest, targetCount, aggregate)
        trees =
            try isNarrow
            ? .narrow(ForestRun(trees: CompiledForest(forest), votes: votes, rows: rows))
            : .wide(ForestRun(trees: CompiledForest(forest), votes: votes, rows: rows))
    }

    private static func isFloat(_ value: Double) -> Bool {
        value.isNaN || Double(Float(value)) == value
    }

    /// The results of rows of features, row by row.
    func run(_ x: Tensor) throws -> [Double] {
        switch trees {
        case .narrow(let trees): try trees.run(x)
        case .wide(let trees): try trees.run(x)
        }
    }
}

/// The votes of leaves, and what becomes of them.
struct ForestVotes: Sendable {
    /// Where the votes of each leaf begin, and where those of the last one end.
    let starts: [Int]
    let votes: [Forest.Vote]
    let targetCount: Int
    let aggregate: VoteAggregate
    /// What the sums are divided by.
    let divisor: Double
    /// Whether each leaf has one vote, for the only target.
    let isPlain: Bool
    /// The sums of each leaf's votes for two targets, where there are two; empty otherwise.
    let pairs: [SIMD2<Double>]

    init(_ forest: Forest, _ targetCount: Int, _ aggregate: VoteAggregate) {
        self.targetCount = targetCount
        self.aggregate = aggregate
        divisor = aggregate == .average ? Double(max(forest.roots.count, 1)) : 1
        isPlain = targetCount == 1 && forest.leafStarts == Array(0...forest.leafCount)
        guard !isPlain, !aggregate.hasBounds else {
            (starts, votes, pairs) = (forest.leafStarts, forest.votes, [])
            return
        }
        pairs =
            targetCount != 2
            ? []
            : (0..<forest.leafCount).map { leaf in
                forest.votes[forest.leafStarts[leaf]..<forest.leafStarts[leaf + 1]]
                    .reduce(into: SIMD2<Double>.zero) { $0[$1.target] += $1.weight }
            }
        // A weight of 0 adds nothing: a tree of classes has one for each class that isn't the leaf's.
        var starts = [0]
        var votes: [Forest.Vote] = []
        starts.reserveCapacity(forest.leafStarts.count)
        for leaf in 0..<forest.leafCount {
            for vote in forest.votes[forest.leafStarts[leaf]..<forest.leafStarts[leaf + 1]]
            where vote.weight != 0 {
                votes.append(vote)
            }
            starts.append(votes.count)
        }
        (self.starts, self.votes) = (starts, votes)
    }
}

extension VoteAggregate {
    /// Whether only one of all votes counts.
    var hasBounds: Bool { self == .min || self == .max }
}
