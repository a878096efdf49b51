import HingeGraph
import HingeOperators
import HingeProgram
import HingeTransforms
import Testing

/// Attention in the forms that exporters write, and what only looks like it.
@Suite struct FuseAttentionTests {
    typealias Operand = GraphBuilder.Operand

    /// What stands between the parts of attention.
    struct Form: Sendable {
        /// Makes what the last product takes of the product of query and key.
        var weigh: @Sendable (inout GraphBuilder, Operand) throws -> Operand = { graph, scores in
            try graph.append(Softmax(axis: -1), scaled(&graph, scores))
        }
        /// Changes the query of four dimensions.
        var query: @Sendable (inout GraphBuilder, Operand) throws -> Operand = { $1 }
        /// Changes the transposed key.
        var key: @Sendable (inout GraphBuilder, Operand) throws -> Operand = { $1 }
        /// Whether the key is transposed in one step from `[N, L, H, D]`.
        var transposesAtOnce = true
        /// Whether the heads of the result are joined again.
        var joins = true
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var form = Form()
        /// What remains, but for what makes masks.
        var remaining = ["Attention"]
        var isCausal = false
    }

    static func number(_ graph: inout GraphBuilder, _ value: Double) -> Operand {
        graph.constant(Tensor(scalar: Float(value)))
    }

    static func scaled(_ graph: inout GraphBuilder, _ scores: Operand) throws -> Operand {
        try graph.append(Div(), scores, number(&graph, 8.0.squareRoot()))
    }

    static func softmax(_ graph: inout GraphBuilder, _ scores: Operand) throws -> Operand {
        try graph.append(Softmax(axis: -1), scores)
    }

    /// `[N, 1, 1, L]` of what the mask input holds, as numbers to add.
    static func mask(
        _ graph: inout GraphBuilder, _ factor: Double = -Double(Float.greatestFiniteMagnitude)
    ) throws -> Operand {
        let wide = try graph.append(Unsqueeze(axes: [1, 2]), Operand(name: "mask"))
        let inverse = try graph.append(
            Sub(), number(&graph, 1), graph.append(Cast(to: .float32), wide))
        return try graph.append(Mul(), inverse, number(&graph, factor))
    }

    /// The same as booleans.
    static func choice(_ graph: inout GraphBuilder) throws -> Operand {
        let wide = try graph.append(Unsqueeze(axes: [1, 2]), Operand(name: "mask"))
        return try graph.append(Cast(to: .bool), wide)
    }

    /// Zeros where the weights are NaN.
    static func guarded(_ graph: inout GraphBuilder, _ weights: Operand) throws -> Operand {
        let isBad = try graph.append(IsNaN(), weights)
        return try graph.append(Where(), isBad, number(&graph, 0), weights)
    }

    /// The triangle of queries and keys, as the exporters compute it.
    static func triangle(_ graph: inout GraphBuilder, closed: Double) throws -> Operand {
        let length = try graph.append(
            Gather(), graph.append(ShapeOf(), Operand(name: "x")),
            graph.constant(Tensor([Int64(1)])))
        let square = try graph.append(Concat(axis: 0), length, length)
        let ones = try graph.append(Expand(), number(&graph, 1), square)
        let lower = try graph.append(Trilu(isUpper: false), ones)
        let isClosed = try graph.append(Equal(), lower, number(&graph, 0))
        return try graph.append(
            Where(), isClosed, number(&graph, closed), number(&graph, 0))
    }

