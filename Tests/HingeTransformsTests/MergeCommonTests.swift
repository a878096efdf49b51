import HingeGraph
import HingeOperators
import HingeTransforms
import Testing

@Suite("MergeCommon")
struct MergeCommonTests {
    /// The number of nodes that remain of activations of one input, whose results are added up.
    private static func remaining(_ alphas: [Float]) throws -> Int {
        var graph = GraphBuilder()
        let x = graph.input("x", .float32, [3])
        let activations = try alphas.map { try graph.append(LeakyRelu(alpha: $0), x) }
        graph.output(try graph.append(Sum(), activations, outputCount: 1)[0], "y")
        var model = graph.model()
        _ = try MergeCommon().run(&model)
        return model.graph.nodes.filter { $0.type == "LeakyRelu" }.count
    }

    @Test func equalOperatorsOfTheSameInputAreOne() throws {
        #expect(try MergeCommonTests.remaining([0.1, 0.1, 0.1]) == 1)
    }

    @Test func differentOperatorsOfTheSameInputStay() throws {
        #expect(try MergeCommonTests.remaining([0.1, 0.2, 0.3]) == 3)
    }

    @Test func eachOperatorIsFoundAmongManyOfTheSameInput() throws {
        let alphas = (0..<50).map { Float($0) / 64 }
        #expect(try MergeCommonTests.remaining(alphas + alphas.reversed()) == 50)
    }
}
