import HingeGraph
import HingeOperators
import Testing

@testable import HingeRuntime

@Suite("Values in the layouts of oneDNN")
struct LayoutTests {
    /// Expects the layouts in which steps leave their results, of which "own" is whichever oneDNN chose, in blocks of
    /// channels or with channels last, and "any" is not asked.
    ///
    /// The processors' own layouts differ; these are those of oneDNN's code for x86-64 with AVX2 or AVX-512.
    private func expectLayouts(
        _ expected: [String], _ pair: EnginePair, _ shape: [Int],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #if OneDNN && arch(x86_64)
            let found = try pair.layouts(shape)
            let isAsExpected =
                found.count == expected.count
                && zip(found, expected).allSatisfy { found, expected in
                    switch expected {
                    case "own": found == "blocked" || found == "strided"
                    case "any": true
                    default: found == expected
                    }
                }
            #expect(
                isAsExpected, "found \(found), expected \(expected)", sourceLocation: sourceLocation
            )
        #endif
    }

    struct Transposed: CustomTestStringConvertible, Sendable {
        let name: String
        let input: [Int]
        let weights: [Int]
        var operation = ConvTranspose()
        /// Whether its windows lie side by side.
        var areBlocks: Bool { operation.window.strides == Array(weights[2...]) }
        var testDescription: String { name }
    }

    static let transposed = [
        Transposed(name: "3×3", input: [1, 4, 5, 6], weights: [4, 8, 3, 3]),
        Transposed(
            name: "upsampling", input: [2, 16, 5, 5], weights: [16, 16, 2, 2],
            operation: ConvTranspose(strides: [2, 2])),
        Transposed(
            name: "output padding", input: [1, 8, 5, 5], weights: [8, 4, 3, 3],
            operation: ConvTranspose(
                strides: [2, 2], padding: .explicit([1, 1, 1, 1]), outputPadding: [1, 1])),
        Transposed(
            name: "asymmetric, dilated", input: [1, 3, 6, 6], weights: [3, 5, 2, 3],
            operation: ConvTranspose(
                padding: .explicit([0, 1, 1, 2]), dilations: [2, 1])),
        Transposed(
            name: "grouped", input: [1, 6, 4, 4], weights: [6, 2, 3, 3],
            operation: ConvTranspose(group: 3)),
        Transposed(name: "1D", input: [1, 4, 9], weights: [4, 6, 3]),
        Transposed(name: "3D", input: [1, 4, 3, 3, 3], weights: [4, 6, 2, 2, 2]),
    ]

    @Test("Transposed convolution", arguments: transposed)
    func transposedConvolution(_ testCase: Transposed) throws {
        let pair = try EnginePair(Shape(testCase.input)) { builder, x in
            let w = builder.constant(random(testCase.weights, seed: 1))
            let maps = testCase.weights[1] * testCase.operation.group
            let b = builder.constant(random([maps], seed: 2))
            return try builder.append(Relu(), builder.append(testCase.operation, x, w, b))
        }
        try pair.expectSame(testCase.input)
        try pair.expectSteps(
            testCase.areBlocks ? ["Conv+Relu", "DepthToSpace"] : ["ConvTranspose+Relu"],
            testCase.input)
    }

    @Test("Transpositions around a convolution move nothing by themselves")
    func channelsLast() throws {
        let pair = try EnginePair([1, 9, 9, 3]) { builder, x in
            let first = try builder.append(Transpose([0, 3, 1, 2]), x)
            let conv = try builder.append(
                Conv(), first, builder.constant(random([16, 3, 3, 3], seed: 1)))
            let relu = try builder.append(Relu(), conv)
            return try builder.append(Transpose([0, 2, 3, 1]), relu)
        }
        try pair.expectSame([1, 9, 9, 3])
        try pair.expectSteps(["Conv+Relu"], [1, 9, 9, 3])
        try expectLayouts(["own"], pair, [1, 9, 9, 3])
    }

    @Test("A transposed input by itself, and with arithmetic")
    func transposition() throws {
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1]] {
            let pair = try EnginePair([3, 4, 5]) { builder, x in
                let y = try builder.append(Transpose(order), x)
                let shape = order.map { [3, 4, 5][$0] }
                let sum = try builder.append(
                    Add(), y, builder.constant(random(shape, seed: 2)))
                return try builder.append(Reshape(shape: [60]), sum)
            }
            try pair.expectSame([3, 4, 5])
            try pair.expectSteps(["Add"], [3, 4, 5])
            let alone = try EnginePair([3, 4, 5]) { builder, x in
                try builder.append(Transpose(order), x)
            }
            try alone.expectSame([3, 4, 5])
        }
    }

    @Test("Attention: products of heads as they lie")
    func attention() throws {
        let pair = try EnginePair([2, 7, 12]) { builder, x in
            func project(_ seed: UInt64, _ order: [Int]) throws -> GraphBuilder.Operand {
                let w = builder.constant(random([12, 12], seed: seed, scale: 0.3))
                let y = try builder.append(MatMul(), x, w)
                let split = try builder.append(Reshape(shape: [2, 7, 3, 4]), y)
                return try builder.append(Transpose(order), split)
            }
            let q = try project(1, [0, 2, 1, 3])
            let k = try project(2, [0, 2, 3, 1])
            let v = try project(3, [0, 2, 1, 3])
            let scores = try builder.append(MatMul(), q, k)
            let scale = builder.constant(Tensor(scalar: Float(0.5)))
            let weights = try builder.append(
                Softmax(axis: -1), builder.append(Mul(), scores, scale))
            let heads = try builder.append(MatMul(), weights, v)
            let joined = try builder.append(Transpose([0, 2, 1, 3]), heads)
            let flat = try builder.append(Reshape(shape: [2, 7, 12]), joined)
            let sum = try builder.append(Add(), flat, x)
            let parameters = (4...5).map { builder.constant(random([12], seed: $0)) }
            return try builder.append(
                LayerNormalization(), [sum] + parameters, outputCount: 1)[0]
        }
        try pair.expectSame([2, 7, 12], tolerance: 1e-5)
        try pair.expectSteps(
            [
                "MatMul", "MatMul", "MatMul", "Attention", "Attention", "Attention", "Add",
                "LayerNormalization",
            ], [2, 7, 12])
        // The heads are joined as they are written.
        let rows = [String](repeating: "row-major", count: 5)
        try expectLayouts(
            rows + ["strided", "row-major", "row-major"], pair, [2, 7, 12])
    }

    @Test("Softmax along every axis", arguments: [-1, 0, 1, 2, 3])
    func softmax(axis: Int) throws {
        for operation in [Softmax(axis: axis), LogSoftmax(axis: axis)] as [any Operator] {
            let alone = try EnginePair([2, 5, 3, 4]) { builder, x in
                try builder.append(operation, x)
            }
            try alone.expectSame([2, 5, 3, 4])
            // oneDNN's logarithm is good to five digits; its softmax needs elements of the axis side by side.
            let name = operation.id.type
            let isLowered = operation is Softmax && [-1, 3].contains(axis)
            try alone.expectSteps([isLowered ? name : "evaluate \(name)"], [2, 5, 3, 4])
            let behind = try EnginePair([2, 5, 3, 4]) { builder, x in
                let conv = try builder.append(
                    Conv(), x, builder.constant(random([16, 5, 1, 1], seed: 1)))
                return try builder.append(operation, conv)
            }
            try behind.expectSame([2, 5, 3, 4])
            // Channels are side by side in blocks.
            let isLoweredBehind = operation is Softmax && [-1, 1, 3].contains(axis)
            try behind.expectSteps(
                ["Conv", isLoweredBehind ? name : "evaluate \(name)"], [2, 5, 3, 4])
            let isBlocked = operation is Softmax && axis == 1
            try expectLayouts(
                ["own", isBlocked ? "own" : "row-major"], behind, [2, 5, 3, 4])
        }
    }

    @Test("Layer normalization over one dimension and over several", arguments: [-1, 1, 2])
    func layerNormalization(axis: Int) throws {
        let shape = [2, 3, 8]
        let pair = try EnginePair(Shape(shape)) { builder, x in
            let extents = Array(shape[(axis < 0 ? axis + 3 : axis)...])
            let scale = builder.constant(random(extents, seed: 1))
            let bias = builder.constant(random(extents, seed: 2))
            return try builder.append(
                LayerNormalization(axis: axis, epsilon: 1e-3), [x, scale, bias], outputCount: 1)[0]
        }
        try pair.expectSame(shape)
        try pair.expectSteps(["LayerNormalization"], shape)
    }

    @Test("Channels that are joined stay in their layout")
    func concat() throws {
        for (first, second) in [(16, 32), (8, 16), (3, 5)] {
            let pair = try EnginePair([1, 8, 6, 6]) { builder, x in
                let parts = try [first, second].map { channels in
                    let w = builder.constant(random([channels, 8, 1, 1], seed: UInt64(channels)))
                    return try builder.append(Relu(), builder.append(Conv(), x, w))
                }
                let joined = try builder.append(
                    Concat(axis: 1), parts + [parts[0]], outputCount: 1)[0]
                let w = builder.constant(random([16, 2 * first + second, 3, 3], seed: 9))
                return try builder.append(Conv(), joined, w)
            }
            try pair.expectSame([1, 8, 6, 6])
            // Only channels in blocks of the same size are joined as they are; where they are last, any are.
            let isLowered = first == 16
            let joined = ["Conv+Relu", "Conv+Relu", "Concat", "Conv"]
            try pair.expectSteps(
                isLowered ? joined : ["Conv+Relu", "Conv+Relu", "evaluate Concat", "Conv"],
                or: joined, [1, 8, 6, 6])
            if isLowered {
                try expectLayouts(
                    [String](repeating: "own", count: 4), pair, [1, 8, 6, 6])
            }
        }
    }

    @Test("The mean over the spatial dimensions is a pooling", arguments: [true, false])
    func mean(keepsDimensions: Bool) throws {
        for channels in [16, 10] {
            let pair = try EnginePair([2, 4, 6, 6]) { builder, x in
                let conv = try builder.append(
                    Conv(), x, builder.constant(random([channels, 4, 3, 3], seed: 1)))
                return try builder.append(
                    ReduceMean(axes: [2, 3], keepsDimensions: keepsDimensions), conv)
            }
            try pair.expectSame([2, 4, 6, 6])
            try pair.expectSteps(["Conv", "ReduceMean"], [2, 4, 6, 6])
            // One element of each channel is in order unless something fills up the last block.
            try expectLayouts(
                ["own", channels == 16 ? "row-major" : "any"], pair, [2, 4, 6, 6])
        }
    }

    @Test("A classifier's head: pooling, flattening, product, softmax")
    func head() throws {
        for channels in [32, 20] {
            let pair = try EnginePair([2, 8, 7, 7]) { builder, x in
                let conv = try builder.append(
                    Conv(), x, builder.constant(random([channels, 8, 3, 3], seed: 1)))
                let pool = try builder.append(GlobalAveragePool(), conv)
                let flat = try builder.append(Flatten(), pool)
                let w = builder.constant(random([10, channels], seed: 2))
                let b = builder.constant(random([10], seed: 3))
                let logits = try builder.append(Gemm(transposesB: true), flat, w, b)
                return try builder.append(Softmax(axis: 1), logits)
            }
            try pair.expectSame([2, 8, 7, 7])
            try pair.expectSteps(["Conv", "GlobalAveragePool", "Gemm", "Softmax"], [2, 8, 7, 7])
            try expectLayouts(
                ["own", channels == 32 ? "row-major" : "any", "row-major", "row-major"],
                pair, [2, 8, 7, 7])
        }
    }

    @Test(
        "Blocks of channels and of pixels, between convolutions",
        arguments: [BlockOrder.depthFirst, .depthLast], [2, 3])
    func blocks(_ order: BlockOrder, _ size: Int) throws {
        for channels in [1, 5, 16] {
            let deep = channels * size * size
            let pair = try EnginePair(["N", 4, 3, 5]) { builder, x in
                let into = builder.constant(random([deep, 4, 1, 1], seed: 1))
                let wide = try builder.append(
                    DepthToSpace(blockSize: size, order: order),
                    builder.append(Relu(), builder.append(Conv(), x, into)))
                let same = builder.constant(random([channels, channels, 3, 3], seed: 2))
                let between = try builder.append(
                    Conv(padding: .explicit([1, 1, 1, 1])), wide, same)
                let back = try builder.append(
                    SpaceToDepth(blockSize: size, order: order), between)
                return try builder.append(
                    Conv(), back, builder.constant(random([4, deep, 1, 1], seed: 3)))
            }
            for batch in [1, 2] {
                try pair.expectSame([batch, 4, 3, 5])
                let steps = try pair.steps([batch, 4, 3, 5])
                #if OneDNN
                    #expect(
                        steps.filter { !$0.hasPrefix("evaluate") }.count == steps.count
                            || channels == 1, "\(steps)")
                #endif
            }
        }
    }

    @Test("Values with several uses in several layouts")
    func severalUses() throws {
        var builder = GraphBuilder()
        let x = builder.input("x", .float32, [1, 4, 8, 8])
        let conv = try builder.append(
            Conv(), x, builder.constant(random([16, 4, 3, 3], seed: 1)))
        let relu = try builder.append(Relu(), conv)
        let view = try builder.append(Reshape(shape: [16, 36]), relu)
        let exponential = try builder.append(Exp(), builder.append(Neg(), relu))
        let again = try builder.append(
            Conv(), relu, builder.constant(random([16, 16, 1, 1], seed: 2)))
        let sum = try builder.append(Add(), again, exponential)
        builder.output(view, "view")
        builder.output(sum, "sum")
        builder.output(try builder.append(Transpose([0, 2, 3, 1]), relu), "last")
        builder.output(relu, "relu")
        let pair = try EnginePair(builder.model())
        try pair.expectSame(["x": random([1, 4, 8, 8], seed: 4)])
        try pair.expectSteps(
            ["Conv+Relu", "Neg", "evaluate Exp", "Conv+Add"],
            or: ["Conv+Relu", "Neg", "evaluate Exp", "Conv", "Add"], [1, 4, 8, 8])
        let layouts = try pair.layouts([1, 4, 8, 8])
        try expectLayouts(
            ["own", "own", "row-major"] + layouts.dropFirst(3).map { _ in "own" }, pair,
            [1, 4, 8, 8])
    }

    @Test("A value that is seen through views is not written over")
    func viewsAreNotOverwritten() throws {
        var builder = GraphBuilder()
        let x = builder.input("x", .float32, [4, 4])
        let a = try builder.append(Tanh(), x)
        let view = try builder.append(Reshape(shape: [16]), a)
        let turned = try builder.append(Transpose(), a)
        let b = try builder.append(Relu(), a)
        let c = try builder.append(Neg(), turned)
        builder.output(
            try builder.append(Sub(), view, builder.append(Reshape(shape: [16]), b)), "y")
        builder.output(c, "z")
        let pair = try EnginePair(builder.model())
        try pair.expectSame(["x": random([4, 4], seed: 1)])
        try pair.expectSteps(["Tanh", "Relu", "Neg", "Sub"], [4, 4])
    }
}
