import HingeGraph
import Testing

@testable import HingeOperators

/// The expected values come from ONNX Runtime 1.32, where it has the form, otherwise from PyTorch 2.13 and NumPy 2.4.
@Suite struct BatchNormalizationTests {
    static let channels: [Tensor] = [
        .wave(3, seed: 1), .wave(3, seed: 2), .wave(3, seed: 3),
        Tensor([1.875, 0.875, 1.25] as [Float]),
    ]

    static let types: [(DataType, Double)] = [
        (.float32, 1e-6), (.float64, 1e-6), (.float16, 0x1p-9), (.bfloat16, 0x1p-6),
    ]

    @Test(arguments: types) func normalizes(_ type: DataType, _ tolerance: Double) throws {
        let inputs = [.wave(2, 3, 2, 2)] + Self.channels
        let y = try OperatorHarness.evaluate(
            BatchNormalization(epsilon: 0.01), inputs.map { $0.cast(to: type) })[0]
        #expect(y?.dataType == type)
        try expectClose(
            y,
            [
                -0.9656719, -1.6826484, -0.56735164, -1.2843281, -0.072585911, 0.22637948,
                0.52534485, 0.06028761, 0.41871047, -1.7249473, -0.3468816, 1.0311842, -0.40802354,
                -1.125, -1.8419764, -0.72667974, 0.45890814, -0.006149143, 0.29281625, 0.59178162,
                -0.65311843, 0.72494733, -1.4187105, -0.040644765,
            ],
            shape: [2, 3, 2, 2], tolerance: tolerance)
    }

    @Test(arguments: types) func trains(_ type: DataType, _ tolerance: Double) throws {
        let inputs = [.wave(2, 3, 2, 2)] + Self.channels
        let batch = BatchNormalization(epsilon: 0.01, momentum: 0.75, isTraining: true)
        let outputs = try OperatorHarness.evaluate(
            batch, inputs.map { $0.cast(to: type) }, outputs: 3)
        try expectClose(
            outputs[0],
            [
                -0.92687082, -2.2237163, -0.20640111, -1.5032465, 0.27455184, 0.58995521,
                0.90535855, 0.41473112, 0.49064592, -2.6794209, -0.64152086, 1.3963792, 0.081786752,
                -1.2150587, -2.5119042, -0.49458897, 0.83526886, 0.34464148, 0.66004479, 0.97544813,
                -1.0943875, 0.94351256, -2.2265544, -0.18865415,
            ],
            shape: [2, 3, 2, 2], tolerance: tolerance)
        try expectClose(outputs[1], [-0.23046875, -1.03125, 0.32421875], tolerance: tolerance)
        try expectClose(outputs[2], [1.5477905, 0.85253906, 1.0790405], tolerance: tolerance)
    }

    /// Version 14 has statistics of a type of their own, version 15 parameters too.
    @Test func typesMayDiffer() throws {
        var inputs = [Tensor.wave(2, 3, 2, 2)] + Self.channels
        inputs[0] = inputs[0].cast(to: .float16)
        let outputs = try OperatorHarness.evaluate(
            BatchNormalization(epsilon: 0.01, momentum: 0.75, isTraining: true), inputs, outputs: 3)
        #expect(outputs.map { $0?.dataType } == [.float16, .float32, .float32])
        try expectClose(outputs[2], [1.5477905, 0.85253906, 1.0790405])
    }

    /// The fourth and fifth output of versions before 14 are the statistics of the batch.
    @Test func oldVersionsKeepTheBatchStatistics() throws {
        let node = Node(
            "BatchNormalization", inputs: ["x", "s", "b", "m", "v"],
            outputs: ["y", "m2", "v2", "sm", "sv"], attributes: [.float("momentum", 0.75)])
        let batch = try OperatorHarness.read(node, opset: 9)
        let outputs = try OperatorHarness.evaluate(
            batch, [.wave(2, 3, 2, 2)] + Self.channels, outputs: 5)
        try expectClose(outputs[1], [-0.23046875, -1.03125, 0.32421875])
        try expectClose(outputs[3], [-0.171875, 0, 0.171875])
        try expectClose(outputs[4], [0.56616211, 0.78515625, 0.56616211])
    }

    static let perElement = Node(
        "BatchNormalization", inputs: ["x", "s", "b", "m", "v"], outputs: ["y"],
        attributes: [.int("is_test", 1), .int("spatial", 0)])

