import HingeGraph
import Testing

@testable import HingeOperators

/// Operators on regions of images, and on boxes.
///
/// The expected values come from ONNX Runtime 1.32.
@Suite struct RegionOperatorTests {
    static let x = Tensor.wave(2, 1, 4, 5)
    static let regions = Tensor(
        [0.5, -1, 3.5, 2.25, 2, 1.5, 1, 3] as [Float], shape: [2, 4])
    static let images = Tensor.ints(1, 0)

    static let aligned: [(RoiAlign.Mode, Bool, [Double])] = [
        (
            .mean, true,
            [0.045572918, 0.046875, 0.23046875, 0.23242189, 0, 0, 0, 0]
        ),
        (
            .mean, false,
            [
                0.33289933, -0.47374132, 0.29776335, -0.27467516, 0.07421875, -0.48828125, 0.15625,
                -0.40625,
            ]
        ),
        (.largest, true, [0.59765625, 0.59765625, 0.71144617, 0.71144617, 0, 0, 0, 0]),
        (
            .largest, false,
            [
                1.0898438, 0.053609218, 1.0658773, 0.19299316, 0.14355469, -0.032226562, 0.25, 0,
            ]
        ),
    ]

    @Test(arguments: aligned)
    func aligns(_ mode: RoiAlign.Mode, _ hasHalfPixels: Bool, _ expected: [Double]) throws {
        let operation = RoiAlign(
            mode, outputHeight: 2, outputWidth: 2, spatialScale: 1.25,
            hasHalfPixels: hasHalfPixels)
        for (type, tolerance): (DataType, Double) in [
            (.float32, 1e-6), (.float64, 1e-6), (.float16, 0x1p-10), (.bfloat16, 0x1p-7),
        ] {
            let y = try OperatorHarness.evaluate(
                operation, [Self.x.cast(to: type), Self.regions.cast(to: type), Self.images])
            #expect(y[0]?.dataType == type)
            try expectClose(y[0], expected, shape: [2, 1, 2, 2], tolerance: tolerance)
        }
    }

