import HingeGraph
import Testing

@testable import HingeOperators

/// Decision trees.
///
/// The expected values of modes, of missing values, aggregates and transforms are those of the standard's reference
/// evaluator, onnx 1.23, and, but for a NaN that is to differ from a number, of ONNX Runtime 1.32.
@Suite("Trees")
struct TreeTests {
    /// A stump: 10 where feature 0 compares with 1, 20 elsewhere.
    static func stump(
        _ mode: String, missingIsTrue: Bool = false,
        values: [Attribute] = [.floats("nodes_values", [1, 0, 0])]
    ) -> Node {
        Node(
            "TreeEnsembleRegressor", domain: "ai.onnx.ml", name: "t", inputs: ["x"], outputs: ["y"],
            attributes: [
                .int("n_targets", 1), .ints("nodes_treeids", [0, 0, 0]),
                .ints("nodes_nodeids", [0, 1, 2]), .ints("nodes_featureids", [0, 0, 0]),
                .strings("nodes_modes", [mode, "LEAF", "LEAF"]),
                .ints("nodes_truenodeids", [1, 0, 0]), .ints("nodes_falsenodeids", [2, 0, 0]),
                .ints("nodes_missing_value_tracks_true", [missingIsTrue ? 1 : 0, 0, 0]),
                .ints("target_treeids", [0, 0]), .ints("target_nodeids", [1, 2]),
                .ints("target_ids", [0, 0]), .floats("target_weights", [10, 20]),
            ] + values)
    }

    static func read(_ node: Node, version: Int = 3) throws -> any Operator {
        try OperatorHarness.read(node, opset: version)
    }

    /// What a stump makes of 0.5, 1, 1.5, NaN, −∞ and ∞, when a NaN isn't tracked and when it is.
    static let modes: [(mode: String, plain: [Float], tracked: [Float])] = [
        ("BRANCH_LEQ", [10, 10, 20, 20, 10, 20], [10, 10, 20, 10, 10, 20]),
        ("BRANCH_LT", [10, 20, 20, 20, 10, 20], [10, 20, 20, 10, 10, 20]),
        ("BRANCH_GTE", [20, 10, 10, 20, 20, 10], [20, 10, 10, 10, 20, 10]),
        ("BRANCH_GT", [20, 20, 10, 20, 20, 10], [20, 20, 10, 10, 20, 10]),
        ("BRANCH_EQ", [20, 10, 20, 20, 20, 20], [20, 10, 20, 10, 20, 20]),
        ("BRANCH_NEQ", [10, 20, 10, 20, 10, 10], [10, 20, 10, 10, 10, 10]),
    ]

    @Test("Each mode, NaN and infinities included", arguments: modes)
    func mode(_ mode: (mode: String, plain: [Float], tracked: [Float])) throws {
        let numbers: [Double] = [0.5, 1, 1.5, .nan, -.infinity, .infinity]
        for (isTracked, expected) in [(false, mode.plain), (true, mode.tracked)] {
            let tree = try Self.read(Self.stump(mode.mode, missingIsTrue: isTracked))
            for type in [DataType.float32, .float64] {
                let x = try Tensor(numbers, shape: [6, 1]).converted(to: type)
                let y = try OperatorHarness.value(tree, x)
                #expect(y.shape == [6, 1] && y.dataType == .float32)
                #expect(try y.array(of: Float.self) == expected, "\(type) tracked \(isTracked)")
            }
            let whole = Tensor([-3, 1, 9] as [Int64], shape: [3, 1])
            let known = try OperatorHarness.value(
                tree, Tensor([-3, 1, 9] as [Float], shape: [3, 1]))
            #expect(try OperatorHarness.value(tree, whole) == known)
        }
    }

