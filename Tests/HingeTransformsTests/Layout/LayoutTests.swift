import HingeGraph
import HingeOperators
import HingeRuntime
import Testing

@testable import HingeTransforms

@Suite struct LayoutTests {
    /// A small network in ONNX's layout, with a residual, a concatenation and a dense head.
    private func network(opset: Int = 21) throws -> Model {
        var random = SeededGenerator(seed: 1)
        func weights(_ shape: [Int]) -> Tensor {
            Tensor(
                (0..<shape.reduce(1, *)).map { _ in Float(random.normal()) / 3 }, shape: shape)
        }
        var graph = GraphBuilder(opset: opset)
        let x = graph.input("x", .float32, ["N", 3, 6, 8])
        let conv = try graph.append(
            Conv(padding: .explicit([1, 1, 1, 1])), x, graph.constant(weights([4, 3, 3, 3])),
            graph.constant(weights([4])), name: "conv")
        let prelu = try graph.append(
            PRelu(), conv, graph.constant(weights([4, 1, 1])), name: "prelu")
        let scaled = try graph.append(
            Mul(), prelu, graph.constant(weights([4, 6, 8])), name: "scaled")
        let second = try graph.append(
            Conv(padding: .sameUpper), scaled, graph.constant(weights([4, 4, 3, 3])),
            name: "second")
        let sum = try graph.append(Add(), second, conv, name: "sum")
        let joined = try graph.append(
            Concat(axis: 1), [sum, prelu], outputCount: 1, name: "joined")[0]
        let pooled = try graph.append(
            MaxPool(kernel: [2, 2], strides: [2, 2]), joined, name: "pooled")
        let flat = try graph.append(Flatten(), pooled, name: "flat")
        let dense = try graph.append(
            Gemm(transposesB: true), flat, graph.constant(weights([5, 96])),
            graph.constant(weights([5])), name: "dense")
        graph.output(try graph.append(Softmax(), dense, name: "softmax"), "y")
        return graph.model()
    }

    private func outputs(_ model: Model) throws -> [Float] {
        var random = SeededGenerator(seed: 2)
        let input = Tensor(
            (0..<2 * 3 * 6 * 8).map { _ in Float(random.normal()) }, shape: [2, 3, 6, 8])
        let session = try Session(model, options: Session.Options(engine: .reference))
        let name = model.graph.outputs[0].name
        return try #require(session.run(["x": .tensor(input)])[name]?.tensor).array()
    }

    private func transposes(_ model: Model) -> Int {
        model.graph.nodes.count { $0.type == "Transpose" }
    }

    @Test func thereAndBackComputesTheSameWithoutTransposes() throws {
        let model = try network()
        var changed = model
        #expect(try Layout(to: .channelsLast).run(&changed))
        let spatial = changed.graph.nodes.filter { $0.domain == ChannelsLast.domain }
        #expect(spatial.map(\.type) == ["Conv", "Conv", "MaxPool"])
        #expect(spatial.map(\.name) == ["conv", "second", "pooled"])
        // Only the input is in the other layout; the dense weights absorb the one before flattening.
        #expect(transposes(changed) == 1)
        #expect(changed.graph.inputs == model.graph.inputs)
        #expect(try Layout(to: .channelsFirst).run(&changed))
        #expect(transposes(changed) == 0)
        #expect(!changed.graph.nodes.contains { $0.domain == ChannelsLast.domain })
        let (found, expected) = (try outputs(changed), try outputs(model))
        for (a, b) in zip(found, expected) {
            // The dense layer adds up in another order after the way there, and back in the old one.
            #expect(abs(a - b) < 1e-6)
        }
    }

    @Test func aModelWithoutSpatialOperatorsStaysAsItIs() throws {
        var graph = GraphBuilder()
        let x = graph.input("x", .float32, ["N", 3])
        graph.output(try graph.append(Relu(), x), "y")
        var model = graph.model()
        #expect(try !Layout(to: .channelsLast).run(&model))
        #expect(try !Layout(to: .channelsFirst).run(&model))
        #expect(model.graph == graph.model().graph)
    }