    @Test func alignedAtVersions() throws {
        let node = Node("RoiAlign", inputs: ["x", "r", "i"], outputs: ["y"])
        let known: [Inferred?] = [
            .tensor(.float32, [1, 1, 4, 4]), .tensor(.float32, ["R", 4]), .tensor(.int64, ["R"]),
        ]
        let newer = try OperatorHarness.convert(node, from: 10, to: 16, known: known).nodes[0]
        #expect(
            newer[attribute: "coordinate_transformation_mode"] == .string("output_half_pixel"))
        #expect(
            message { _ = try OperatorHarness.convert(node, from: 16, to: 15, known: known) }
                == "RoiAlign of half pixels needs opset 16, not 15")
        let inferred = try OperatorHarness.infer(
            RoiAlign(outputHeight: 7, outputWidth: 3), known)
        #expect(inferred == [.tensor(.float32, ["R", 1, 7, 3])])
    }

    @Test func regionsThatThereAreNot() {
        func found(_ regions: [Float], _ image: Int) -> String {
            message {
                _ = try OperatorHarness.evaluate(
                    RoiAlign(), [Self.x, Tensor(regions, shape: [1, 4]), .ints(image)])
            }
        }
        #expect(found([0, 0, 1, 1], 2) == "expected indices of images from 0 to 1, found 2")
        #expect(found([0, 0, 1, 1], -1) == "expected indices of images from 0 to 1, found -1")
        #expect(
            found([0, .infinity, 1, 1], 0)
                == "expected finite regions, found [0.0, inf, 1.0, 1.0]")
    }

    @Test func pools() throws {
        let regions = Tensor(
            [1, 0.5, -1, 3.5, 2.25, 0, 2, 1.5, 1, 3, 0, 9, 9, 9, 9] as [Float], shape: [3, 5])
        let operation = MaxRoiPool(pooledShape: [2, 3], spatialScale: 1.25)
        let expected =
            [1.25, 1.25, 0.125, 1.375, 1.375, 0.375] + [Double](repeating: -0.125, count: 6)
            + [Double](repeating: 0, count: 6)
        for type in DataType.floats {
            let y = try OperatorHarness.evaluate(
                operation, [Self.x.cast(to: type), regions.cast(to: type)])
            #expect(y[0]?.dataType == type)
            try expectClose(y[0], expected, shape: [3, 1, 2, 3], tolerance: 0)
        }
    }

    /// As ``MaxPool`` has it; ONNX Runtime leaves NaN out.
    @Test func poolingKeepsNaN() throws {
        var values = try Self.x.array(of: Float.self)
        values[0] = .nan
        let y = try OperatorHarness.value(
            MaxRoiPool(pooledShape: [1, 2]), Tensor(values, shape: [2, 1, 4, 5]),
            Tensor([0, 0, 0, 3, 3] as [Float], shape: [1, 5])
        ).doubles()
        #expect(y[0].isNaN && y[1].isFinite)
    }

    struct Boxes: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var boxes: [[Float]]
        var scores: [Float]
        var overlap: Float = 0.5
        var threshold: Float?
        var most: Int? = 9
        var hasCenters = false
        var expected: [Int]
    }

    static let apart: [[Float]] = [[0, 0, 1, 1], [0, 0.1, 1, 1.1], [0, 2, 1, 3]]

    static let suppressions = [
        Boxes(
            testDescription: "in the order of their scores", boxes: apart,
            scores: [0.5, 0.75, 0.9], expected: [2, 1]),
        Boxes(
            testDescription: "at most one", boxes: apart, scores: [0.5, 0.75, 0.9], most: 1,
            expected: [2]),
        Boxes(testDescription: "none", boxes: apart, scores: [1, 1, 1], most: nil, expected: []),
        Boxes(
            testDescription: "of equal scores the first", boxes: apart, scores: [1, 1, 1],
            expected: [0, 2]),
        Boxes(
            testDescription: "above a threshold, not at it", boxes: apart,
            scores: [0.5, 0.25, 0.125], threshold: 0.25, expected: [0]),
        Boxes(
            testDescription: "an overlap equal to the bound",
            boxes: [[0, 0, 1, 2], [0, 0, 1, 1]], scores: [1, 0.5], expected: [0, 1]),
        Boxes(
            testDescription: "corners in any order", boxes: [[1, 2, 0, 0], [0, 1.5, 1, 0]],
            scores: [1, 0.5], expected: [0]),
        Boxes(
            testDescription: "by their centers", boxes: [[0.5, 0.5, 1, 1], [0.5, 0.6, 1, 1]],
            scores: [1, 0.5], hasCenters: true, expected: [0]),
        Boxes(
            testDescription: "without an area, or NaN",
            boxes: [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, .nan, 1], [0, 0, 1, 1]],
            scores: [4, 3, 2, 1], overlap: 0, expected: [0, 1, 2, 3]),
        Boxes(
            testDescription: "NaN scores are above no threshold", boxes: apart,
            scores: [.nan, 0.75, 0.9], threshold: 0, expected: [2, 1]),
    ]

    @Test(arguments: suppressions) func suppresses(_ test: Boxes) throws {
        let count = test.boxes.count
        let inputs: [Tensor?] = [
            Tensor(test.boxes.flatMap { $0 }, shape: [1, count, 4]),
            Tensor(test.scores, shape: [1, 1, count]), test.most.map { .ints($0) },
            Tensor([test.overlap]), test.threshold.map { Tensor([$0]) },
        ]
        let y = try OperatorHarness.evaluate(
            NonMaxSuppression(hasCenters: test.hasCenters), inputs)
        let rows = test.expected.flatMap { [0, 0, $0] }
        #expect(try y[0]?.integers() == rows)
        #expect(y[0]?.shape == [test.expected.count, 3])
    }

    /// What the operator states; ONNX Runtime's order is that of its queue.
    @Test func scoresThatAreNaNComeLast() throws {
        let y = try OperatorHarness.value(
            NonMaxSuppression(), Tensor(Self.apart.flatMap { $0 }, shape: [1, 3, 4]),
            Tensor([0.5, .nan, -1] as [Float], shape: [1, 1, 3]), .ints(9), Tensor([1] as [Float]))
        #expect(try y.integers() == [0, 0, 0, 0, 0, 2, 0, 0, 1])
    }

    /// Boxes in places of their own by class, wide ones across them, and some that are no numbers.
    @Test(arguments: [0, 1, 2]) func manyBoxesAreThoseOfTheDefinition(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let count = 700
        let boxes = (0..<count).map { index -> [Float] in
            let offset = Float(index % 30) * 400
            let isWide = index % 50 == 0
            let y = Float(generator.uniform() * 300) + offset
            let x = Float(generator.uniform() * 300) + offset
            let height = Float(generator.uniform()) * (isWide ? 9000 : 60)
            let width = Float(generator.uniform()) * (isWide ? 9000 : 60)
            if index % 97 == 5 { return [y, x, .infinity, x + width] }
            if index % 97 == 6 { return [.nan, x, y + height, x + width] }
            return [y, x, y + height, x + width]
        }
        let scores = (0..<count).map { _ in Float(generator.uniform()) }
        let part: Float = seed == 1 ? 0 : 0.3
        func overlaps(_ a: [Float], _ b: [Float]) -> Bool {
            let height = min(a[2], b[2]) - max(a[0], b[0])
            let width = min(a[3], b[3]) - max(a[1], b[1])
            guard height > 0, width > 0 else { return false }
            let shared = height * width
            let areas = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
            return shared / (areas - shared) > part
        }
        var chosen: [Int] = []
        for index in scores.indices.sorted(by: { scores[$0] > scores[$1] })
        where !chosen.contains(where: { overlaps(boxes[index], boxes[$0]) }) {
            chosen.append(index)
        }
        #expect(chosen.count > 100 && chosen.count < count)
        let y = try OperatorHarness.value(
            NonMaxSuppression(), Tensor(boxes.flatMap { $0 }, shape: [1, count, 4]),
            Tensor(scores, shape: [1, 1, count]), .ints(count), Tensor([part]))
        #expect(try y.integers() == chosen.flatMap { [0, 0, $0] })
    }

    @Test func imagesAndClassesInTurn() throws {
        let boxes = Tensor((Self.apart + Self.apart).flatMap { $0 }, shape: [2, 3, 4])
        let scores = Tensor(
            [3, 2, 1, 1, 2, 3, 2, 3, 1, 1, 1, 1] as [Float], shape: [2, 2, 3])
        let y = try OperatorHarness.value(
            NonMaxSuppression(), boxes, scores, .ints(2), Tensor([0.5] as [Float]))
        #expect(
            try y.integers() == [
                0, 0, 0, 0, 0, 2, 0, 1, 2, 0, 1, 1, 1, 0, 1, 1, 0, 2, 1, 1, 0, 1, 1, 2,
            ])
        let inferred = try OperatorHarness.infer(
            NonMaxSuppression(),
            [.tensor(.float32, ["N", "B", 4]), .tensor(.float32, ["N", 2, "B"])])
        #expect(inferred == [.tensor(.int64, [.unknown, 3])])
    }
}
