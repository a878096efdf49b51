import HingeGraph
import HingeOperators
import HingeTransforms
import Testing

@Suite("ExpressEinsum")
struct ExpressEinsumTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var equation: String
        var first: [Shape.Dimension]
        var second: [Shape.Dimension]
        /// The operators that take its place; `nil` where it stays.
        var operators: [String]?
        var testDescription: String { "\(equation) of \(first) and \(second)" }

        init(
            _ equation: String, _ first: Shape, _ second: Shape, _ operators: [String]?
        ) {
            self.equation = equation
            self.first = first.dimensions
            self.second = second.dimensions
            self.operators = operators
        }
    }

    static let cases = [
        Case("ij,jk->ik", [3, 4], [4, 5], ["MatMul"]),
        Case("ij,kj->ik", ["N", 4], [5, 4], ["Transpose", "MatMul"]),
        Case("bhid,bhjd->bhij", [2, 3, 4, 5], [2, 3, 6, 5], ["Transpose", "MatMul"]),
        Case(
            "bghid,bghjd->bghij", ["B", 2, 3, 4, 5], ["B", 2, 3, 6, 5], ["Transpose", "MatMul"]),
        Case(
            "bihd,bjhd->bhij", [2, 4, 3, 5], [2, 6, 3, 5], ["Transpose", "Transpose", "MatMul"]),
        Case("ij,jk->ki", [3, 4], [4, 5], ["MatMul", "Transpose"]),
        Case("...ij,...jk", [2, 3, 4], [2, 4, 5], ["MatMul"]),
        Case("bi,bi->b", [3, 4], [3, 4], ["Reshape", "Reshape", "MatMul", "Reshape"]),
        Case(
            "abcd,cdef->abef", [2, 3, 4, 5], [4, 5, 2, 3],
            ["Reshape", "Reshape", "MatMul", "Reshape"]),
        Case("i,ij->j", [3], [3, 4], ["Reshape", "MatMul", "Reshape"]),
        // A sum of one operand alone, a diagonal, no sum, a dimension that broadcasts, one that may, an unknown one.
        Case("ijx,jk->ik", [3, 4, 2], [4, 5], nil),
        Case("ii,ij->ij", [4, 4], [4, 5], nil),
        Case("i,j->ij", [3], [4], nil),
        Case("...ij,...jk", [1, 3, 4], [2, 4, 5], nil),
        Case("...ij,...jk", ["B", 3, 4], ["C", 4, 5], nil),
        Case("abcd,cdef->abef", ["A", 3, 4, 5], [4, 5, 2, 3], nil),
    ]

    @Test("What takes its place computes the same", arguments: cases)
    func expresses(_ specimen: Case) throws {
        var graph = GraphBuilder()
        let first = graph.input("a", .float32, Shape(specimen.first))
        let second = graph.input("b", .float32, Shape(specimen.second))
        graph.output(
            try graph.append(Einsum(equation: specimen.equation), first, second), "y")
        let model = graph.model()
        var changed = model
        let isChanged = try ExpressEinsum().run(&changed)
        #expect(isChanged == (specimen.operators != nil))
        #expect(
            changed.graph.nodes.map(\.type).sorted() == (specimen.operators ?? ["Einsum"]).sorted())
        #expect(changed.graph.outputs.map(\.name) == ["y"])
        #expect(try PassHarness.difference(model, changed) <= 1e-6)
    }
}