    @Test func statisticsOfEachElement() throws {
        let batch = try OperatorHarness.read(Self.perElement, opset: 6)
        let variance = Tensor([1.875, 0.875, 1.25, 1.5, 0.625, 1.75] as [Float], shape: [3, 2])
        let inputs = [
            .wave(2, 3, 2), .wave(3, 2, seed: 1), .wave(3, 2, seed: 2), .wave(3, 2, seed: 3),
            variance,
        ]
        try expectClose(
            try OperatorHarness.evaluate(batch, inputs)[0],
            [
                -0.96524799, 0.5581851, -0.80745816, 1.3265463, -0.11216892, -0.81101829,
                -1.6042559, 0.057073116, 0.42237437, 1.9006436, 0.83650678, -1.5669451,
            ])
    }

    @Test func statisticsOfEachElementAreFlattenedSinceVersion9() throws {
        let old = try OperatorHarness.convert(Self.perElement, from: 6, to: 8)
        #expect(old.nodes.map(\.type) == ["BatchNormalization"])
        #expect(old.nodes[0].attributes.contains(.int("spatial", 0)))
        let new = try OperatorHarness.convert(
            Self.perElement, from: 6, to: 15, known: [.tensor(.float32, ["N", 3, 2])])
        #expect(
            new.nodes.map(\.type)
                == [String](repeating: "Reshape", count: 5) + ["BatchNormalization", "Reshape"])
        let unknown = try OperatorHarness.convert(Self.perElement, from: 6, to: 15)
        #expect(unknown.nodes.suffix(2).map(\.type) == ["Shape", "Reshape"])
    }

    @Test func everyVersionAsksForTrainingInItsWay() throws {
        func node(_ outputs: [String], _ attributes: [Attribute]) -> Node {
            Node(
                "BatchNormalization", inputs: ["x", "s", "b", "m", "v"], outputs: outputs,
                attributes: attributes)
        }
        func isTraining(_ node: Node, _ opset: Int) throws -> Bool? {
            (try OperatorHarness.read(node, opset: opset) as? BatchNormalization)?.isTraining
        }
        let test = node(["y"], [.float("epsilon", 1e-5), .int("is_test", 1)])
        #expect(try isTraining(test, 6) == false)
        #expect(try isTraining(node(["y"], []), 6) == true)
        #expect(try isTraining(node(["y"], []), 7) == false)
        #expect(try isTraining(node(["y", "m2", "v2", "", ""], []), 9) == true)
        #expect(try isTraining(node(["y"], [.int("training_mode", 1)]), 14) == true)

        func convert(_ node: Node, _ from: Int, _ to: Int) throws -> Node {
            try OperatorHarness.convert(node, from: from, to: to).nodes[0]
        }
        let epsilon = Attribute.float("epsilon", 1e-5)
        #expect(try convert(test, 6, 15).attributes == [epsilon])
        #expect(try convert(test, 6, 6).attributes == [epsilon, .int("is_test", 1)])
        #expect(
            try convert(test, 6, 1).attributes
                == [epsilon, .ints("consumed_inputs", [0, 0, 0, 1, 1]), .int("is_test", 1)])
        let training = node(["y"], [.int("training_mode", 1)])
        #expect(try convert(training, 14, 9).outputs.count == 2)
        #expect(try convert(training, 14, 6).attributes == [epsilon])
        let saved = node(["y", "m2", "v2", "sm", "sv"], [])
        #expect(
            message { _ = try convert(saved, 9, 14) }
                == "opset 14 does not allow BatchNormalization with 5 outputs")
    }

    @Test func infersAndRefuses() throws {
        let known: [Inferred?] = [.tensor(.float32, ["N", 3, "H", "W"])]
        let inferred = try OperatorHarness.infer(
            BatchNormalization(), known + [Inferred?](repeating: Inferred(), count: 4))
        #expect(inferred[0] == known[0])
        #expect(inferred[1].type?.shape == [3])
        let wrong = message {
            _ = try OperatorHarness.infer(
                BatchNormalization(), known + [.tensor(.float32, [4])])
        }
        #expect(wrong == "expected input 1 of shape [3], found [4]")
        let evaluated = message {
            _ = try OperatorHarness.evaluate(
                BatchNormalization(), [.wave(1, 2, 2)] + Self.channels)
        }
        #expect(evaluated == "expected input 1 of shape [2], found [3]")
    }
}
