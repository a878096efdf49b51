import HingeGraph
import HingeOperators
import Testing

@testable import HingeRuntime

@Suite("Recurrent layers in the fast engine")
struct RecurrentTests {
    /// A recurrent layer, its extents and what it is given.
    struct Layer: CustomTestStringConvertible, Sendable {
        var operation: any RecurrentOperator
        var name = ""
        var time = 5
        var batch = 3
        var features = 7
        var hidden = 9
        var hasBias = true
        /// Which initial states are given.
        var states: [Bool] = []
        var hasPeepholes = false
        var lengths: [Int32]?
        /// The outputs that are asked for.
        var outputs = [true, true, true]
        /// Whether oneDNN has it.
        var isLowered = true

        var testDescription: String {
            let layout = operation.isBatchFirst ? ", batch first" : ""
            return "\(operation.id.type) \(operation.direction)\(layout), \(name)"
        }

        func with(_ name: String, _ change: (inout Layer) -> Void) -> Layer {
            var result = self
            result.name += name
            change(&result)
            return result
        }

        var x: Tensor {
            random(
                operation.isBatchFirst ? [batch, time, features] : [time, batch, features],
                seed: 11)
        }

        var gates: Int { type(of: operation).gateCount }

        func weights(_ shape: [Int], _ seed: UInt64) -> Tensor {
            random([operation.direction.count] + shape, seed: seed, scale: 0.4)
        }

        /// The model, and a value for each of its inputs: the states are inputs when `hasStateInputs` says so.
        func model(hasStateInputs: Bool = true) throws -> (Model, [String: Tensor]) {
            var builder = GraphBuilder()
            var inputs = ["x": x]
            let directions = operation.direction.count
            var operands: [GraphBuilder.Operand] = [
                builder.input("x", .float32, Shape(x.shape)),
                builder.constant(weights([gates * hidden, features], 1)),
                builder.constant(weights([gates * hidden, hidden], 2)),
                hasBias ? builder.constant(weights([2 * gates * hidden], 3)) : .absent,
                lengths.map { builder.constant(Tensor($0, shape: [$0.count])) } ?? .absent,
            ]
            for (index, isGiven) in states.enumerated() {
                guard isGiven else {
                    operands.append(.absent)
                    continue
                }
                let state = random(
                    operation.isBatchFirst
                        ? [batch, directions, hidden] : [directions, batch, hidden],
                    seed: UInt64(20 + index))
                let name = "state\(index)"
                if hasStateInputs { inputs[name] = state }
                operands.append(
                    hasStateInputs
                        ? builder.input(name, .float32, Shape(state.shape))
                        : builder.constant(state))
            }
            if hasPeepholes {
                while operands.count < 7 { operands.append(.absent) }
                operands.append(builder.constant(weights([3 * hidden], 4)))
            }
            let values = try builder.append(
                operation, operands, outputCount: operation is LSTM ? 3 : 2)
            for (index, value) in values.enumerated() where outputs[index] {
                builder.output(value, "y\(index)")
            }
            return (try builder.model(), inputs)
        }
    }

    static let directions = RecurrentDirection.allCases

    static func operations(_ direction: RecurrentDirection, isBatchFirst: Bool) -> [Layer] {
        var layers = [
            Layer(operation: RNN(direction: direction, isBatchFirst: isBatchFirst)),
            Layer(operation: GRU(direction: direction, isBatchFirst: isBatchFirst)),
            Layer(
                operation: GRU(
                    direction: direction, isBatchFirst: isBatchFirst, isLinearBeforeReset: true),
                name: "linear before reset, "),
            Layer(operation: LSTM(direction: direction, isBatchFirst: isBatchFirst)),
        ]
        for index in layers.indices { layers[index].states = [false, false] }
        layers.append(layers[3].with("peepholes, ") { $0.hasPeepholes = true })
        return layers
    }