    /// A threshold that no `Float` holds is compared with in double precision.
    @Test func wideThresholdsAreKept() throws {
        let tree = try Self.read(
            Self.stump(
                "BRANCH_LT",
                values: [.tensor("nodes_values_as_tensor", Tensor([0.1, 0, 0] as [Double]))]))
        let doubles = Tensor([0.1, 0.1.nextDown] as [Double], shape: [2, 1])
        #expect(try OperatorHarness.value(tree, doubles).array(of: Float.self) == [20, 10])
        // 0.1 as a Float is a little more than 0.1.
        let floats = Tensor([0.1, Float(0.1).nextDown] as [Float], shape: [2, 1])
        #expect(try OperatorHarness.value(tree, floats).array(of: Float.self) == [20, 10])
        // Integers beyond 2²⁴ are no floats either.
        let large = try Self.read(
            Self.stump("BRANCH_LEQ", values: [.floats("nodes_values", [16_777_216, 0, 0])]))
        let whole = Tensor([16_777_216, 16_777_217] as [Int64], shape: [2, 1])
        #expect(try OperatorHarness.value(large, whole).array(of: Float.self) == [10, 20])
    }

    /// Some trees of which each has `depth` levels of branches.
    static func forest(
        trees: Int, depth: Int, features: Int, targets: Int, votes: Int = 1,
        mode: Forest.Mode? = nil
    ) throws -> Forest {
        var generator = SeededGenerator(seed: 11)
        var forest = Forest(branches: [], votes: [], leafStarts: [0], roots: [], type: .float32)
        func grow(_ level: Int) -> Int {
            guard level > 0 else {
                for _ in 0..<votes {
                    let target = Int.random(in: 0..<targets, using: &generator)
                    let weight = Float.random(in: -1...1, using: &generator)
                    forest.votes.append(Forest.Vote(target: target, weight: Double(weight)))
                }
                forest.leafStarts.append(forest.votes.count)
                return ~(forest.leafCount - 1)
            }
            let whenTrue = grow(level - 1)
            let whenFalse = grow(level - 1)
            let any = Forest.Mode.allCases[Int.random(in: 0..<7, using: &generator)]
            let numbers = (0..<3).map { _ in
                Double(Int.random(in: -2...2, using: &generator)) / 2
            }
            forest.branches.append(
                Forest.Branch(
                    feature: Int.random(in: 0..<features, using: &generator), mode: mode ?? any,
                    threshold: numbers[0], members: (mode ?? any) == .member ? numbers : [],
                    whenTrue: whenTrue, whenFalse: whenFalse,
                    missingIsTrue: Bool.random(using: &generator)))
            return forest.branches.count - 1
        }
        for _ in 0..<trees { forest.roots.append(grow(depth)) }
        return forest
    }

    /// What trees make of rows by the words of the standard.
    static func walk(_ forest: Forest, _ row: [Double], targets: Int) -> [[Double]] {
        var found = [[Double]](repeating: [], count: targets)
        for root in forest.roots {
            var place = root
            while place >= 0 {
                let branch = forest.branches[place]
                let x = row[branch.feature]
                let holds =
                    switch branch.mode {
                    case .lessOrEqual: x <= branch.threshold
                    case .less: x < branch.threshold
                    case .greaterOrEqual: x >= branch.threshold
                    case .greater: x > branch.threshold
                    case .equal: x == branch.threshold
                    case .notEqual: x != branch.threshold
                    case .member: branch.members.contains(x)
                    }
                place =
                    (x.isNaN ? branch.missingIsTrue : holds) ? branch.whenTrue : branch.whenFalse
            }
            for vote in forest.votes[forest.leafStarts[~place]..<forest.leafStarts[~place + 1]] {
                found[vote.target].append(vote.weight)
            }
        }
        return found
    }

    static func rows(_ count: Int, _ features: Int) -> [Double] {
        var generator = SeededGenerator(seed: 5)
        return (0..<count * features).map { _ in
            Int.random(in: 0..<8, using: &generator) == 0
                ? .nan : Double(Int.random(in: -3...3, using: &generator)) / 2
        }
    }

