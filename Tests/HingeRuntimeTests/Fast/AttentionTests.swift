import HingeGraph
import HingeOperators
import Testing

@testable import HingeRuntime

/// Attention on oneDNN computes what its own evaluation does.
@Suite struct AttentionTests {
    /// An attention of 4 heads: its mask, if it has one, and whether it takes rows.
    struct Case: CustomTestStringConvertible {
        var testDescription: String
        var mask: [Int]?
        var isChoice = false
        var isCausal = false
        var isFlat = true
        /// Whether the mask leaves out all keys of the first query.
        var closesFirst = false
    }

    static let cases = [
        Case(testDescription: "rows"),
        Case(testDescription: "heads", isFlat: false),
        Case(testDescription: "causal", isCausal: true),
        Case(testDescription: "a mask of the keys", mask: [2, 1, 1, 7]),
        Case(testDescription: "a mask of queries and keys", mask: [5, 7]),
        Case(testDescription: "a mask of everything", mask: [2, 4, 5, 7], isFlat: false),
        Case(testDescription: "a mask of heads, causal", mask: [4, 5, 7], isCausal: true),
        Case(testDescription: "booleans of the keys", mask: [2, 1, 1, 7], isChoice: true),
        Case(testDescription: "booleans of queries and keys", mask: [5, 7], isChoice: true),
        Case(
            testDescription: "a query without keys", mask: [5, 7], isChoice: true,
            closesFirst: true),
    ]

    private static func model(_ test: Case) throws -> Model {
        var graph = GraphBuilder(opset: 23)
        let shapes: [[Int]] =
            test.isFlat
            ? [[2, 5, 32], [2, 7, 32], [2, 7, 24]] : [[2, 4, 5, 8], [2, 4, 7, 8], [2, 4, 7, 6]]
        var inputs = zip(["q", "k", "v"], shapes).map {
            graph.input($0, .float32, Shape($1))
        }
        if let mask = test.mask {
            inputs.append(graph.input("mask", test.isChoice ? .bool : .float32, Shape(mask)))
        }
        var attention = test.isFlat ? Attention(queryHeadCount: 4, keyHeadCount: 4) : Attention()
        attention.isCausal = test.isCausal
        graph.output(try graph.append(attention, inputs, outputCount: 1)[0], "y")
        return graph.model()
    }

    private static func inputs(_ test: Case, _ model: Model) throws -> [String: Tensor] {
        var inputs: [String: Tensor] = [:]
        for (index, info) in model.graph.inputs.enumerated() {
            let shape = try #require(info.type?.shape?.extents)
            inputs[info.name] = random(shape, seed: UInt64(index + 1))
        }
        if let mask = test.mask, test.isChoice {
            let flags = (0..<mask.reduce(1, *)).map { index -> Float in
                test.closesFirst && index < 7 || index % 3 == 1 ? 0 : 1
            }
            inputs["mask"] = try Tensor(flags, shape: mask).converted(to: .bool, ConversionRules())
        }
        return inputs
    }

    @Test(arguments: cases)
    func computesTheSame(_ test: Case) throws {
        let pair = try EnginePair(AttentionTests.model(test))
        try pair.expectSame(AttentionTests.inputs(test, pair.model))
    }

    @Test func runsOnOneDNN() throws {
        for test in AttentionTests.cases {
            let pair = try EnginePair(AttentionTests.model(test))
            let inputs = try AttentionTests.inputs(test, pair.model)
            #if OneDNN
                let steps = try pair.steps(inputs)
                #expect(!steps.contains("evaluate Attention"), "\(test.testDescription)")
            #endif
        }
    }

    /// There are more queries than are computed at a time, and keys that whole blocks of them leave out.
    @Test(arguments: [Float.nan, .infinity])
    func keepsWhatIsNoNumberInValuesLeftOut(_ number: Float) throws {
        let shape = [1, 1, 130, 4]
        var graph = GraphBuilder(opset: 23)
        let x = graph.input("x", .float32, Shape(shape))
        let key = graph.constant(random(shape, seed: 1))
        graph.output(try graph.append(Attention(isCausal: true), x, key, x), "y")
        var numbers = try random(shape, seed: 2).array(of: Float.self)
        numbers[numbers.count - 1] = number
        try EnginePair(graph.model())
            .expectSamePlaces(Tensor(numbers, shape: shape), absolute: 1e-6)
    }

    @Test func leavesSharedHeadsToTheOperator() throws {
        var graph = GraphBuilder(opset: 23)
        let query = graph.input("q", .float32, [1, 3, 32])
        let key = graph.input("k", .float32, [1, 3, 16])
        let attention = Attention(queryHeadCount: 4, keyHeadCount: 2)
        graph.output(try graph.append(attention, query, key, key), "y")
        let pair = try EnginePair(graph.model())
        let inputs = ["q": random([1, 3, 32], seed: 1), "k": random([1, 3, 16], seed: 2)]
        try pair.expectSteps(["evaluate Attention"], inputs)
        try pair.expectSame(inputs)
    }
}
