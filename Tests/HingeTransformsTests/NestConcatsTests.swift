import HingeGraph
import HingeOperators
import HingeTransforms
import Testing

@Suite("NestConcats")
struct NestConcatsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var shape: [Int] = [1, 2, 3]
        var axes = [1, 1]
        /// The inputs of each `Concat`, by letters.
        var joins: [String]
        /// The inputs of each after the pass: capital letters are the results of those before.
        var expected: [String]
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "the same beginning", joins: ["ab", "abc"], expected: ["ab", "Ac"]),
        Case(
            name: "the longest of several", axes: [1, 1, -2], joins: ["ab", "abc", "abcda"],
            expected: ["ab", "Ac", "Bda"]),
        Case(name: "another beginning", joins: ["ab", "bac"], expected: ["ab", "bac"]),
        Case(name: "the same inputs", joins: ["ab", "ab"], expected: ["ab", "ab"]),
        Case(name: "fewer inputs", joins: ["abc", "ab"], expected: ["abc", "ab"]),
        Case(
            name: "another axis", axes: [1, 0], joins: ["ab", "abc"], expected: ["ab", "abc"]),
        Case(
            name: "rows that lie apart", shape: [2, 2, 3], joins: ["ab", "abc"],
            expected: ["ab", "abc"]),
    ]

    @Test("A row that begins like another is made of it", arguments: cases)
    func nests(_ specimen: Case) throws {
        var graph = GraphBuilder()
        var values: [Character: GraphBuilder.Operand] = [:]
        for letter in "abcd" {
            values[letter] = graph.input(String(letter), .float32, Shape(specimen.shape))
        }
        for (index, letters) in specimen.joins.enumerated() {
            let inputs = try letters.map { try #require(values[$0]) }
            let y = try graph.append(
                Concat(axis: specimen.axes[index]), inputs, outputCount: 1)[0]
            graph.output(y, ["A", "B", "C"][index])
        }
        var model = graph.model()
        #expect(try NestConcats().run(&model) == (specimen.joins != specimen.expected))
        #expect(model.graph.nodes.map { $0.inputs.joined() } == specimen.expected)
    }
}
