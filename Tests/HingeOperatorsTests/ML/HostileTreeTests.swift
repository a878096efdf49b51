import HingeGraph
import Testing

@testable import HingeOperators

/// Trees that are none: each is an error that says what is wrong, and none an endless walk or a read beyond memory.
@Suite("Hostile trees")
struct HostileTreeTests {
    /// A change of a stump's attributes, and the error.
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var changes: [Attribute]
        var error: String

        init(_ name: String, _ changes: [Attribute], _ error: String) {
            testDescription = name
            self.changes = changes
            self.error = error
        }
    }

    static let cases = [
        Case(
            "a child that isn't there", [.ints("nodes_truenodeids", [7, 0, 0])],
            "attribute 'nodes_truenodeids': there is no node 7 in tree 0"),
        Case(
            "the least of all children", [.ints("nodes_falsenodeids", [.min, 0, 0])],
            "attribute 'nodes_falsenodeids': there is no node \(Int.min) in tree 0"),
        Case(
            "a child in another tree", [.ints("nodes_treeids", [0, 0, 1])],
            "attribute 'nodes_falsenodeids': there is no node 2 in tree 0"),
        Case(
            "a branch that leads to itself", [.ints("nodes_truenodeids", [0, 0, 0])],
            "the branches of a tree form a cycle"),
        Case(
            "a longer cycle",
            [
                .strings("nodes_modes", ["BRANCH_LEQ", "BRANCH_GT", "LEAF"]),
                .ints("nodes_truenodeids", [1, 0, 0]), .ints("nodes_falsenodeids", [2, 2, 0]),
            ], "the branches of a tree form a cycle"),
        Case(
            "a node twice", [.ints("nodes_nodeids", [0, 1, 1])],
            "attribute 'nodes_nodeids': the node 1 of tree 0 occurs twice"),
        Case(
            "too few features", [.ints("nodes_featureids", [0, 0])],
            "attribute 'nodes_featureids': expected one for each of 3 nodes, found 2"),
        Case(
            "too many thresholds", [.floats("nodes_values", [1, 2, 3, 4])],
            "attribute 'nodes_values': expected one for each of 3 nodes, found 4"),
        Case(
            "a negative feature", [.ints("nodes_featureids", [-1, 0, 0])],
            "expected a feature, found -1"),
        Case(
            "a huge feature", [.ints("nodes_featureids", [1 << 40, 0, 0])],
            "expected a feature, found \(1 << 40)"),
        Case(
            "a vote for nothing", [.ints("target_ids", [0, 5])],
            "expected votes for 0 to 0, found 5"),
        Case(
            "a vote of a node that isn't there", [.ints("target_nodeids", [1, 9])],
            "attribute 'target_nodeids': there is no node 9 in tree 0"),
        Case(
            "votes of different lengths", [.ints("target_treeids", [0])],
            "attribute 'target_weights': expected as many weights, targets, trees and nodes, "
                + "found 2, 2, 1 and 2"),
        Case(
            "an unknown mode", [.strings("nodes_modes", ["BRANCH_XOR", "LEAF", "LEAF"])],
            "attribute 'nodes_modes': expected a comparison, found 'BRANCH_XOR'"),
        Case(
            "no targets", [.int("n_targets", 0)],
            "attribute 'n_targets': expected 1 or more, found 0"),
        Case(
            "both kinds of thresholds",
            [.tensor("nodes_values_as_tensor", Tensor([1, 2, 3] as [Double]))],
            "expected one of the attributes 'nodes_values' and 'nodes_values_as_tensor'"),
        Case(
            "thresholds that are integers",
            [
                .floats("nodes_values", []),
                .tensor("nodes_values_as_tensor", Tensor([1, 2, 3] as [Int64])),
            ],
            "attribute 'nodes_values_as_tensor': expected float32 or float64, found int64"),
    ]

    /// An error with the node before it, which is followed by an attribute or by what is wrong.
    private static func message(_ text: String, _ type: String) -> String {
        "node 't' (ai.onnx.ml.\(type))\(text.hasPrefix("attribute") ? " › " : ": ")\(text)"
    }

    @Test("Each is refused", arguments: cases)
    func refuses(_ hostile: Case) throws {
        var node = TreeTests.stump("BRANCH_LEQ")
        let names = Set(hostile.changes.map(\.name))
        node.attributes = node.attributes.filter { !names.contains($0.name) } + hostile.changes
        let error = #expect(throws: HingeError.self) { try TreeTests.read(node) }
        #expect(error?.description == Self.message(hostile.error, "TreeEnsembleRegressor"))
    }

    @Test func rowsMustHaveTheFeatures() throws {
        let forest = try TreeTests.forest(
            trees: 1, depth: 3, features: 6, targets: 1, mode: .less)
        let count = forest.featureCount
        let trees = try TreeEnsembleRegressor(forest, targetCount: 1)
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.value(trees, Tensor.counting(2, count - 1))
        }
        #expect(
            error?.message
                == "expected rows of at least \(count) features, found \(count - 1)")
        #expect(try OperatorHarness.value(trees, Tensor.counting(0, count)).shape == [0, 1])
    }

    /// Trees of leaves alone give their votes for rows without features.
    @Test func rootsMayBeLeaves() throws {
        let forest = Forest(
            branches: [], votes: [Forest.Vote(target: 0, weight: 3)], leafStarts: [0, 1],
            roots: [~0, ~0], type: .float32)
        let trees = try TreeEnsembleRegressor(forest, targetCount: 1)
        for shape in [[9, 0], [3, 2], [0]] {
            let x = try Tensor(zeros: .float32, shape: shape)
            let y = try OperatorHarness.value(trees, x)
            #expect(try y.array(of: Float.self).allSatisfy { $0 == 6 })
            #expect(y.shape == [shape.count == 1 ? 1 : shape[0], 1])
        }
    }

    /// A chain in which each branch leads to the next on both sides has 2⁶⁰ paths, and ends.
    @Test func sharedBranchesAreNotUnrolled() throws {
        let count = 60
        let branches = (0..<count).map { index in
            let next = index + 1 < count ? index + 1 : ~0
            return Forest.Branch(
                feature: 0, mode: .equal, threshold: 0, whenTrue: next, whenFalse: next,
                missingIsTrue: false)
        }
        let forest = Forest(
            branches: branches, votes: [Forest.Vote(target: 0, weight: 1)], leafStarts: [0, 1],
            roots: [0], type: .float32)
        let trees = try TreeEnsemble(forest, targetCount: 1)
        #expect(try OperatorHarness.value(trees, .counting(9, 1)).array(of: Float.self).count == 9)
        #expect(try CompiledForest<Float>(forest).nodes.count == 2 * count + 1)
    }

    /// Lists of the right lengths with numbers that may be anything: read and run, or refused.
    @Test func anyNumbersEnd() throws {
        var generator = SeededGenerator(seed: 3)
        var (read, refused) = (0, 0)
        for _ in 0..<3000 {
            let count = Int.random(in: 1...6, using: &generator)
            func some(_ range: ClosedRange<Int>) -> [Int] {
                (0..<count).map { _ in
                    Int.random(in: 0..<40, using: &generator) == 0
                        ? [Int.min, Int.max, -1, 1 << 33][Int.random(in: 0..<4, using: &generator)]
                        : Int.random(in: range, using: &generator)
                }
            }
            let modes = some(0...9).map { $0 < 0 || $0 > 5 ? "LEAF" : Forest.modeNames[$0] }
            let node = Node(
                "TreeEnsembleRegressor", domain: "ai.onnx.ml", inputs: ["x"], outputs: ["y"],
                attributes: [
                    .int("n_targets", 2), .ints("nodes_treeids", some(0...0)),
                    .ints("nodes_nodeids", Array(0..<count)),
                    .ints("nodes_featureids", some(0...1)), .strings("nodes_modes", modes),
                    .ints("nodes_truenodeids", some(0...(count - 1))),
                    .ints("nodes_falsenodeids", some(0...(count - 1))),
                    .floats("nodes_values", some(-2...2).map { Float($0) }),
                    .ints("target_treeids", some(0...0)),
                    .ints("target_nodeids", some(0...(count - 1))),
                    .ints("target_ids", some(0...1)),
                    .floats("target_weights", some(0...3).map { Float($0) }),
                ])
            do {
                let trees = try TreeTests.read(node)
                let y = try OperatorHarness.value(trees, .counting(9, 2))
                #expect(y.shape == [9, 2])
                read += 1
            } catch let error as HingeError {
                #expect(error.code != .internalError)
                refused += 1
            }
        }
        #expect(read > 300 && refused > 300)
    }

    @Test func ensemblesAreChecked() throws {
        func node(_ changes: [Attribute]) -> Node {
            let names = Set(changes.map(\.name))
            let attributes: [Attribute] = [
                .int("n_targets", 1), .ints("tree_roots", [0]), .ints("nodes_featureids", [0]),
                .tensor("nodes_modes", Tensor([0] as [UInt8])),
                .tensor("nodes_splits", Tensor([0] as [Float])),
                .ints("nodes_truenodeids", [0]), .ints("nodes_trueleafs", [1]),
                .ints("nodes_falsenodeids", [1]), .ints("nodes_falseleafs", [1]),
                .ints("leaf_targetids", [0, 0]),
                .tensor("leaf_weights", Tensor([1, 2] as [Float])),
            ]
            return Node(
                "TreeEnsemble", domain: "ai.onnx.ml", name: "t", inputs: ["x"], outputs: ["y"],
                attributes: attributes.filter { !names.contains($0.name) } + changes)
        }
        let trees = try TreeTests.read(node([]), version: 5)
        let x = Tensor([-1, 1] as [Float], shape: [2, 1])
        #expect(try OperatorHarness.value(trees, x).array(of: Float.self) == [1, 2])
        let refused: [([Attribute], String)] = [
            (
                [.ints("tree_roots", [1])],
                "attribute 'tree_roots': expected nodes from 0 to 0, found 1"
            ),
            (
                [.ints("nodes_trueleafs", [0])], "the branches of a tree form a cycle"
            ),
            (
                [.ints("nodes_truenodeids", [2])],
                "attribute 'nodes_truenodeids': there is no leaf 2"
            ),
            (
                [.tensor("nodes_modes", Tensor([7] as [UInt8]))],
                "attribute 'nodes_modes': expected numbers from 0 to 6, found 7"
            ),
            (
                [.int("aggregate_function", 4)],
                "attribute 'aggregate_function': expected a number from 0 to 3, found 4"
            ),
        ]
        for (changes, message) in refused {
            let error = #expect(throws: HingeError.self) {
                try TreeTests.read(node(changes), version: 5)
            }
            #expect(error?.description == Self.message(message, "TreeEnsemble"))
        }
    }
}
