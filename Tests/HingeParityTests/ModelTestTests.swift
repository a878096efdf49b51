import HingeGraph
import HingeOperators
import HingeRuntime
import Testing

@testable import HingeParity

@Suite("Tests of models")
struct ModelTestTests {
    /// `y = x + 1`.
    private func model(_ type: DataType = .float32) throws -> Model {
        var graph = GraphBuilder()
        let x = graph.input("x", type, ["N"])
        let one = graph.constant(try Tensor(filledWith: 1, type, shape: []))
        graph.output(try graph.append(Add(), x, one), "y")
        return graph.model()
    }

    private func outcome(_ model: Model, _ x: Tensor, _ y: Tensor) -> ModelTest.Outcome {
        let set = ModelTest.DataSet(
            name: "set", inputs: ["x": .tensor(x)], outputs: ["y": .tensor(y)])
        return ModelTest(model, dataSets: [set]).run()
    }

    @Test("Elements are judged as the standard's tests are: 1e-7 and a thousandth of the element")
    func tolerance() throws {
        let model = try model()
        let x = Tensor([-1, 0, 99] as [Float])
        #expect(outcome(model, x, Tensor([1e-7, 1.0009, 99.91] as [Float])).verdict == .passed)
        let zero = outcome(model, x, Tensor([2e-7, 1, 100] as [Float]))
        #expect(
            zero.description
                == "set: reference engine: output 'y', element [0]: expected 2e-07, found 0.0")
        #expect(zero.verdict == .different)
        let far = outcome(model, x, Tensor([0, 1, 100.2] as [Float]))
        #expect(far.difference?.place == [2])
        let type = outcome(model, x, Tensor([0, 1, 100] as [Double]))
        #expect(
            type.description
                == "set: reference engine: output 'y': expected float64[3], found float32[3]")
        let shape = outcome(model, x, Tensor([0, 1, 100] as [Float], shape: [3, 1]))
        #expect(shape.difference?.expected == "float32[3, 1]")
        let nan = Tensor([.nan, .infinity, -.infinity] as [Float])
        #expect(outcome(model, nan, nan).verdict == .passed)
        #expect(outcome(model, x, nan).verdict == .different)
    }

    @Test("Of bfloat16, two units in the last place; integers exactly")
    func types() throws {
        let x = Tensor([BFloat16(0), BFloat16(127)])
        let near = Tensor([BFloat16(bitPattern: 0x3F82), BFloat16(bitPattern: 0x4302)])
        let far = Tensor([BFloat16(bitPattern: 0x3F83), BFloat16(128)])
        #expect(outcome(try model(.bfloat16), x, near).verdict == .passed)
        #expect(outcome(try model(.bfloat16), x, far).difference?.place == [0])
        let integers = Tensor([0, 1_000_000] as [Int64])
        let wrong = outcome(try model(.int64), integers, Tensor([1, 1_000_002] as [Int64]))
        #expect(wrong.difference?.description == "element [1]: expected 1000002, found 1000001")
    }

    @Test("Sequences, maps, strings and optional values are compared part by part")
    func values() throws {
        let tolerance = ElementTolerance()
        let a = Value.tensor(Tensor([1, 2] as [Float]))
        let b = Value.tensor(Tensor([1, 3] as [Float]))
        #expect(
            tolerance.difference(.sequence([a, a]), .sequence([a, b]))?.description
                == "[1], element [1]: expected 3.0, found 2.0")
        #expect(
            tolerance.difference(.sequence([a]), .sequence([a, b]))?.description
                == "expected sequence of 2, found sequence of 1")
        let keys = Tensor([1] as [Int64])
        #expect(
            tolerance.difference(
                .map(keys: keys, values: [a]), .map(keys: Tensor([2] as [Int64]), values: [a]))?
                .description == ".keys, element [0]: expected 2, found 1")
        #expect(tolerance.difference(.optional(a), a) == nil)
        #expect(tolerance.difference(.optional(nil), .optional(a)) != nil)
        let strings = try ["a", "b"].map {
            Value.tensor(try Tensor(strings: ["x", $0], shape: [2]))
        }
        #expect(
            tolerance.difference(strings[0], strings[1])?.description
                == "element [1]: expected 'b', found 'a'")
    }

    @Test("What doesn't run is an error, and what isn't there is said to be unsupported")
    func errors() throws {
        let missing = ModelTest(try model(), dataSets: [.init(inputs: [:], outputs: [:])]).run()
        #expect(missing.verdict == .error)
        #expect(missing.error?.code == .mismatch)
        let node = Node("Nonesuch", domain: "no.such", inputs: ["x"], outputs: ["y"])
        let graph = Graph(
            nodes: [node], inputs: [ValueInfo(name: "x", type: .tensor(.float32, [1]))],
            outputs: [ValueInfo(name: "y", type: .tensor(.float32, [1]))])
        let unknown = Model(
            graph: graph, opsetImports: [.init(version: 20), .init(domain: "no.such", version: 1)])
        let x = Tensor([1] as [Float])
        #expect(outcome(unknown, x, x).verdict == .unsupported)
    }

    @Test("How much of the outputs is inferred")
    func inference() throws {
        func inferred(_ model: Model, _ y: Tensor) throws -> ModelTest.InferredOutputs? {
            let set = ModelTest.DataSet(inputs: [:], outputs: ["y": .tensor(y)])
            return try ModelTest(model, dataSets: [set]).inferOutputs()
        }
        let y = Tensor([1, 2] as [Float])
        #expect(try inferred(model(), y) == .partial)
        var fixed = try model()
        fixed.graph.inputs[0].type = .tensor(.float32, [2])
        // What the file says of the output is not looked at.
        fixed.graph.outputs[0].type = .tensor(.float32, [7])
        #expect(try inferred(fixed, y) == .complete)
        #expect(try inferred(fixed, Tensor([1, 2, 3] as [Float])) == .wrong)
        fixed.graph.inputs[0].type = .tensor(.float32, nil)
        #expect(try inferred(fixed, y) == .unknown)
    }
}

