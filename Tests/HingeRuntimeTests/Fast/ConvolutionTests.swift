import HingeGraph
import HingeOperators
import Testing

@testable import HingeRuntime

@Suite("Convolutions in the fast engine")
struct ConvolutionTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let input: [Int]
        let weights: [Int]
        var conv = Conv()
        var hasBias = true
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "3×3", input: [2, 3, 9, 8], weights: [8, 3, 3, 3]),
        Case(name: "without bias", input: [1, 16, 7, 7], weights: [32, 16, 1, 1], hasBias: false),
        Case(
            name: "channels that fill no block", input: [1, 5, 6, 6], weights: [7, 5, 3, 3],
            conv: Conv(padding: .explicit([1, 1, 1, 1]))),
        Case(
            name: "strides and asymmetric padding", input: [1, 4, 11, 10], weights: [16, 4, 3, 5],
            conv: Conv(strides: [2, 3], padding: .explicit([0, 1, 2, 3]))),
        Case(
            name: "dilated", input: [1, 16, 12, 12], weights: [16, 16, 3, 3],
            conv: Conv(padding: .explicit([2, 2, 2, 2]), dilations: [2, 2])),
        Case(
            name: "SAME_LOWER", input: [1, 3, 7, 9], weights: [4, 3, 2, 4],
            conv: Conv(strides: [2, 2], padding: .sameLower)),
        Case(
            name: "grouped", input: [1, 12, 8, 8], weights: [24, 4, 3, 3], conv: Conv(group: 3)),
        Case(
            name: "depthwise", input: [2, 24, 9, 9], weights: [24, 1, 3, 3],
            conv: Conv(padding: .explicit([1, 1, 1, 1]), group: 24)),
        Case(
            name: "depthwise with a multiplier", input: [1, 6, 9, 9], weights: [12, 1, 3, 3],
            conv: Conv(group: 6)),
        Case(
            name: "1D", input: [2, 4, 20], weights: [8, 4, 5],
            conv: Conv(strides: [2], padding: .explicit([2, 2]))),
        Case(
            name: "3D", input: [1, 2, 5, 6, 7], weights: [4, 2, 3, 3, 3],
            conv: Conv(padding: .explicit([1, 1, 1, 1, 1, 1]))),
        Case(name: "1×1 to one pixel", input: [1, 32, 1, 1], weights: [16, 32, 1, 1]),
    ]

    @Test("Both engines agree", arguments: cases)
    func agreement(_ testCase: Case) throws {
        let pair = try EnginePair(Shape(testCase.input)) { builder, x in
            let w = builder.constant(random(testCase.weights, seed: 1, scale: 0.3))
            let b = builder.constant(random([testCase.weights[0]], seed: 2))
            return try testCase.hasBias
                ? builder.append(testCase.conv, x, w, b) : builder.append(testCase.conv, x, w)
        }
        try pair.expectSame(testCase.input)
        try pair.expectSteps(["Conv"], testCase.input)
    }

    @Test("A convolution of strange rank is left to its own evaluation")
    func fourDimensions() throws {
        let input = [1, 2, 3, 3, 3, 3]
        let pair = try EnginePair(Shape(input)) { builder, x in
            try builder.append(Conv(), x, builder.constant(random([2, 2, 2, 2, 2, 2], seed: 1)))
        }
        try pair.expectSame(input)
        try pair.expectSteps(["evaluate Conv"], input)
    }

    @Test("Weights that are computed are taken as they come")
    func computedWeights() throws {
        var builder = GraphBuilder()
        let x = builder.input("x", .float32, [1, 4, 6, 6])
        let w = builder.input("w", .float32, [8, 4, 3, 3])
        let weights = try builder.append(Relu(), w)
        builder.output(try builder.append(Conv(), x, weights), "y")
        let pair = try EnginePair(builder.model())
        let inputs = ["x": random([1, 4, 6, 6], seed: 1), "w": random([8, 4, 3, 3], seed: 2)]
        try pair.expectSame(inputs)
        try pair.expectSteps(["Relu", "Conv"], inputs)
        try pair.expectSame([
            "x": random([1, 4, 6, 6], seed: 3), "w": random([8, 4, 3, 3], seed: 4),
        ])
    }

    @Test("Shapes may change from run to run")
    func changingShapes() throws {
        let pair = try EnginePair(["N", 3, "H", "W"]) { builder, x in
            let w = builder.constant(random([8, 3, 3, 3], seed: 1))
            let conv = try builder.append(Conv(padding: .explicit([1, 1, 1, 1])), x, w)
            return try builder.append(MaxPool(kernel: [2, 2], strides: [2, 2]), conv)
        }
        for shape in [
            [1, 3, 8, 8], [4, 3, 8, 8], [1, 3, 5, 7], [1, 3, 8, 8], [2, 3, 16, 4], [3, 3, 9, 9],
            [1, 3, 10, 10], [1, 3, 11, 11], [1, 3, 12, 12], [1, 3, 13, 13], [1, 3, 8, 8],
        ] {
            try pair.expectSame(shape)
            try pair.expectSteps(["Conv", "MaxPool"], shape)
        }
    }

    @Test("A window that doesn't fit is the same error in both engines")
    func badWindow() throws {
        let pair = try EnginePair(["N", 1, "H", "W"]) { builder, x in
            try builder.append(
                Conv(), x, builder.constant(random([1, 1, 3, 3], seed: 1)), name: "conv")
        }
        let input: [String: Value] = ["x": .tensor(random([1, 1, 2, 2], seed: 1))]
        let expected = try #require(throws: HingeError.self) { try pair.reference.run(input) }
        let found = try #require(throws: HingeError.self) { try pair.fast.run(input) }
        #expect(found.description == expected.description)
        #expect(found.description.hasPrefix("node 'conv' (Conv): "))
    }
}