    /// An operator between a transposition and its inverse.
    struct Between: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let append:
            @Sendable (inout GraphBuilder, GraphBuilder.Operand) throws -> GraphBuilder.Operand
    }

    /// The input is `[2, 3, 4, 5]`, transposed to `[2, 4, 5, 3]`.
    static let operators = [
        Between(testDescription: "Softmax") { try $0.append(Softmax(axis: -1), $1) },
        Between(testDescription: "negative axis") { try $0.append(Softmax(axis: -3), $1) },
        Between(testDescription: "ReduceMean keeping dimensions") {
            try $0.append(ReduceMean(axes: [1, 2]), $1)
        },
        Between(testDescription: "vector along the last dimension") {
            try $0.append(Add(), $1, $0.constant(Tensor([1, 2, 3] as [Float])))
        },
        Between(testDescription: "Pad") {
            let pads = $0.constant(Tensor([0, 1, 2, 0, 0, 3, 0, 4] as [Int64]))
            return try $0.append(Pad(), $1, pads)
        },
        Between(testDescription: "Slice") {
            try $0.append(SliceOf(starts: [1], ends: [3], axes: [2]), $1)
        },
        Between(testDescription: "BitShift") {
            let bits = try $0.append(Cast(to: .uint32), $1)
            let shifts = $0.constant(Tensor([1, 2, 3] as [UInt32]))
            return try $0.append(
                Cast(to: .float32), $0.append(BitShift(direction: .left), bits, shifts))
        },
        Between(testDescription: "Concat with itself") {
            try $0.append(Concat(axis: 3), [$1, $1], outputCount: 1)[0]
        },
    ]

    @Test(arguments: operators)
    func transpositionsMoveThrough(_ example: Between) throws {
        var graph = GraphBuilder()
        let x = graph.input("x", .float32, [2, 3, 4, 5])
        let last = try graph.append(Transpose([0, 2, 3, 1]), x)
        let result = try example.append(&graph, last)
        graph.output(try graph.append(Transpose([0, 3, 1, 2]), result), "y")
        let model = graph.model()
        var changed = model
        #expect(try Layout(to: .channelsFirst).run(&changed))
        #expect(transposes(changed) == 0)
        let input = Tensor((0..<120).map { Float($0) / 50 }, shape: [2, 3, 4, 5])
        let options = Session.Options(engine: .reference)
        let found = try Session(changed, options: options).run(["x": .tensor(input)])
        let expected = try Session(model, options: options).run(["x": .tensor(input)])
        let (a, b) = (try #require(found["y"]?.tensor), try #require(expected["y"]?.tensor))
        #expect(a.shape == b.shape)
        for (x, y) in try zip(a.array(of: Float.self), b.array(of: Float.self)) {
            #expect(abs(x - y) < 1e-6)
        }
    }

    /// Before version 7, an operator of two inputs says which dimensions of the first those of the second are.
    @Test(arguments: ["Add", "PRelu"])
    func whatIsLaidAlongAnAxisStaysBehindTheTransposition(_ type: String) throws {
        let attributes: [Attribute] =
            type == "Add" ? [.int("axis", 1), .int("broadcast", 1)] : []
        let graph = Graph(
            nodes: [
                Node(
                    "Transpose", inputs: ["x"], outputs: ["moved"],
                    attributes: [.ints("perm", [0, 3, 1, 2])]),
                Node(type, inputs: ["moved", "b"], outputs: ["sum"], attributes: attributes),
                Node("Relu", inputs: ["sum"], outputs: ["y"]),
            ],
            inputs: [ValueInfo(name: "x", type: .tensor(.float32, [2, 3, 3, 3]))],
            outputs: [ValueInfo(name: "y", type: .tensor(.float32, [2, 3, 3, 3]))],
            initializers: [NamedTensor(name: "b", Tensor([-1, 2, 30] as [Float]))])
        let model = Model(graph: graph, opsetImports: [OpsetImport(domain: "", version: 6)])
        var changed = model
        _ = try Layout(to: .channelsLast).run(&changed)
        #expect(try PassHarness.difference(model, changed) == 0)
    }

    @Test func squeezedDimensionsLeaveTheRestInOrder() throws {
        var graph = GraphBuilder()
        let x = graph.input("x", .float32, [2, 3, 1, 5])
        let moved = try graph.append(Transpose([0, 2, 3, 1]), x)
        let squeezed = try graph.append(Squeeze(axes: [1]), moved)
        graph.output(try graph.append(Relu(), squeezed), "y")
        let model = graph.model()
        var changed = model
        _ = try Layout(to: .channelsFirst).run(&changed)
        let input = Tensor((0..<30).map { Float($0) - 15 }, shape: [2, 3, 1, 5])
        let options = Session.Options(engine: .reference)
        let found = try Session(changed, options: options).run(["x": .tensor(input)])
        let expected = try Session(model, options: options).run(["x": .tensor(input)])
        #expect(found == expected)
    }
}
