import HingeGraph

extension Forest {
    /// The attributes of TreeEnsembleClassifier and TreeEnsembleRegressor that hold the trees.
    ///
    /// - Parameters:
    ///   - votes: How the attributes of votes begin: `class` or `target`.
    /// - Throws: ``HingeError`` with the code `unsupported` when a branch compares with several numbers.
    func attributes(votes: String) throws -> [Attribute] {
        var lists = NodeLists()
        for (tree, root) in roots.enumerated() { try lists.add(self, tree: tree, root: root) }
        return [
            .ints("\(votes)_ids", lists.voteTargets), .ints("\(votes)_nodeids", lists.voteNodes),
            .ints("\(votes)_treeids", lists.voteTrees),
            reals("\(votes)_weights", lists.voteWeights),
            .ints("nodes_falsenodeids", lists.whenFalse),
            .ints("nodes_featureids", lists.features),
            .ints("nodes_missing_value_tracks_true", lists.missing),
            .strings("nodes_modes", lists.modes), .ints("nodes_nodeids", lists.nodes),
            .ints("nodes_treeids", lists.trees), .ints("nodes_truenodeids", lists.whenTrue),
            reals("nodes_values", lists.values),
        ]
    }

    /// The attribute that holds numbers: one of floats, or a tensor of doubles.
    func reals(_ name: String, _ values: [Double]) -> Attribute {
        type == .float64
            ? .tensor("\(name)_as_tensor", Tensor(values))
            : .floats(name, values.map { Float($0) })
    }

    /// The lists of nodes and votes, tree by tree.
    private struct NodeLists {
        var trees: [Int] = []
        var nodes: [Int] = []
        var features: [Int] = []
        var modes: [String] = []
        var values: [Double] = []
        var whenTrue: [Int] = []
        var whenFalse: [Int] = []
        var missing: [Int] = []
        var voteTrees: [Int] = []
        var voteNodes: [Int] = []
        var voteTargets: [Int] = []
        var voteWeights: [Double] = []

        /// Adds the nodes that can be reached from a root, each once, in the order in which they are found.
        mutating func add(_ forest: Forest, tree: Int, root: Int) throws {
            var ids = [root: 0]
            var pending = [root]
            func id(_ number: Int) -> Int {
                if let id = ids[number] { return id }
                ids[number] = pending.count
                pending.append(number)
                return pending.count - 1
            }
            var index = 0
            while index < pending.count {
                let number = pending[index]
                trees.append(tree)
                nodes.append(index)
                if number < 0 {
                    addLeaf(forest, ~number, tree, index)
                } else {
                    let branch = forest.branches[number]
                    guard branch.mode != .member else {
                        throw HingeError(
                            .unsupported,
                            "a branch that compares with several numbers needs ai.onnx.ml 5")
                    }
                    features.append(branch.feature)
                    modes.append(Forest.modeNames[branch.mode.rawValue])
                    values.append(branch.threshold)
                    missing.append(branch.missingIsTrue ? 1 : 0)
                    whenTrue.append(id(branch.whenTrue))
                    whenFalse.append(id(branch.whenFalse))
                }
                index += 1
            }
        }

        private mutating func addLeaf(_ forest: Forest, _ leaf: Int, _ tree: Int, _ node: Int) {
            features.append(0)
            modes.append("LEAF")
            values.append(0)
            missing.append(0)
            whenTrue.append(0)
            whenFalse.append(0)
            for vote in forest.votes[forest.leafStarts[leaf]..<forest.leafStarts[leaf + 1]] {
                voteTrees.append(tree)
                voteNodes.append(node)
                voteTargets.append(vote.target)
                voteWeights.append(vote.weight)
            }
        }
    }
}
