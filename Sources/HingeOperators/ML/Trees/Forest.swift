import HingeGraph

/// Decision trees: branches that compare a feature with a threshold, and leaves that vote.
///
/// A branch or leaf is known by a number: that of a branch is its position among all branches, that of the leaf at
/// position `i` is `~i`, which is negative.
public struct Forest: Sendable {
    /// How a branch compares a feature with its threshold.
    public enum Mode: Int, CaseIterable, Sendable {
        case lessOrEqual, less, greaterOrEqual, greater, equal, notEqual
        /// Whether the feature is one of several numbers.
        case member
    }

    /// A branch of a tree.
    public struct Branch: Sendable, Hashable {
        /// The feature, by its column.
        public var feature: Int
        /// How it is compared.
        public var mode: Mode
        /// What it is compared with.
        public var threshold: Double
        /// The numbers that it may be one of.
        public var members: [Double] = []
        /// What follows if the comparison holds.
        public var whenTrue: Int
        /// What follows if it doesn't.
        public var whenFalse: Int
        /// Whether a feature that is NaN goes where the comparison holds.
        public var missingIsTrue: Bool
    }

    /// What a leaf adds to one of the results.
    public struct Vote: Sendable, Hashable {
        /// The class or target.
        public var target: Int
        /// What is added.
        public var weight: Double
    }

    /// The branches of all trees.
    public var branches: [Branch]
    /// The votes of all leaves, leaf by leaf.
    public var votes: [Vote]
    /// Where the votes of each leaf begin, and where those of the last one end.
    public var leafStarts: [Int]
    /// The root of each tree.
    public var roots: [Int]
    /// The element type of thresholds and weights.
    public var type: DataType

    /// The number of leaves.
    public var leafCount: Int { leafStarts.count - 1 }

    /// The names of the modes in files, in the order of their numbers.
    static let modeNames = [
        "BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ",
        "BRANCH_MEMBER",
    ]
}

extension Forest: Hashable {
    /// Hashes the sizes, and some of the branches and votes.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(branches.count)
        hasher.combine(leafStarts.count)
        hasher.combine(branches.prefix(8))
        hasher.combine(votes.prefix(8))
    }
}

extension Forest {
    /// The number of features that a row must have.
    var featureCount: Int { (branches.map(\.feature).max() ?? -1) + 1 }

    /// Throws unless every branch leads to a leaf.
    ///
    /// - Throws: ``HingeError`` when a number is none of a branch or leaf, a vote is for none of the results, a feature
    ///   is negative, or branches form a cycle.
    func check(targetCount: Int) throws {
        let known = -leafCount..<branches.count
        for branch in branches {
            guard branch.feature >= 0, branch.feature < Int(Int32.max) else {
                throw HingeError(.badData, "expected a feature, found \(branch.feature)")
            }
            guard known.contains(branch.whenTrue), known.contains(branch.whenFalse) else {
                throw HingeError(
                    .badData, "a branch leads to \(branch.whenTrue) and \(branch.whenFalse)")
            }
        }
        for root in roots where !known.contains(root) {
            throw HingeError(.badData, "there is no root \(root)")
        }
        for vote in votes where !(0..<targetCount).contains(vote.target) {
            throw HingeError(
                .badData, "expected votes for 0 to \(targetCount - 1), found \(vote.target)")
        }
        try checkCycles()
    }

    private func checkCycles() throws {
        // Whether a branch has not been seen, is above the one that is looked at, or leads to leaves only.
        enum State: UInt8 { case new, above, done }
        var states = [State](repeating: .new, count: branches.count)
        var path: [(branch: Int, seen: Int)] = []
        for root in roots where root >= 0 && states[root] == .new {
            states[root] = .above
            path.append((root, 0))
            while let (branch, seen) = path.last {
                guard seen < 2 else {
                    states[branch] = .done
                    path.removeLast()
                    continue
                }
                path[path.count - 1].seen += 1
                let next = seen == 0 ? branches[branch].whenTrue : branches[branch].whenFalse
                guard next >= 0, states[next] != .done else { continue }
                guard states[next] == .new else {
                    throw HingeError(.badData, "the branches of a tree form a cycle")
                }
                states[next] = .above
                path.append((next, 0))
            }
        }
    }
}
