import HingeGraph

/// A node of a tree made ready to be walked: left where `x[feature] ≤ threshold`, else right.
///
/// A leaf leads to itself on both sides. A feature `~f` is feature f, of which a NaN goes left.
struct TreeNode<T: BinaryFloatingPoint & BitwiseCopyable & Sendable>: BitwiseCopyable, Sendable {
    var threshold: T
    var feature: Int32
    var left: Int32
    var right: Int32
}

/// Decision trees as one array of nodes that all compare in the same way, depth first, left side first.
///
/// Every comparison is made of `≤`: `x < t` is `x ≤` the number before t, `x > t` is `x ≤ t` with its sides exchanged, and
/// `x = t` is two nodes.
struct CompiledForest<T: BinaryFloatingPoint & BitwiseCopyable & Sendable>: Sendable {
    private(set) var nodes: [TreeNode<T>] = []
    /// The node of each root.
    private(set) var roots: [Int32] = []
    /// The leaf that each node is, −1 for a branch.
    private(set) var leaves: [Int32] = []
    /// Whether a NaN goes left anywhere.
    private(set) var hasMissingLeft = false

    /// The nodes of branches and leaves so far; −1 for one that isn't made.
    private var branchNodes: [Int32]
    private var leafNodes: [Int32]
    /// Sides of nodes that lead to something that isn't made yet.
    private var pending: [(number: Int, node: Int, isLeft: Bool)] = []

    /// - Throws: ``HingeError`` with the code `limit` when there are more nodes than an array of them may have.
    init(_ forest: Forest) throws {
        branchNodes = try [Int32](bounded: -1, count: forest.branches.count)
        leafNodes = try [Int32](bounded: -1, count: forest.leafCount)
        for root in forest.roots {
            roots.append(try node(root, forest))
            while let (number, parent, isLeft) = pending.popLast() {
                let child = try node(number, forest)
                if isLeft { nodes[parent].left = child } else { nodes[parent].right = child }
            }
        }
        (branchNodes, leafNodes) = ([], [])
    }

    /// The node of a branch or leaf, which is made if there is none.
    private mutating func node(_ number: Int, _ forest: Forest) throws -> Int32 {
        let known = number < 0 ? leafNodes[~number] : branchNodes[number]
        if known >= 0 { return known }
        let index = nodes.count
        guard index < Int(Int32.max) - 1 else {
            throw HingeError(.limit, "the trees have more than \(Int32.max) nodes")
        }
        if number < 0 {
            leafNodes[~number] = Int32(index)
            nodes.append(
                TreeNode(threshold: 0, feature: 0, left: Int32(index), right: Int32(index)))
            leaves.append(Int32(~number))
        } else {
            branchNodes[number] = Int32(index)
            add(forest.branches[number])
        }
        return Int32(index)
    }

    /// What follows a node on one side.
    private enum Side {
        /// A branch or leaf.
        case number(Int)
        /// A node, by its position.
        case node(Int)
    }

    private mutating func add(_ branch: Forest.Branch) {
        let (yes, no) = (Side.number(branch.whenTrue), Side.number(branch.whenFalse))
        let missing = branch.missingIsTrue
        let threshold = T(branch.threshold)
        switch branch.mode {
        case .lessOrEqual: add(branch, threshold, yes, no, missingIsLeft: missing)
        case .less: add(branch, below(threshold), yes, no, missingIsLeft: missing)
        case .greater where !threshold.isNaN:
            add(branch, threshold, no, yes, missingIsLeft: !missing)
        case .greaterOrEqual where !threshold.isNaN:
            add(branch, below(threshold), no, yes, missingIsLeft: !missing)
        case .greater, .greaterOrEqual: add(branch, .nan, yes, no, missingIsLeft: missing)
        case .equal: addEqual(branch, threshold, yes, otherwise: no)
        case .notEqual:
            let second = nodes.count + 1
            add(branch, threshold, .node(second), yes, missingIsLeft: !missing)
            // A NaN that isn't to go where the comparison holds went left, and goes right here.
            add(branch, below(threshold), yes, no, missingIsLeft: false)
        case .member:
            guard let last = branch.members.last else {
                return add(branch, .nan, yes, no, missingIsLeft: missing)
            }
            for member in branch.members.dropLast() {
                addEqual(branch, T(member), yes, otherwise: .node(nodes.count + 2))
            }
            addEqual(branch, T(last), yes, otherwise: no)
        }
    }

    /// Two nodes that lead to one side where `x = t` and to another elsewhere.
    private mutating func addEqual(
        _ branch: Forest.Branch, _ threshold: T, _ yes: Side, otherwise no: Side
    ) {
        let second = nodes.count + 1
        add(branch, threshold, .node(second), no, missingIsLeft: branch.missingIsTrue)
        // A NaN that is to go where the comparison holds went left, and goes right here.
        add(branch, below(threshold), no, yes, missingIsLeft: false)
    }

    private mutating func add(
        _ branch: Forest.Branch, _ threshold: T, _ left: Side, _ right: Side, missingIsLeft: Bool
    ) {
        let index = nodes.count
        let feature = Int32(branch.feature)
        if missingIsLeft { hasMissingLeft = true }
        var node = TreeNode<T>(
            threshold: threshold, feature: missingIsLeft ? ~feature : feature, left: -1, right: -1)
        // What is put down last is taken up first.
        switch right {
        case .node(let place): node.right = Int32(place)
        case .number(let number): pending.append((number, index, false))
        }
        switch left {
        case .node(let place): node.left = Int32(place)
        case .number(let number): pending.append((number, index, true))
        }
        nodes.append(node)
        leaves.append(-1)
    }

    /// The largest number below a threshold; NaN, which no number is at most, if there is none.
    private func below(_ threshold: T) -> T {
        threshold == -.infinity ? .nan : threshold.nextDown
    }
}
