import HingeGraph
import HingeOperators
import Testing

@testable import HingeRuntime

@Suite("Steps that are fused")
struct FusionTests {
    struct Activation: CustomTestStringConvertible, Sendable {
        let operation: any Operator
        /// The shape of the slopes of PRelu, behind a convolution with 16 channels.
        var slopes: [Int]?
        /// Whether it joins the step in front; if not, the operator's own evaluation is better than oneDNN's.
        var isFused = true
        /// The steps of it by itself, where that isn't just one.
        var alone: [String]?
        var testDescription: String { "\(operation.id) \(slopes.map { "\($0)" } ?? "")" }

        /// Expects one step, or one more for slopes that differ: oneDNN 2 has no fast fused form of them.
        func expectFused(_ steps: [String], behind first: String) {
            let name = operation.id.type
            var allowed = [isFused ? ["\(first)+\(name)"] : [first, "evaluate \(name)"]]
            if slopes?.contains(where: { $0 > 1 }) ?? false { allowed.append([first, name]) }
            #expect(allowed.contains(steps), "\(steps)")
        }
    }

    static let activations = [
        Activation(operation: Relu()), Activation(operation: LeakyRelu(alpha: 0.3)),
        Activation(operation: Elu(alpha: 0.7), isFused: false),
        Activation(operation: Selu(), isFused: false),
        Activation(operation: Celu(), isFused: false), Activation(operation: Sigmoid()),
        Activation(operation: Tanh()), Activation(operation: Softplus(), isFused: false),
        Activation(operation: HardSigmoid(), alone: ["HardSigmoid", "HardSigmoid"]),
        Activation(operation: HardSwish()),
        Activation(operation: Swish()),
        Activation(operation: Mish(), isFused: false),
        Activation(operation: Gelu()), Activation(operation: Gelu(approximation: .tanh)),
        Activation(operation: Clip(minimum: 0, maximum: 6)),
        Activation(operation: Clip(minimum: -0.5)),
        Activation(operation: Clip(maximum: 0.5)),
        Activation(operation: PRelu(), slopes: [1], alone: ["evaluate PRelu"]),
        Activation(operation: PRelu(), slopes: [16, 1, 1]),
        Activation(operation: PRelu(), slopes: [1, 16, 1, 1]),
        Activation(operation: PRelu(), slopes: [16, 6, 6]),
    ]

    /// oneDNN's polynomials for exponentials are good to about 1e-6.
    static let tolerance = 1e-5

    private func apply(
        _ activation: Activation, _ builder: inout GraphBuilder, _ x: GraphBuilder.Operand
    ) throws -> GraphBuilder.Operand {
        guard let slopes = activation.slopes else {
            return try builder.append(activation.operation, x)
        }
        return try builder.append(
            activation.operation, x, builder.constant(random(slopes, seed: 5, scale: 0.3)))
    }

    @Test("An activation behind a convolution", arguments: activations)
    func convolution(_ activation: Activation) throws {
        let pair = try EnginePair([1, 8, 8, 8]) { builder, x in
            let w = builder.constant(random([16, 8, 3, 3], seed: 1, scale: 0.1))
            return try apply(activation, &builder, builder.append(Conv(), x, w))
        }
        try pair.expectSame([1, 8, 8, 8], tolerance: Self.tolerance)
        #if OneDNN
            activation.expectFused(try pair.steps([1, 8, 8, 8]), behind: "Conv")
        #endif
    }

    @Test("An activation behind a matrix product", arguments: activations)
    func gemm(_ activation: Activation) throws {
        var activation = activation
        if activation.slopes != nil { activation.slopes = [activation.slopes?.count == 1 ? 1 : 24] }
        let pair = try EnginePair([4, 32]) { builder, x in
            let w = builder.constant(random([24, 32], seed: 1, scale: 0.2))
            let b = builder.constant(random([24], seed: 2))
            return try apply(
                activation, &builder, builder.append(Gemm(transposesB: true), x, w, b))
        }
        try pair.expectSame([4, 32], tolerance: Self.tolerance)
        #if OneDNN
            activation.expectFused(try pair.steps([4, 32]), behind: "Gemm")
        #endif
    }

    @Test("An activation by itself", arguments: activations)
    func alone(_ activation: Activation) throws {
        let pair = try EnginePair([1, 16, 6, 6]) { builder, x in
            try apply(activation, &builder, x)
        }
        try pair.expectSame([1, 16, 6, 6], tolerance: Self.tolerance)
        let name = activation.operation.id.type
        let expected = activation.alone ?? [activation.isFused ? name : "evaluate \(name)"]
        try pair.expectSteps(expected, [1, 16, 6, 6])
    }

    @Test("A residual block")
    func residual() throws {
        let pair = try EnginePair([2, 16, 8, 8]) { builder, x in
            let w1 = builder.constant(random([16, 16, 3, 3], seed: 1, scale: 0.1))
            let w2 = builder.constant(random([16, 16, 1, 1], seed: 2, scale: 0.2))
            let padding = Padding.explicit([1, 1, 1, 1])
            let start = try builder.append(Conv(padding: padding), x, w1)
            let a = try builder.append(Relu(), start)
            let b = try builder.append(Conv(), a, w2)
            let sum = try builder.append(Add(), b, a)
            return try builder.append(Relu(), sum)
        }
        try pair.expectSame([2, 16, 8, 8])
        try pair.expectSteps(
            ["Conv+Relu", "Conv+Add+Relu"], or: ["Conv+Relu", "Conv", "Add+Relu"], [2, 16, 8, 8])
    }