    static let forms: [Case] = [
        Case(testDescription: "the scale behind the product"),
        Case(
            testDescription: "the scale as a factor of query and key",
            form: Form(
                weigh: softmax,
                query: { try $0.append(Mul(), $1, number(&$0, 0.5946035385131836)) },
                key: { try $0.append(Mul(), $1, number(&$0, 0.5946035385131836)) })),
        Case(
            testDescription: "the key transposed in two steps",
            form: Form(transposesAtOnce: false)),
        Case(
            testDescription: "another scale",
            form: Form(weigh: { graph, scores in
                try softmax(&graph, graph.append(Mul(), number(&graph, 0.5), scores))
            })),
        Case(
            testDescription: "a mask that is added",
            form: Form(weigh: { graph, scores in
                let sum = try graph.append(Add(), scaled(&graph, scores), mask(&graph))
                return try softmax(&graph, sum)
            }),
            remaining: [
                "Unsqueeze", "Cast", "Sub", "Mul", "Shape", "Concat", "Expand", "Attention",
            ]),
        Case(
            testDescription: "a mask of booleans, guarded",
            form: Form(weigh: { graph, scores in
                let bias = try graph.append(
                    Where(), choice(&graph), number(&graph, 0), number(&graph, -.infinity))
                let sum = try graph.append(Add(), bias, scaled(&graph, scores))
                return try guarded(&graph, softmax(&graph, sum))
            }), remaining: ["Unsqueeze", "Cast", "Shape", "Concat", "Expand", "Attention"]),
        Case(
            testDescription: "a mask that chooses, guarded",
            form: Form(weigh: { graph, scores in
                let chosen = try graph.append(
                    Where(), choice(&graph), scaled(&graph, scores), number(&graph, -.infinity))
                return try guarded(&graph, softmax(&graph, chosen))
            }), remaining: ["Unsqueeze", "Cast", "Shape", "Concat", "Expand", "Attention"]),
        Case(
            testDescription: "a number in place of scores",
            form: Form(weigh: { graph, scores in
                let isOut = try graph.append(Not(), choice(&graph))
                let least = number(&graph, -Double(Float.greatestFiniteMagnitude))
                return try softmax(
                    &graph, graph.append(Where(), isOut, least, scaled(&graph, scores)))
            }),
            remaining: [
                "Unsqueeze", "Cast", "Not", "Where", "Shape", "Concat", "Expand", "Attention",
            ]),
        Case(
            testDescription: "minus infinity in place of scores, guarded",
            form: Form(weigh: { graph, scores in
                let isOut = try graph.append(
                    Equal(), graph.append(Unsqueeze(axes: [1, 2]), Operand(name: "mask")),
                    graph.constant(Tensor(scalar: Int64(0))))
                let chosen = try graph.append(
                    Where(), isOut, number(&graph, -.infinity), scaled(&graph, scores))
                return try guarded(&graph, softmax(&graph, chosen))
            }), remaining: ["Unsqueeze", "Equal", "Not", "Shape", "Concat", "Expand", "Attention"]),
        Case(
            testDescription: "causal",
            form: Form(weigh: { graph, scores in
                let sum = try graph.append(
                    Add(), scaled(&graph, scores), triangle(&graph, closed: -.infinity))
                return try softmax(&graph, sum)
            }), isCausal: true),
        Case(
            testDescription: "causal with the least number",
            form: Form(weigh: { graph, scores in
                let least = -Double(Float.greatestFiniteMagnitude)
                let sum = try graph.append(
                    Add(), scaled(&graph, scores), triangle(&graph, closed: least))
                return try softmax(&graph, sum)
            }), isCausal: true),
        Case(
            testDescription: "capped scores",
            form: Form(weigh: { graph, scores in
                let part = try graph.append(Div(), scaled(&graph, scores), number(&graph, 4))
                let capped = try graph.append(
                    Mul(), graph.append(Tanh(), part), number(&graph, 4))
                return try softmax(&graph, capped)
            })),
        Case(
            testDescription: "heads that are not joined",
            form: Form(transposesAtOnce: false, joins: false),
            remaining: [
                "Reshape", "Transpose", "Reshape", "Transpose", "Reshape", "Transpose", "Attention",
            ]),
    ]

