import HingeGraph
import HingeOperators
import HingeTransforms
import Testing

/// Operators that exporters write as several nodes.
@Suite("Recognition")
struct FusionTests {
    typealias Operand = GraphBuilder.Operand
    typealias Build = @Sendable (inout GraphBuilder, Operand) throws -> Operand

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var pass: any Pass
        var build: Build
        var remaining: [String]
        var attribute: Attribute?
        var testDescription: String { name }
    }

    static func number(_ graph: inout GraphBuilder, _ value: Double) -> Operand {
        graph.constant(Tensor(scalar: Float(value)))
    }

    static func errorFunction(_ graph: inout GraphBuilder, _ x: Operand) throws -> Operand {
        let scaled = try graph.append(Div(), x, number(&graph, 2.0.squareRoot()))
        return try graph.append(Add(), graph.append(Erf(), scaled), number(&graph, 1))
    }

    static func tanh(_ graph: inout GraphBuilder, _ sum: Operand) throws -> Operand {
        let scaled = try graph.append(
            Mul(), number(&graph, (2 / Double.pi).squareRoot()), sum)
        return try graph.append(Add(), number(&graph, 1), graph.append(Tanh(), scaled))
    }

    /// Mean, deviation and normalized value over the last dimension.
    static func normalize(
        _ graph: inout GraphBuilder, _ x: Operand, twice: Bool = false, axes: [Int] = [-1]
    ) throws -> Operand {
        let mean = try graph.append(ReduceMean(axes: axes), x)
        let deviation = try graph.append(Sub(), x, mean)
        let other = twice ? try graph.append(Sub(), x, mean) : deviation
        let square =
            twice
            ? try graph.append(Mul(), other, other)
            : try graph.append(Pow(), other, number(&graph, 2))
        let variance = try graph.append(ReduceMean(axes: axes), square)
        let sum = try graph.append(Add(), variance, number(&graph, 1e-5))
        return try graph.append(Div(), deviation, graph.append(Sqrt(), sum))
    }

    static let gelus: [Case] = [
        Case(
            name: "Gelu as PyTorch writes it", pass: FuseGelu(),
            build: { graph, x in
                let product = try graph.append(Mul(), x, errorFunction(&graph, x))
                return try graph.append(Mul(), product, number(&graph, 0.5))
            }, remaining: ["Gelu"], attribute: .string("approximate", "none")),
        Case(
            name: "Gelu with the half first", pass: FuseGelu(),
            build: { graph, x in
                let half = try graph.append(Mul(), number(&graph, 0.5), x)
                return try graph.append(Mul(), half, errorFunction(&graph, x))
            }, remaining: ["Gelu"], attribute: .string("approximate", "none")),
        Case(
            name: "Gelu by tanh, x³ as a power", pass: FuseGelu(),
            build: { graph, x in
                let cube = try graph.append(Pow(), x, number(&graph, 3))
                let sum = try graph.append(
                    Add(), x, graph.append(Mul(), cube, number(&graph, 0.044715)))
                let half = try graph.append(Mul(), x, number(&graph, 0.5))
                return try graph.append(Mul(), half, tanh(&graph, sum))
            }, remaining: ["Gelu"], attribute: .string("approximate", "tanh")),
        Case(
            name: "Gelu by tanh, x · (1 + x²)", pass: FuseGelu(),
            build: { graph, x in
                let square = try graph.append(Mul(), x, x)
                let sum = try graph.append(
                    Add(), number(&graph, 1),
                    graph.append(Mul(), number(&graph, 0.044715), square))
                let curve = try tanh(&graph, graph.append(Mul(), x, sum))
                let product = try graph.append(Mul(), curve, number(&graph, 0.5))
                return try graph.append(Mul(), x, product)
            }, remaining: ["Gelu"], attribute: .string("approximate", "tanh")),
        Case(
            name: "not Gelu: another number", pass: FuseGelu(),
            build: { graph, x in
                let product = try graph.append(Mul(), x, errorFunction(&graph, x))
                return try graph.append(Mul(), product, number(&graph, 0.6))
            }, remaining: ["Div", "Erf", "Add", "Mul", "Mul"]),
        Case(
            name: "not Gelu: the sum is used elsewhere", pass: FuseGelu(),
            build: { graph, x in
                let sum = try errorFunction(&graph, x)
                let half = try graph.append(Mul(), x, number(&graph, 0.5))
                return try graph.append(Sub(), graph.append(Mul(), half, sum), sum)
            }, remaining: ["Div", "Erf", "Add", "Mul", "Mul", "Sub"]),
    ]

    static let gates: [Case] = [
        Case(
            name: "Swish", pass: FuseSwish(),
            build: { graph, x in
                try graph.append(Mul(), graph.append(Sigmoid(), x), x)
            }, remaining: ["Swish"], attribute: .float("alpha", 1)),
        Case(
            name: "Swish with a factor", pass: FuseSwish(),
            build: { graph, x in
                let scaled = try graph.append(Mul(), x, number(&graph, 1.702))
                return try graph.append(Mul(), x, graph.append(Sigmoid(), scaled))
            }, remaining: ["Swish"], attribute: .float("alpha", 1.702)),
        Case(
            name: "not Swish: another value", pass: FuseSwish(),
            build: { graph, x in
                let other = try graph.append(Neg(), x)
                return try graph.append(Mul(), x, graph.append(Sigmoid(), other))
            }, remaining: ["Neg", "Sigmoid", "Mul"]),
        Case(
            name: "HardSwish of HardSigmoid", pass: FuseHardSwish(),
            build: { graph, x in
                try graph.append(
                    Mul(), x, graph.append(HardSigmoid(alpha: 1.0 / 6, beta: 0.5), x))
            }, remaining: ["HardSwish"]),
        Case(
            name: "HardSwish of Clip", pass: FuseHardSwish(),
            build: { graph, x in
                let sum = try graph.append(Add(), x, number(&graph, 3))
                let gate = try graph.append(Clip(minimum: 0, maximum: 6), sum)
                return try graph.append(
                    Div(), graph.append(Mul(), x, gate), number(&graph, 6))
            }, remaining: ["HardSwish"]),
        Case(
            name: "not HardSwish: another bound", pass: FuseHardSwish(),
            build: { graph, x in
                let sum = try graph.append(Add(), x, number(&graph, 3))
                let gate = try graph.append(Clip(minimum: 0, maximum: 5), sum)
                return try graph.append(
                    Div(), graph.append(Mul(), x, gate), number(&graph, 6))
            }, remaining: ["Add", "Clip", "Mul", "Div"]),
        Case(
            name: "Mish", pass: FuseMish(),
            build: { graph, x in
                let tanh = try graph.append(Tanh(), graph.append(Softplus(), x))
                return try graph.append(Mul(), x, tanh)
            }, remaining: ["Mish"]),
        Case(
            name: "Mish with its logarithm", pass: FuseMish(),
            build: { graph, x in
                let sum = try graph.append(
                    Add(), graph.append(Exp(), x), number(&graph, 1))
                let tanh = try graph.append(Tanh(), graph.append(Log(), sum))
                return try graph.append(Mul(), tanh, x)
            }, remaining: ["Mish"]),
    ]

    static let normalizations: [Case] = [
        Case(
            name: "LayerNormalization", pass: FuseLayerNormalization(),
            build: { graph, x in
                let scale = graph.constant(PassHarness.random(8, seed: 2))
                let bias = graph.constant(PassHarness.random(8, seed: 3))
                let y = try graph.append(Mul(), normalize(&graph, x), scale)
                return try graph.append(Add(), bias, y)
            }, remaining: ["LayerNormalization"], attribute: .int("axis", -1)),
        Case(
            name: "LayerNormalization without scale and bias, deviation computed twice",
            pass: FuseLayerNormalization(),
            build: { graph, x in try normalize(&graph, x, twice: true) },
            remaining: ["LayerNormalization"]),
        Case(
            name: "LayerNormalization over two dimensions", pass: FuseLayerNormalization(),
            build: { graph, x in
                let scale = graph.constant(PassHarness.random(4, 8, seed: 2))
                return try graph.append(Mul(), normalize(&graph, x, axes: [1, 2]), scale)
            }, remaining: ["LayerNormalization"], attribute: .int("axis", -2)),
        Case(
            name: "not LayerNormalization: other dimensions", pass: FuseLayerNormalization(),
            build: { graph, x in try normalize(&graph, x, axes: [1]) },
            remaining: ["ReduceMean", "Sub", "Pow", "ReduceMean", "Add", "Sqrt", "Div"]),
        Case(
            name: "a bias of the wrong shape stays", pass: FuseLayerNormalization(),
            build: { graph, x in
                let bias = graph.constant(PassHarness.random(4, 1, seed: 3))
                return try graph.append(Add(), normalize(&graph, x), bias)
            }, remaining: ["LayerNormalization", "Add"]),
    ]

    @Test("finds the operator", arguments: gelus + gates + normalizations)
    func fuse(_ test: Case) throws {
        var graph = GraphBuilder(opset: 24)
        let x = graph.input("x", .float32, ["N", 4, 8])
        let before = try graph.append(Neg(), x, name: "before")
        graph.output(try test.build(&graph, before), "y")
        let model = graph.model()
        var fused = model
        let changed = try test.pass.run(&fused)
        let types = fused.graph.nodes.map(\.type)
        #expect(types == ["Neg"] + test.remaining)
        #expect(changed == (types.count < model.graph.nodes.count))
        if let attribute = test.attribute {
            #expect(fused.graph.nodes.last?.attributes.contains(attribute) == true)
        }
        #expect(try PassHarness.difference(model, fused) < 1e-6)
    }

    @Test("leaves the nodes where the opset doesn't have the operator", arguments: [13])
    func older(opset: Int) throws {
        for test in FusionTests.gelus + FusionTests.gates + FusionTests.normalizations {
            var graph = GraphBuilder(opset: opset)
            let x = graph.input("x", .float32, ["N", 4, 8])
            graph.output(try test.build(&graph, x), "y")
            var model = graph.model()
            #expect(try !test.pass.run(&model), "\(test.name)")
        }
    }

    @Test("Simplify recognises what the version has")
    func raise() throws {
        var graph = GraphBuilder(opset: 17)
        let x = graph.input("x", .float32, ["N", 4, 8])
        graph.output(try FusionTests.gelus[0].build(&graph, x), "y")
        var model = graph.model()
        #expect(try !Simplify().run(&model))
        #expect(try ConvertOpset(to: ConvertOpset.newest).run(&model))
        #expect(try Simplify().run(&model))
        #expect(model.graph.nodes.map(\.type) == ["Gelu"])
        #expect(model.opset(of: "") == ConvertOpset.newest)
    }
}