    @Test("A residual that is needed again is not written over")
    func residualUsedTwice() throws {
        let pair = try EnginePair([1, 16, 8, 8]) { builder, x in
            let w = builder.constant(random([16, 16, 1, 1], seed: 1, scale: 0.2))
            let a = try builder.append(Conv(), x, w)
            let b = try builder.append(Conv(), a, w)
            let sum = try builder.append(Add(), b, a)
            return try builder.append(Sub(), builder.append(Conv(), sum, w), a)
        }
        try pair.expectSame([1, 16, 8, 8])
        try pair.expectSteps(
            ["Conv", "Conv+Add", "Conv+Sub"], or: ["Conv", "Conv", "Add", "Conv", "Sub"],
            [1, 16, 8, 8])
    }

    @Test("A value that is also an output is not fused away")
    func innerOutput() throws {
        var builder = GraphBuilder()
        let x = builder.input("x", .float32, [1, 8, 5, 5])
        let w = builder.constant(random([16, 8, 3, 3], seed: 1))
        let conv = try builder.append(Conv(), x, w)
        let y = try builder.append(Relu(), conv)
        builder.output(y, "y")
        builder.output(conv, "conv")
        let pair = try EnginePair(builder.model())
        try pair.expectSame(["x": random([1, 8, 5, 5], seed: 3)])
        try pair.expectSteps(["Conv", "Relu"], [1, 8, 5, 5])
    }

    @Test("x · sigmoid(x) written out")
    func swish() throws {
        let pair = try EnginePair([1, 8, 5, 5]) { builder, x in
            let conv = try builder.append(
                Conv(), x, builder.constant(random([16, 8, 1, 1], seed: 1)))
            return try builder.append(Mul(), conv, builder.append(Sigmoid(), conv))
        }
        try pair.expectSame([1, 8, 5, 5], tolerance: Self.tolerance)
        try pair.expectSteps(["Conv+Swish"], [1, 8, 5, 5])
    }

    @Test("Channels that are scaled and shifted behind a convolution")
    func channels() throws {
        let pair = try EnginePair([1, 8, 5, 5]) { builder, x in
            let conv = try builder.append(
                Conv(), x, builder.constant(random([16, 8, 1, 1], seed: 1)))
            let scale = builder.constant(random([1, 16, 1, 1], seed: 2))
            let shift = builder.constant(random([16, 1, 1], seed: 3))
            let half = builder.constant(Tensor(scalar: Float(0.5)))
            let scaled = try builder.append(Mul(), conv, scale)
            return try builder.append(Sub(), builder.append(Add(), shift, scaled), half)
        }
        try pair.expectSame([1, 8, 5, 5])
        try pair.expectSteps(["Conv"], [1, 8, 5, 5])
    }

    @Test("A gate that is computed from the value itself")
    func squeezeAndExcite() throws {
        let pair = try EnginePair([2, 8, 6, 6]) { builder, x in
            let conv = try builder.append(
                Conv(), x, builder.constant(random([16, 8, 3, 3], seed: 1)))
            let mean = try builder.append(GlobalAveragePool(), conv)
            let gate = try builder.append(
                Conv(), mean, builder.constant(random([16, 16, 1, 1], seed: 2)))
            let scale = try builder.append(HardSigmoid(), gate)
            return try builder.append(Mul(), conv, scale)
        }
        try pair.expectSame([2, 8, 6, 6])
        try pair.expectSteps(
            ["Conv", "GlobalAveragePool", "Conv+HardSigmoid", "evaluate Mul"],
            or: ["Conv", "GlobalAveragePool", "Conv+HardSigmoid", "Mul"], [2, 8, 6, 6])
    }

    /// An operator of before version 7 behind a convolution, whose second input lies along dimension 1 of the first.
    @Test("What lies along an axis joins the step in front", arguments: ["Add", "Mul", "PRelu"])
    func alongAnAxis(_ type: String) throws {
        let attributes: [Attribute] =
            type == "PRelu" ? [] : [.int("axis", 1), .int("broadcast", 1)]
        let y = ValueInfo(name: "y", type: .tensor(.float32, ["N", 16, 5, 5]))
        let graph = Graph(
            nodes: [
                Node("Conv", inputs: ["x", "w"], outputs: ["c"]),
                Node(type, inputs: ["c", "b"], outputs: ["y"], attributes: attributes),
            ],
            inputs: [ValueInfo(name: "x", type: .tensor(.float32, ["N", 8, 5, 5]))], outputs: [y],
            initializers: [
                NamedTensor(name: "w", random([16, 8, 1, 1], seed: 1)),
                NamedTensor(name: "b", random([16], seed: 2)),
            ])
        let pair = try EnginePair(
            Model(graph: graph, opsetImports: [OpsetImport(version: 6)]))
        try pair.expectSame([2, 8, 5, 5])
        try pair.expectSteps(
            type == "PRelu" ? ["Conv", "PRelu"] : ["Conv"],
            or: ["Conv+PRelu"], [2, 8, 5, 5])
    }

    @Test("What exporters wrote before version 7 is recognised", arguments: [1, 6, 7])
    func oldVersions(_ opset: Int) throws {
        var builder = GraphBuilder(opset: opset)
        let x = builder.input("x", .float32, [2, 3])
        builder.output(
            try builder.append(Mul(), x, builder.append(Sigmoid(), x)), "y")
        let pair = try EnginePair(builder.model())
        try pair.expectSame([2, 3])
        try pair.expectSteps(["Swish"], [2, 3])
    }
}