    /// Every form, direction and layout, with what else may differ.
    static let layers: [Layer] = directions.flatMap { direction in
        [false, true].flatMap { isBatchFirst in
            operations(direction, isBatchFirst: isBatchFirst).flatMap { layer in
                [
                    layer.with("plain") { _ in },
                    layer.with("one sample, with states") {
                        $0.batch = 1
                        $0.states = [true, true]
                    },
                    layer.with("states, whole lengths") {
                        $0.states = [true, true]
                        $0.lengths = [5, 5, 5]
                    },
                    layer.with("one of two states, no biases, the last states alone") {
                        $0.states = [false, true]
                        $0.hasBias = false
                        $0.outputs = [false, true, false]
                    },
                    layer.with("in stretches of time") {
                        $0.batch = 60
                        $0.time = 10
                        $0.states = [true, true]
                    },
                    layer.with("one step, a large batch") {
                        $0.batch = 300
                        $0.time = 2
                        $0.hidden = 16
                    },
                ].map { layer in
                    // Only one state is there to be given.
                    if layer.operation is LSTM { return layer }
                    var layer = layer
                    layer.states = Array(layer.states.prefix(1))
                    return layer
                }
            }
        }
    }

    @Test("As the operators' own evaluation", arguments: layers)
    func sameAsReference(_ layer: Layer) throws {
        for hasStateInputs in layer.states.contains(true) ? [true, false] : [true] {
            let (model, inputs) = try layer.model(hasStateInputs: hasStateInputs)
            let pair = try EnginePair(model)
            try pair.expectSame(inputs)
            #if OneDNN
                #expect(try Set(pair.steps(inputs)) == [layer.operation.id.type])
            #endif
        }
    }

    @Test("With one thread and with two", arguments: layers.filter { $0.batch < 100 })
    func threads(_ layer: Layer) throws {
        let (model, inputs) = try layer.model()
        let values = inputs.mapValues { Value.tensor($0) }
        let expected = try Session(model, options: .init(threads: 1)).run(values)
        let session = try Session(model, options: .init(threads: 2))
        for _ in 0..<2 {
            let found = try session.run(values)
            for (name, value) in expected {
                let a = try #require(found[name]?.tensor).array(of: Float.self)
                let b = try #require(value.tensor).array(of: Float.self)
                // Sums of a few terms, in another order at most.
                #expect(zip(a, b).allSatisfy { abs($0 - $1) <= 4e-6 }, "\(name)")
            }
        }
    }

    /// What oneDNN doesn't have.
    static let others: [Layer] = [
        Layer(operation: LSTM(clip: 0.3), name: "clip"),
        Layer(operation: GRU(clip: 0.3), name: "clip"),
        Layer(operation: RNN(clip: 0.3), name: "clip"),
        Layer(
            operation: LSTM(activations: [.hardSigmoid(), .tanh, .tanh]), name: "other gates"),
        Layer(operation: RNN(activations: [.relu]), name: "Relu"),
        Layer(operation: LSTM(couplesInputAndForget: true), name: "coupled gates"),
        Layer(operation: LSTM(direction: .bidirectional), name: "lengths", lengths: [5, 2, 0]),
        Layer(operation: GRU(direction: .reverse), name: "lengths", lengths: [1, 5, 4]),
    ]

    @Test("What is left to the operators' own evaluation", arguments: others)
    func leftAlone(_ layer: Layer) throws {
        let (model, inputs) = try layer.model()
        let pair = try EnginePair(model)
        try pair.expectSame(inputs)
        try pair.expectSteps(["evaluate \(layer.operation.id.type)"], inputs)
    }

    @Test("Default activations by their names are the defaults")
    func namedActivations() throws {
        let layer = Layer(
            operation: LSTM(
                direction: .bidirectional,
                activations: [.sigmoid, .tanh, .tanh, .sigmoid, .tanh, .tanh]))
        let (model, inputs) = try layer.model()
        let pair = try EnginePair(model)
        try pair.expectSame(inputs)
        try pair.expectSteps(["LSTM", "LSTM"], inputs)
    }

    @Test("Weights that are inputs are left to the operators' own evaluation")
    func weightInputs() throws {
        var builder = GraphBuilder()
        let shapes = ["x": [4, 2, 3], "w": [1, 15, 3], "r": [1, 15, 5]]
        let operands = ["x", "w", "r"].map { builder.input($0, .float32, Shape(shapes[$0] ?? [])) }
        let values = try builder.append(GRU(), operands, outputCount: 1)
        builder.output(values[0], "y")
        let pair = try EnginePair(builder.model())
        let inputs = shapes.mapValues { random($0, seed: UInt64($0[1])) }
        try pair.expectSame(inputs)
        try pair.expectSteps(["evaluate GRU"], inputs)
    }