/// Outputs that depend on random numbers, judged against what numpy drew: `numpy.random.default_rng(7)`.
@Suite("Random outputs")
struct RandomDrawsTests {
    /// `y, mask = Dropout(x, ratio 0.5)` in training, and `z = x + 1`.
    private func model(seed: Int? = nil) throws -> Model {
        var attributes: [Attribute] = []
        if let seed { attributes.append(.int("seed", seed)) }
        let nodes = [
            Node(
                "Dropout", inputs: ["x", "", "t"], outputs: ["y", "mask"], attributes: attributes),
            Node("Add", inputs: ["x", "x"], outputs: ["z"]),
        ]
        let graph = Graph(
            nodes: nodes, inputs: [ValueInfo(name: "x", type: .tensor(.float32, ["N"]))],
            outputs: ["y", "mask", "z"].map { ValueInfo(name: $0, type: nil) },
            initializers: [NamedTensor(name: "t", Tensor([true], shape: []))])
        return Model(graph: graph, opsetImports: [.init(version: 13)])
    }

    private let x = Tensor((0..<64).map { Float($0) / 8 - 1 })
    /// `numpy.random.default_rng(7).random(64) >= 0.5`.
    private let mask: [Bool] = [
        1, 1, 1, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0,
        1, 0, 0, 1, 0, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 1, 1,
        1, 1, 0, 1, 1, 1, 0, 1, 0, 0, 0, 0, 1, 0, 1, 1, 1, 1, 1, 0,
    ].map { $0 == 1 }

    private func outcome(
        _ mask: [Bool], scale: Float = 2, offset: Float = 0, seed: Int? = nil
    ) throws -> ModelTest.Outcome {
        let elements = try x.array(of: Float.self)
        let y = zip(elements, mask).map { $1 ? $0 * scale + offset : 0 }
        let outputs: [String: Value] = [
            "y": .tensor(Tensor(y)), "mask": .tensor(Tensor(mask, shape: [64])),
            "z": .tensor(Tensor(elements.map { 2 * $0 })),
        ]
        let set = ModelTest.DataSet(inputs: ["x": .tensor(x)], outputs: outputs)
        return ModelTest(try model(seed: seed), dataSets: [set]).run()
    }

    @Test("Outputs that depend on random numbers are known")
    func dependence() throws {
        #expect(try model().randomOutputs == ["y", "mask"])
    }

    @Test("Another tool's draw passes, whatever the operator's seed", arguments: [nil, 0, 5])
    func otherDraw(_ seed: Int?) throws {
        let outcome = try outcome(mask, seed: seed)
        #expect(outcome.verdict == .passed, "\(outcome)")
        #expect(outcome.drawnOutputs == ["y", "mask"])
    }