    static let others: [Case] = [
        Case(
            testDescription: "the weights are used elsewhere",
            form: Form(weigh: { graph, scores in
                let weights = try softmax(&graph, scaled(&graph, scores))
                graph.output(weights, "weights")
                return weights
            })),
        Case(
            testDescription: "softmax over the queries",
            form: Form(weigh: { try $0.append(Softmax(axis: 2), scaled(&$0, $1)) })),
        Case(
            testDescription: "the mask behind the softmax",
            form: Form(weigh: { graph, scores in
                try graph.append(Add(), softmax(&graph, scaled(&graph, scores)), mask(&graph, -1))
            })),
        Case(
            testDescription: "the mask in front of the scale",
            form: Form(weigh: { graph, scores in
                let sum = try graph.append(Add(), scores, mask(&graph, -1e9))
                return try softmax(&graph, scaled(&graph, sum))
            })),
        Case(
            testDescription: "a scale for each head",
            form: Form(weigh: { graph, scores in
                let scales = graph.constant(
                    Tensor([0.1, 0.2, 0.3, 0.4] as [Float], shape: [4, 1, 1]))
                return try softmax(&graph, graph.append(Mul(), scores, scales))
            })),
        Case(
            testDescription: "minus infinity without a guard",
            form: Form(weigh: { graph, scores in
                let bias = try graph.append(
                    Where(), choice(&graph), number(&graph, 0), number(&graph, -.infinity))
                return try softmax(&graph, graph.append(Add(), bias, scaled(&graph, scores)))
            })),
        Case(
            testDescription: "a mask that widens the scores",
            form: Form(weigh: { graph, scores in
                let bias = graph.constant(PassHarness.random(2, 1, 1, 1, 1))
                let sum = try graph.append(Add(), scaled(&graph, scores), bias)
                return try graph.append(
                    ReduceMean(axes: [0], keepsDimensions: false), softmax(&graph, sum))
            })),
        Case(
            testDescription: "a softmax of numbers that are less exact than the scores",
            form: Form(weigh: { graph, scores in
                let narrow = try graph.append(Cast(to: .float16), scaled(&graph, scores))
                return try graph.append(Cast(to: .float32), softmax(&graph, narrow))
            })),
        Case(
            testDescription: "a mask whose numbers become infinite on the way",
            form: Form(weigh: { graph, scores in
                let narrow = try graph.append(Cast(to: .float16), mask(&graph))
                let wide = try graph.append(Cast(to: .float32), narrow)
                return try softmax(&graph, graph.append(Add(), scaled(&graph, scores), wide))
            })),
        Case(
            testDescription: "NaN in place of scores, guarded",
            form: Form(weigh: { graph, scores in
                let chosen = try graph.append(
                    Where(), choice(&graph), scaled(&graph, scores), number(&graph, .nan))
                return try guarded(&graph, softmax(&graph, chosen))
            })),
        Case(
            testDescription: "a negative scale",
            form: Form(weigh: { graph, scores in
                try softmax(&graph, graph.append(Mul(), scores, number(&graph, -0.5)))
            })),
    ]

    /// Attention of `x`, which is query, key and value, of 4 heads.
    static func model(_ form: Form, opset: Int) throws -> Model {
        var graph = GraphBuilder(opset: opset)
        let x = graph.input("x", .float32, ["N", "L", 32])
        _ = graph.input("mask", .int64, ["N", "L"])
        func heads(_ order: [Int]) throws -> Operand {
            let split = try graph.append(Reshape(shape: [0, 0, 4, 8]), x)
            return try graph.append(Transpose(order), split)
        }
        let query = try form.query(&graph, heads([0, 2, 1, 3]))
        let turned =
            form.transposesAtOnce
            ? try heads([0, 2, 3, 1])
            : try graph.append(Transpose([0, 1, 3, 2]), heads([0, 2, 1, 3]))
        let key = try form.key(&graph, turned)
        let value = try heads([0, 2, 1, 3])
        let weights = try form.weigh(&graph, graph.append(MatMul(), query, key))
        var result = try graph.append(MatMul(), weights, value)
        if form.joins {
            result = try graph.append(
                Reshape(shape: [0, 0, 32]), graph.append(Transpose([0, 2, 1, 3]), result))
        }
        graph.output(result, "y")
        return graph.model()
    }