    @Test("Behind a transposition the input is read as it lies in memory")
    func transposed() throws {
        for isBatchFirst in [false, true] {
            let pair = try EnginePair([4, 6, 3]) { builder, x in
                let y = try builder.append(Transpose([1, 0, 2]), x)
                let lstm = LSTM(direction: .reverse, isBatchFirst: isBatchFirst)
                let weights = [[1, 20, 3], [1, 20, 5]].enumerated().map {
                    builder.constant(random($1, seed: UInt64($0), scale: 0.4))
                }
                return try builder.append(lstm, [y] + weights, outputCount: 1)[0]
            }
            try pair.expectSame([4, 6, 3])
            try pair.expectSteps(["LSTM"], [4, 6, 3])
            #if OneDNN
                let type = TensorType(dataType: .float32, shape: [4, 6, 3])
                let summary = try FastEngine(pair.model, options: .init()).summary([type])
                #expect(!summary.contains("reorder"), "\(summary)")
            #endif
        }
    }

    @Test("A stack of layers, with another shape each time")
    func shapes() throws {
        var builder = GraphBuilder()
        var x = builder.input("x", .float32, ["T", "N", 6])
        for features in [6, 8] {
            let weights = [[2, 16, features], [2, 16, 4]].enumerated().map {
                builder.constant(random($1, seed: UInt64($0), scale: 0.4))
            }
            let y = try builder.append(
                LSTM(direction: .bidirectional), [x] + weights, outputCount: 1)[0]
            let together = try builder.append(Transpose([0, 2, 1, 3]), y)
            x = try builder.append(
                Reshape(), together, builder.constant(Tensor([0, 0, 8] as [Int64], shape: [3])))
        }
        builder.output(x, "y")
        let pair = try EnginePair(builder.model())
        for shape in [[3, 2, 6], [30, 20, 6], [1, 1, 6], [40, 1, 6], [3, 2, 6]] {
            try pair.expectSame(["x": random(shape, seed: 3)])
        }
    }

    /// NaN, infinities and numbers whose products are infinite.
    @Test("Special numbers", arguments: operations(.bidirectional, isBatchFirst: false))
    func specialNumbers(_ layer: Layer) throws {
        let (model, _) = try layer.model()
        let pair = try EnginePair(model)
        for special in [Float.nan, .infinity, -.infinity, 3e38, -3e38, 1e30] {
            var numbers = try layer.x.array(of: Float.self)
            numbers[layer.batch * layer.features * 2 + 3] = special
            let x = Value.tensor(Tensor(numbers, shape: layer.x.shape))
            let found = try pair.fast.run(["x": x])
            let expected = try pair.reference.run(["x": x])
            for (name, value) in expected {
                let a = try #require(found[name]?.tensor).array(of: Float.self)
                let b = try #require(value.tensor).array(of: Float.self)
                for (a, b) in zip(a, b) {
                    #expect(a.isNaN == b.isNaN, "\(special) in \(name)")
                    #expect(a.isNaN || abs(a - b) <= 4e-6, "\(special) in \(name)")
                }
            }
        }
    }

    @Test("Initial states that are large, infinite or NaN", arguments: [1e4, Float.infinity, .nan])
    func specialStates(_ number: Float) throws {
        for operation in [LSTM(), GRU(), RNN()] as [any RecurrentOperator] {
            let states = [true, operation is LSTM]
            let layer = Layer(
                operation: operation, states: operation is LSTM ? states : [true])
            let (model, inputs) = try layer.model()
            let pair = try EnginePair(model)
            for name in inputs.keys where name != "x" {
                var changed = inputs
                let shape = [1, layer.batch, layer.hidden]
                var numbers = try #require(inputs[name]).array(of: Float.self)
                numbers[4] = number
                changed[name] = Tensor(numbers, shape: shape)
                let values = changed.mapValues { Value.tensor($0) }
                let found = try pair.fast.run(values)
                for (output, value) in try pair.reference.run(values) {
                    let a = try #require(found[output]?.tensor).array(of: Float.self)
                    let b = try #require(value.tensor).array(of: Float.self)
                    for (a, b) in zip(a, b) where a != b && !(a.isNaN && b.isNaN) {
                        #expect(abs(a - b) <= 4e-6 * max(1, abs(b)), "\(output)")
                    }
                }
            }
        }
    }
}
