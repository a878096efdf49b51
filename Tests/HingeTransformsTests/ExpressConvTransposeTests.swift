import HingeGraph
import HingeOperators
import HingeRuntime
import HingeTransforms
import Testing

@Suite("ExpressConvTranspose")
struct ExpressConvTransposeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var weights: [Int]
        var operation: ConvTranspose
        var hasBias = false
        /// Whether something takes its place.
        var isExpressed: Bool
        var testDescription: String { name }
    }

    static let cases = [
        Case(
            name: "blocks of 2", weights: [3, 5, 2, 2],
            operation: ConvTranspose(strides: [2, 2]), isExpressed: true),
        Case(
            name: "blocks of 3 with bias", weights: [4, 2, 3, 3],
            operation: ConvTranspose(strides: [3, 3], padding: .valid), hasBias: true,
            isExpressed: true),
        Case(
            name: "zeros for padding", weights: [2, 1, 4, 4],
            operation: ConvTranspose(strides: [4, 4], padding: .explicit([0, 0, 0, 0])),
            hasBias: true, isExpressed: true),
        Case(
            name: "windows that overlap", weights: [3, 5, 3, 3],
            operation: ConvTranspose(strides: [2, 2]), isExpressed: false),
        Case(
            name: "windows with gaps", weights: [3, 5, 2, 2],
            operation: ConvTranspose(strides: [3, 3]), isExpressed: false),
        Case(
            name: "blocks that are not square", weights: [3, 5, 2, 3],
            operation: ConvTranspose(strides: [2, 3]), isExpressed: false),
        Case(
            name: "what is cut off", weights: [3, 5, 2, 2],
            operation: ConvTranspose(strides: [2, 2], padding: .explicit([1, 0, 0, 0])),
            isExpressed: false),
        Case(
            name: "what is added", weights: [3, 5, 2, 2],
            operation: ConvTranspose(strides: [2, 2], outputPadding: [1, 0]),
            isExpressed: false),
        Case(
            name: "groups", weights: [4, 2, 2, 2],
            operation: ConvTranspose(strides: [2, 2], group: 2), isExpressed: false),
        Case(
            name: "one pixel", weights: [3, 5, 1, 1], operation: ConvTranspose(),
            isExpressed: false),
        Case(
            name: "one dimension", weights: [3, 5, 2],
            operation: ConvTranspose(strides: [2]), isExpressed: false),
    ]

    private func numbers(_ shape: [Int], _ seed: UInt64) -> Tensor {
        var random = SeededGenerator(seed: seed)
        return Tensor(
            (0..<shape.reduce(1, *)).map { _ in Float(random.normal()) }, shape: shape)
    }

    @Test("What takes its place computes the same", arguments: cases)
    func expresses(_ specimen: Case) throws {
        var graph = GraphBuilder()
        let channels = specimen.weights[0]
        let spatial = specimen.weights.count == 3 ? [5] : [5, 4]
        let x = graph.input("x", .float32, Shape([2, channels] + spatial))
        var inputs = [x, graph.constant(numbers(specimen.weights, 1))]
        let maps = specimen.weights[1] * specimen.operation.group
        if specimen.hasBias { inputs.append(graph.constant(numbers([maps], 2))) }
        let y = try graph.append(specimen.operation, inputs, outputCount: 1)[0]
        graph.output(try graph.append(Relu(), y), "y")
        let model = graph.model()
        var changed = model
        #expect(try ExpressConvTranspose().run(&changed) == specimen.isExpressed)
        #expect(
            changed.graph.nodes.map(\.type)
                == (specimen.isExpressed
                    ? ["Conv", "Relu", "DepthToSpace"] : ["ConvTranspose", "Relu"]))
        let given = ["x": Value.tensor(numbers([2, channels] + spatial, 3))]
        let options = Session.Options(engine: .reference)
        let wanted = try #require(try Session(model, options: options).run(given)["y"]?.tensor)
        for session in [try Session(changed, options: options), try Session(model)] {
            let found = try #require(try session.run(given)["y"]?.tensor)
            #expect(found.shape == wanted.shape)
            for (a, b) in zip(try found.doubles(), try wanted.doubles()) {
                #expect(abs(a - b) < 1e-5)
            }
        }
    }
}
