import HingeGraph
import HingeOperators
import HingeTransforms
import Testing

@Suite("FuseBatchNormalization")
struct FuseBatchNormalizationTests {
    typealias Operand = GraphBuilder.Operand

    /// A linear operator with constant weights, what follows it, and the nodes that remain.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var shape: Shape
        var build: @Sendable (inout GraphBuilder, Operand) throws -> Operand
        var remaining: [String]
        var testDescription: String { name }
    }

    static func normalize(
        _ graph: inout GraphBuilder, _ x: Operand, _ channels: Int
    ) throws -> Operand {
        var positive = PassHarness.random(channels, seed: 5)
        try positive.withUnsafeMutableElements(of: Float.self) { elements in
            for index in elements.indices { elements[index] = abs(elements[index]) + 0.5 }
        }
        let parameters = [
            graph.constant(PassHarness.random(channels, seed: 2)),
            graph.constant(PassHarness.random(channels, seed: 3)),
            graph.constant(PassHarness.random(channels, seed: 4)), graph.constant(positive),
        ]
        return try graph.append(
            BatchNormalization(epsilon: 1e-3), [x] + parameters, outputCount: 1)[0]
    }

    static let image: Shape = [2, 4, 5, 5]

    static let cases = [
        Case(
            name: "Conv", shape: image,
            build: { graph, x in
                let weights = graph.constant(PassHarness.random(6, 2, 3, 3))
                let y = try graph.append(Conv(group: 2), x, weights)
                return try normalize(&graph, y, 6)
            }, remaining: ["Conv"]),
        Case(
            name: "Conv with a bias, Mul and Add", shape: image,
            build: { graph, x in
                let weights = graph.constant(PassHarness.random(6, 4, 3, 3))
                let bias = graph.constant(PassHarness.random(6, seed: 9))
                let y = try graph.append(Conv(), x, weights, bias)
                let scale = graph.constant(PassHarness.random(6, 1, 1, seed: 10))
                let shift = graph.constant(PassHarness.random(1, 6, 1, 1, seed: 11))
                return try graph.append(Add(), shift, graph.append(Mul(), y, scale))
            }, remaining: ["Conv"]),
        Case(
            name: "Conv, divided and reduced by numbers", shape: image,
            build: { graph, x in
                let y = try graph.append(
                    Conv(), x, graph.constant(PassHarness.random(3, 4, 1, 1)))
                let quotient = try graph.append(
                    Div(), y, graph.constant(Tensor(scalar: Float(3))))
                return try graph.append(
                    Sub(), quotient, graph.constant(Tensor(scalar: Float(0.5))))
            }, remaining: ["Conv"]),
        Case(
            name: "ConvTranspose in groups", shape: image,
            build: { graph, x in
                let weights = graph.constant(PassHarness.random(4, 3, 3, 3))
                let y = try graph.append(ConvTranspose(group: 2), x, weights)
                return try normalize(&graph, y, 6)
            }, remaining: ["ConvTranspose"]),
        Case(
            name: "Gemm", shape: [3, 4],
            build: { graph, x in
                let weights = graph.constant(PassHarness.random(4, 5))
                let bias = graph.constant(PassHarness.random(1, 5, seed: 9))
                let y = try graph.append(Gemm(alpha: 0.5, beta: 2), x, weights, bias)
                return try normalize(&graph, y, 5)
            }, remaining: ["Gemm"]),
        Case(
            name: "Gemm with transposed weights", shape: [3, 4],
            build: { graph, x in
                let weights = graph.constant(PassHarness.random(5, 4))
                let y = try graph.append(Gemm(transposesB: true), x, weights)
                return try normalize(&graph, y, 5)
            }, remaining: ["Gemm"]),
        Case(
            name: "MatMul", shape: [3, 4],
            build: { graph, x in
                let y = try graph.append(
                    MatMul(), x, graph.constant(PassHarness.random(4, 5)))
                return try normalize(&graph, y, 5)
            }, remaining: ["Gemm"]),
        Case(
            name: "MatMul and a sum, which other things fuse", shape: [3, 4],
            build: { graph, x in
                let y = try graph.append(
                    MatMul(), x, graph.constant(PassHarness.random(4, 5)))
                return try graph.append(Add(), y, graph.constant(PassHarness.random(5)))
            }, remaining: ["MatMul", "Add"]),
        Case(
            name: "a product along another dimension", shape: image,
            build: { graph, x in
                let y = try graph.append(
                    Conv(), x, graph.constant(PassHarness.random(5, 4, 1, 1)))
                return try graph.append(Mul(), y, graph.constant(PassHarness.random(5)))
            }, remaining: ["Conv", "Mul"]),
        Case(
            name: "a result that is used twice", shape: image,
            build: { graph, x in
                let y = try graph.append(
                    Conv(), x, graph.constant(PassHarness.random(4, 4, 1, 1)))
                return try graph.append(Add(), normalize(&graph, y, 4), y)
            }, remaining: ["Conv", "BatchNormalization", "Add"]),
    ]

    @Test("computes scales and shifts into weights", arguments: cases)
    func fuse(_ test: Case) throws {
        var graph = GraphBuilder(opset: 21)
        let x = graph.input("x", .float32, test.shape)
        graph.output(try test.build(&graph, x), "y")
        let model = graph.model()
        var fused = model
        _ = try fused.run([FuseBatchNormalization(), RemoveUnused()])
        #expect(fused.graph.nodes.map(\.type) == test.remaining)
        // Rounding of the weights, in single precision.
        #expect(try PassHarness.difference(model, fused) < 1e-6)
    }
}