    /// Blocks of rows, what is left over of them, single rows, and more trees than are walked at a time.
    @Test(
        "Every walk is that of the standard's words",
        arguments: [1, 3, 8, 64, 65, 131], VoteAggregate.allCases)
    func walks(_ count: Int, _ aggregate: VoteAggregate) throws {
        for (targets, votes) in [(1, 1), (3, 2)] {
            let forest = try Self.forest(
                trees: 19, depth: 4, features: 3, targets: targets, votes: votes)
            let trees = try TreeEnsembleRegressor(
                forest, targetCount: targets, aggregate: aggregate)
            let numbers = Self.rows(count, 3)
            var expected: [Float] = []
            for row in 0..<count {
                for found in Self.walk(
                    forest, Array(numbers[3 * row..<3 * row + 3]), targets: targets)
                {
                    let sum = found.reduce(0, +)
                    switch aggregate {
                    case .sum: expected.append(Float(sum))
                    case .average: expected.append(Float(sum / 19))
                    case .min: expected.append(Float(found.min() ?? 0))
                    case .max: expected.append(Float(found.max() ?? 0))
                    }
                }
            }
            for type in [DataType.float32, .float64] {
                let x = try Tensor(numbers, shape: [count, 3]).converted(to: type)
                let y = try OperatorHarness.value(trees, x)
                #expect(try y.array(of: Float.self) == expected)
            }
        }
    }

    @Test("What is written is read back", arguments: [1, 3])
    func roundTrip(_ version: Int) throws {
        let forest = try Self.forest(
            trees: 3, depth: 3, features: 4, targets: 2, votes: 2, mode: .greater)
        let operators: [any Operator] = [
            try TreeEnsembleRegressor(forest, targetCount: 2, aggregate: .max, baseValues: [1, 2]),
            try TreeEnsembleClassifier(
                forest, labels: .strings(["a", "b"]), transform: .softmax),
        ]
        let x = Tensor(Self.rows(20, 4).map { Float($0) }, shape: [20, 4])
        for operation in operators {
            let count = operation is TreeEnsembleClassifier ? 2 : 1
            let spelled = try Speller.spell(
                operation, opset: version, inputs: ["x"], outputs: Array(["y", "z"].prefix(count)),
                isTaken: { _ in false })
            let again = try Self.read(spelled.nodes[0], version: version)
            let outputs = try OperatorHarness.evaluate(operation, [x], outputs: count)
            #expect(try OperatorHarness.evaluate(again, [x], outputs: count) == outputs)
        }
        let error = #expect(throws: HingeError.self) {
            try Speller.spell(
                operators[0], opset: 5, inputs: ["x"], outputs: ["y"], isTaken: { _ in false })
        }
        #expect(
            error?.description == "TreeEnsembleRegressor is withdrawn from opset 5 on, found 5")
    }

    @Test func ensemblesAreReadBack() throws {
        let forest = try Self.forest(trees: 3, depth: 3, features: 4, targets: 2)
        let operation = try TreeEnsemble(forest, targetCount: 2, aggregate: .min)
        let spelled = try Speller.spell(
            operation, opset: 5, inputs: ["x"], outputs: ["y"], isTaken: { _ in false })
        let again = try Self.read(spelled.nodes[0], version: 5)
        #expect(again as? TreeEnsemble == operation)
        let error = #expect(throws: HingeError.self) {
            try Speller.spell(
                operation, opset: 3, inputs: ["x"], outputs: ["y"], isTaken: { _ in false })
        }
        #expect(error?.description == "TreeEnsemble needs opset 5, not 3")
        for type in [DataType.float16, .float32, .float64] {
            let x = try Tensor(Self.rows(9, 4), shape: [9, 4]).converted(to: type)
            #expect(try OperatorHarness.value(again, x).dataType == type)
        }
    }
}