    @Test("finds attention", arguments: forms)
    func fuses(_ test: Case) throws {
        let model = try FuseAttentionTests.model(test.form, opset: 23)
        var fused = model
        try fused.run([FoldConstants(), FuseAttention(), RemoveUnused()])
        #expect(fused.graph.nodes.map(\.type) == test.remaining)
        let node = try #require(fused.graph.nodes.last)
        #expect(node.attributes.contains(.int("is_causal", 1)) == test.isCausal)
        #expect(node.attributes.contains(.int("q_num_heads", 4)) == test.form.joins)
        #expect(try PassHarness.difference(model, fused) < 1e-6)
    }

    @Test("leaves the nodes where the version has no attention", arguments: forms, [13, 17])
    func leavesOldNodes(_ test: Case, _ opset: Int) throws {
        guard opset >= 14 || !test.isCausal else { return }
        let model = try FuseAttentionTests.model(test.form, opset: opset)
        var fused = model
        _ = try FuseAttention().run(&fused)
        // What the operator stands for is written in one piece.
        #expect(Set(fused.graph.nodes.map(\.outputs)) == Set(model.graph.nodes.map(\.outputs)))
        #expect(fused.graph.nodes.map(\.type).sorted() == model.graph.nodes.map(\.type).sorted())
        #expect(try PassHarness.difference(model, fused) == 0)
        let again = fused
        #expect(try !FuseAttention().run(&fused))
        #expect(fused.graph.nodes == again.graph.nodes)
    }

    @Test("finds attention at run time, whatever the version", arguments: forms, [13, 17, 23])
    func fusesAtRunTime(_ test: Case, _ opset: Int) throws {
        guard opset >= 14 || !test.isCausal else { return }
        let model = try FuseAttentionTests.model(test.form, opset: opset)
        var program = try Program(model, Simplify().programOptions)
        try program.run(Simplify.passes)
        #expect(program.steps.contains { $0.operation is Attention })
        #expect(!program.steps.contains { $0.operation is Softmax })
    }

    @Test("leaves what only looks like it", arguments: others, [17, 23])
    func leavesOthers(_ test: Case, _ opset: Int) throws {
        let model = try FuseAttentionTests.model(test.form, opset: opset)
        var program = try Program(model, Simplify().programOptions)
        try program.run(Simplify.passes)
        #expect(!program.steps.contains { $0.operation is Attention })
        #expect(program.steps.contains { $0.operation is Softmax })
    }

    @Test("takes rows in place of heads that are divided and joined around it")
    func mergesHeads() throws {
        var graph = GraphBuilder(opset: 23)
        let x = graph.input("x", .float32, ["N", "L", 32])
        let mask = graph.input("mask", .bool, ["N", 1, 1, "L"])
        let split = try graph.append(Reshape(shape: [0, 0, 4, 8]), x)
        let heads = try graph.append(Transpose([0, 2, 1, 3]), split)
        let shape = try graph.append(ShapeOf(), x)
        let length = try graph.append(Gather(), shape, graph.constant(Tensor([Int64(1)])))
        let one = graph.constant(Tensor([Int64(1)]))
        let wide = try graph.append(Concat(axis: 0), one, one, length, one)
        let repeated = try graph.append(Expand(), mask, wide)
        let result = try graph.append(Attention(), heads, heads, heads, repeated)
        let joined = try graph.append(
            Reshape(shape: [0, 0, 32]), graph.append(Transpose([0, 2, 1, 3]), result))
        graph.output(joined, "y")
        let model = graph.model()
        var merged = model
        #expect(try Simplify().run(&merged))
        #expect(
            merged.graph.nodes.map(\.type) == ["Shape", "Gather", "Concat", "Expand", "Attention"])
        #expect(merged.graph.nodes[4].inputs == ["x", "x", "x", "Expand"])
        #expect(try PassHarness.difference(model, merged) < 1e-6)
    }
}
