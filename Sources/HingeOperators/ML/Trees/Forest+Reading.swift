import HingeGraph

extension Forest {
    /// Reads trees as TreeEnsembleClassifier and TreeEnsembleRegressor have them: nodes known by the ids of tree and
    /// node, leaves among them, and votes that name their leaf.
    ///
    /// The root of a tree is the first of its nodes. Votes of nodes that are no leaves don't count.
    ///
    /// - Parameters:
    ///   - votes: How the attributes of votes begin: `class` or `target`.
    ///   - targetCount: The number of classes or targets.
    /// - Throws: ``HingeError`` when lists differ in length, an id occurs twice or is that of no node, or branches form a
    ///   cycle.
    init(_ node: NodeReader, votes: String, targetCount: Int) throws {
        let table = try NodeTable(node)
        var branches: [Branch] = []
        var leaves = 0
        let numbers = table.isLeaf.map { isLeaf -> Int in
            if isLeaf {
                leaves += 1
                return ~(leaves - 1)
            }
            branches.append(
                Branch(
                    feature: 0, mode: .less, threshold: 0, whenTrue: 0, whenFalse: 0,
                    missingIsTrue: false))
            return branches.count - 1
        }
        for (index, number) in numbers.enumerated() where number >= 0 {
            branches[number] = try table.branch(index) { numbers[$0] }
        }
        self.branches = branches
        roots = table.roots.map { numbers[$0] }
        let weights = try node.reals("\(votes)_weights")
        type = [table.values.type, weights.type].contains(.float64) ? .float64 : .float32
        (self.votes, leafStarts) = try Forest.votes(
            node, votes, weights.values, leafCount: leaves
        ) { try numbers[table.index(tree: $0, node: $1, votes)] }
        try check(targetCount: targetCount)
    }

    /// The votes in the order of the leaves, and where those of each begin.
    private static func votes(
        _ node: NodeReader, _ name: String, _ weights: [Double], leafCount: Int,
        number: (_ tree: Int, _ node: Int) throws -> Int
    ) throws -> ([Vote], [Int]) {
        let targets = try node.ints("\(name)_ids") ?? []
        let trees = try node.ints("\(name)_treeids") ?? []
        let nodes = try node.ints("\(name)_nodeids") ?? []
        guard targets.count == weights.count, trees.count == weights.count,
            nodes.count == weights.count
        else {
            throw node.error(
                "\(name)_weights",
                "expected as many weights, targets, trees and nodes, found \(weights.count), "
                    + "\(targets.count), \(trees.count) and \(nodes.count)")
        }
        let leaves = try zip(trees, nodes).map { ~(try number($0, $1)) }
        var starts = [Int](repeating: 0, count: leafCount + 1)
        for leaf in leaves where leaf >= 0 { starts[leaf + 1] += 1 }
        for leaf in 0..<leafCount { starts[leaf + 1] += starts[leaf] }
        var places = starts
        var votes = [Vote](repeating: Vote(target: 0, weight: 0), count: starts[leafCount])
        for (index, leaf) in leaves.enumerated() where leaf >= 0 {
            votes[places[leaf]] = Vote(target: targets[index], weight: weights[index])
            places[leaf] += 1
        }
        return (votes, starts)
    }
}

/// The nodes of trees as TreeEnsembleClassifier and TreeEnsembleRegressor list them.
private struct NodeTable {
    private struct ID: Hashable {
        var tree: Int
        var node: Int
    }

    let isLeaf: [Bool]
    let roots: [Int]
    let values: (values: [Double], type: DataType)
    private let reader: NodeReader
    private let trees: [Int]
    private let features: [Int]
    private let modes: [ByteString]
    private let whenTrue: [Int]
    private let whenFalse: [Int]
    private let missing: [Int]
    private var indices: [ID: Int] = [:]

    init(_ node: NodeReader) throws {
        reader = node
        trees = try node.required("nodes_treeids", node.integerList("nodes_treeids"))
        let nodes = try node.ints("nodes_nodeids") ?? []
        features = try node.ints("nodes_featureids") ?? []
        modes = try node.byteStrings("nodes_modes") ?? []
        whenTrue = try node.ints("nodes_truenodeids") ?? []
        whenFalse = try node.ints("nodes_falsenodeids") ?? []
        missing = try node.ints("nodes_missing_value_tracks_true") ?? []
        values = try node.reals("nodes_values")
        isLeaf = modes.map { $0 == "LEAF" }
        let lists: [(String, Int)] = [
            ("nodes_nodeids", nodes.count), ("nodes_featureids", features.count),
            ("nodes_modes", modes.count), ("nodes_truenodeids", whenTrue.count),
            ("nodes_falsenodeids", whenFalse.count), ("nodes_values", values.values.count),
            ("nodes_missing_value_tracks_true", missing.isEmpty ? trees.count : missing.count),
        ]
        for (name, count) in lists where count != trees.count {
            throw node.error(name, "expected one for each of \(trees.count) nodes, found \(count)")
        }
        var seen: Set<Int> = []
        roots = trees.indices.filter { [trees] in seen.insert(trees[$0]).inserted }
        indices.reserveCapacity(trees.count)
        for (index, tree) in trees.enumerated() {
            let id = ID(tree: tree, node: nodes[index])
            guard indices.updateValue(index, forKey: id) == nil else {
                throw node.error(
                    "nodes_nodeids", "the node \(id.node) of tree \(tree) occurs twice")
            }
        }
    }

    /// The position of a node.
    func index(tree: Int, node: Int, _ votes: String) throws -> Int {
        guard let index = indices[ID(tree: tree, node: node)] else {
            throw reader.error("\(votes)_nodeids", "there is no node \(node) in tree \(tree)")
        }
        return index
    }

    func branch(_ index: Int, _ number: (Int) -> Int) throws -> Forest.Branch {
        let name = modes[index].description
        guard let place = Forest.modeNames.firstIndex(of: name),
            let mode = Forest.Mode(rawValue: place), mode != .member
        else { throw reader.error("nodes_modes", "expected a comparison, found '\(name)'") }
        func child(_ ids: [Int], _ attribute: String) throws -> Int {
            guard let child = indices[ID(tree: trees[index], node: ids[index])] else {
                throw reader.error(
                    attribute, "there is no node \(ids[index]) in tree \(trees[index])")
            }
            return number(child)
        }
        return Forest.Branch(
            feature: features[index], mode: mode, threshold: values.values[index],
            whenTrue: try child(whenTrue, "nodes_truenodeids"),
            whenFalse: try child(whenFalse, "nodes_falsenodeids"),
            missingIsTrue: !missing.isEmpty && missing[index] != 0)
    }
}

extension NodeReader {
    /// The numbers of an attribute, or of the tensor of the same name and `_as_tensor`; none if there is neither.
    ///
    /// - Throws: ``HingeError`` when there are both, or the tensor holds no real numbers.
    func reals(_ name: String) throws -> (values: [Double], type: DataType) {
        let floats = try numberList(name)
        guard let tensor = try tensor("\(name)_as_tensor"), tensor.count > 0 else {
            return ((floats ?? []).map { Double($0) }, .float32)
        }
        guard floats == nil else { throw oneOf(name, "\(name)_as_tensor") }
        guard tensor.dataType == .float32 || tensor.dataType == .float64 else {
            throw error(
                "\(name)_as_tensor", "expected float32 or float64, found \(tensor.dataType)")
        }
        return (try tensor.doubles(), tensor.dataType)
    }
}
