import HingeGraph

extension Forest {
    /// Reads trees as TreeEnsemble has them: branches and leaves by their positions.
    ///
    /// - Throws: ``HingeError`` when lists differ in length, or a position is beyond its list.
    init(ensemble node: NodeReader) throws {
        func list(_ name: String) throws -> [Int] {
            try node.required(name, node.ints(name))
        }
        let modes = try node.required("nodes_modes", node.tensor("nodes_modes"))
        let splits = try node.required("nodes_splits", node.tensor("nodes_splits"))
        let weights = try node.required("leaf_weights", node.tensor("leaf_weights"))
        type = splits.dataType
        guard [.float32, .float64, .float16].contains(type), weights.dataType == type,
            modes.dataType == .uint8
        else {
            throw node.error(
                "nodes_splits",
                "expected splits and weights of one real type and modes of uint8, found "
                    + "\(type), \(weights.dataType) and \(modes.dataType)")
        }
        let features = try list("nodes_featureids")
        let targets = try list("leaf_targetids")
        roots = try list("tree_roots")
        let whenTrue = try Children(node, "true", count: features.count, leaves: targets.count)
        let whenFalse = try Children(node, "false", count: features.count, leaves: targets.count)
        let missing = try node.ints("nodes_missing_value_tracks_true") ?? []
        let lists: [(String, Int)] = [
            ("nodes_modes", modes.count), ("nodes_splits", splits.count),
            (
                "nodes_missing_value_tracks_true",
                missing.isEmpty ? features.count : missing.count
            ),
        ]
        for (name, count) in lists where count != features.count {
            throw node.error(
                name, "expected one for each of \(features.count) nodes, found \(count)")
        }
        for root in roots where !features.indices.contains(root) {
            throw node.error(
                "tree_roots", "expected nodes from 0 to \(features.count - 1), found \(root)")
        }
        guard weights.count == targets.count else {
            throw node.error(
                "leaf_weights",
                "expected one for each of \(targets.count) leaves, found \(weights.count)")
        }
        let thresholds = try splits.doubles()
        var members = try MemberLists(node)
        branches = try modes.integers().enumerated().map { index, number in
            guard let mode = Mode(rawValue: number) else {
                throw node.error("nodes_modes", "expected numbers from 0 to 6, found \(number)")
            }
            return Branch(
                feature: features[index], mode: mode, threshold: thresholds[index],
                members: mode == .member ? members.next() : [],
                whenTrue: whenTrue.numbers[index], whenFalse: whenFalse.numbers[index],
                missingIsTrue: !missing.isEmpty && missing[index] != 0)
        }
        votes = try zip(targets, weights.doubles()).map { Vote(target: $0, weight: $1) }
        leafStarts = Array(0...votes.count)
    }

    /// What follows each branch on one side.
    private struct Children {
        let numbers: [Int]

        init(_ node: NodeReader, _ side: String, count: Int, leaves: Int) throws {
            let name = "nodes_\(side)nodeids"
            let ids = try node.required(name, node.ints(name))
            let flags = try node.required("nodes_\(side)leafs", node.ints("nodes_\(side)leafs"))
            guard ids.count == count, flags.count == count else {
                throw node.error(
                    name,
                    "expected one for each of \(count) nodes, found \(ids.count), and "
                        + "\(flags.count) that say which are leaves")
            }
            numbers = try zip(ids, flags).map { id, isLeaf in
                guard (0..<(isLeaf != 0 ? leaves : count)).contains(id) else {
                    throw node.error(
                        name, "there is no \(isLeaf != 0 ? "leaf" : "node") \(id)")
                }
                return isLeaf != 0 ? ~id : id
            }
        }
    }

    /// The numbers that branches compare with, one list after the other, with a NaN after each.
    private struct MemberLists {
        private let values: [Double]
        private var place = 0

        init(_ node: NodeReader) throws {
            values = try node.tensor("membership_values")?.doubles() ?? []
        }

        mutating func next() -> [Double] {
            let rest = values[place...]
            let list = rest.prefix { !$0.isNaN }
            place = min(place + list.count + 1, values.count)
            return Array(list)
        }
    }

    /// The attributes of TreeEnsemble that hold the trees.
    ///
    /// - Throws: ``HingeError`` with the code `unsupported` when a leaf has not just one vote.
    func ensembleAttributes() throws -> [Attribute] {
        guard leafStarts == Array(0...votes.count), roots.allSatisfy({ $0 >= 0 }) else {
            throw HingeError(
                .unsupported, "TreeEnsemble has trees of branches and leaves of one vote only")
        }
        func position(_ number: Int) -> Int { number < 0 ? ~number : number }
        func tensor(_ values: [Double]) throws -> Tensor {
            try Tensor(values).converted(to: type)
        }
        var attributes: [Attribute] = [
            .ints("leaf_targetids", votes.map(\.target)),
            .tensor("leaf_weights", try tensor(votes.map(\.weight))),
            .ints("nodes_falseleafs", branches.map { $0.whenFalse < 0 ? 1 : 0 }),
            .ints("nodes_falsenodeids", branches.map { position($0.whenFalse) }),
            .ints("nodes_featureids", branches.map(\.feature)),
            .ints("nodes_missing_value_tracks_true", branches.map { $0.missingIsTrue ? 1 : 0 }),
            .tensor("nodes_modes", Tensor(branches.map { UInt8($0.mode.rawValue) })),
            .tensor("nodes_splits", try tensor(branches.map(\.threshold))),
            .ints("nodes_trueleafs", branches.map { $0.whenTrue < 0 ? 1 : 0 }),
            .ints("nodes_truenodeids", branches.map { position($0.whenTrue) }),
            .ints("tree_roots", roots),
        ]
        let lists = branches.filter { $0.mode == .member }.map(\.members)
        if !lists.isEmpty {
            let values = lists.flatMap { $0 + [.nan] }
            attributes.append(.tensor("membership_values", try tensor(values)))
        }
        return attributes
    }
}