    @Test("Values that can't be drawn don't pass")
    func impossible() throws {
        // The first element is -1, twice that where it is kept.
        #expect(
            try outcome(mask, scale: 1.5).description.hasSuffix(
                "output 'y', element [0]: expected -1.5, found -2.0, 0.0 in 1024 draws"))
        #expect(try outcome(mask, offset: 0.01).verdict == .different)
    }

    @Test("A draw of another distribution doesn't pass")
    func improbable() throws {
        // 64 kept of 64: eight standard deviations away.
        let all = try outcome(Array(repeating: true, count: 64))
        #expect(all.output == "mask" || all.output == "y")
        #expect(all.verdict == .different, "\(all)")
        let none = try outcome(Array(repeating: false, count: 64))
        #expect(none.verdict == .different, "\(none)")
    }

    @Test("Outputs that contradict each other don't pass")
    func contradiction() throws {
        let elements = try x.array(of: Float.self)
        var wrong = mask
        // The first that is kept and the first that is dropped change places in the mask alone.
        wrong.swapAt(0, 3)
        let outputs: [String: Value] = [
            "y": .tensor(Tensor(zip(elements, mask).map { $1 ? $0 * 2 : 0 })),
            "mask": .tensor(Tensor(wrong, shape: [64])),
        ]
        let set = ModelTest.DataSet(inputs: ["x": .tensor(x)], outputs: outputs)
        let outcome = ModelTest(try model(), dataSets: [set]).run()
        #expect(
            outcome.description.hasSuffix(
                "output 'y', element [0]: expected -2.0 where 'mask' is 0.0, "
                    + "found no such pair in 1024 draws"), "\(outcome)")
    }

    /// `r` drawn between 0 and 1, and `y = x + r`.
    @Test("What follows from a recorded draw is computed from it", arguments: [0, 0.01] as [Float])
    func determined(_ offset: Float) throws {
        let nodes = [
            Node("RandomUniformLike", inputs: ["x"], outputs: ["r"]),
            Node("Add", inputs: ["x", "r"], outputs: ["y"]),
        ]
        let graph = Graph(
            nodes: nodes, inputs: [ValueInfo(name: "x", type: .tensor(.float32, ["N"]))],
            outputs: ["r", "y"].map { ValueInfo(name: $0, type: nil) })
        let model = Model(graph: graph, opsetImports: [.init(version: 13)])
        // numpy.random.default_rng(7).random(8)
        let r: [Float] = [
            0.625_095_5, 0.897_213_8, 0.775_685_7, 0.225_207_2, 0.300_166_3, 0.873_553_5,
            0.005_265_305, 0.821_228_4,
        ]
        let x: [Float] = [0, 1, 2, 3, 4, 5, 6, 7]
        var y = zip(x, r).map { $0 + $1 }
        y[5] += offset
        let set = ModelTest.DataSet(
            inputs: ["x": .tensor(Tensor(x))],
            outputs: ["r": .tensor(Tensor(r)), "y": .tensor(Tensor(y))])
        let outcome = ModelTest(model, dataSets: [set]).run()
        #expect(outcome.verdict == (offset == 0 ? .passed : .different), "\(outcome)")
        #expect(outcome.difference?.place == (offset == 0 ? nil : [5]))
    }

    /// Ten elements, one of which is 1 with a probability of 0.04 only: no test may call that wrong in a million.
    @Test("Few elements are not judged by what holds of many")
    func skewed() throws {
        func outcome(_ p: [Float], _ y: [Float]) throws -> ModelTest.Outcome {
            let graph = Graph(
                nodes: [Node("Bernoulli", inputs: ["x"], outputs: ["y"])],
                inputs: [ValueInfo(name: "x", type: .tensor(.float32, ["N"]))],
                outputs: [ValueInfo(name: "y", type: nil)])
            let model = Model(graph: graph, opsetImports: [.init(version: 15)])
            let set = ModelTest.DataSet(
                inputs: ["x": .tensor(Tensor(p))], outputs: ["y": .tensor(Tensor(y))])
            return ModelTest(model, dataSets: [set]).run()
        }
        // The standard's test_bernoulli_expanded: the probabilities of its model, and what is recorded.
        let p: [Float] = [0.451, 0.285, 0.397, 0.455, 0.576, 0.354, 0.562, 0.108, 0.036, 0.617]
        let recorded = try outcome(p, [0, 1, 1, 0, 0, 1, 0, 1, 1, 1])
        #expect(recorded.verdict == .passed, "\(recorded)")
        // Ten times as many, drawn with 1 - p throughout, have a probability of 10⁻⁵³.
        let many = try outcome(
            Array(repeating: p, count: 10).flatMap { $0 },
            Array(repeating: [0, 1, 1, 0, 0, 1, 0, 1, 1, 1], count: 10).flatMap { $0 })
        #expect(many.verdict == .different)
    }
}
