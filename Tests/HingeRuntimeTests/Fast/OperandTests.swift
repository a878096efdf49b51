import HingeGraph
import HingeOperators
import Testing

@testable import HingeRuntime

/// What comes behind a product or a convolution may become part of its primitive; its second operand then goes through
/// code that each implementation of oneDNN has for itself, in vectors of 4 to 16 channels.
@Suite("Operands of what joins a primitive")
struct OperandTests {
    struct Base: CustomTestStringConvertible, Sendable {
        var name: String
        /// The shape of `x` for a number of channels.
        let input: @Sendable (_ channels: Int) -> [Int]
        /// The shapes of the operand to try.
        let operands: @Sendable (_ channels: Int) -> [[Int]]
        var append:
            @Sendable (inout GraphBuilder, GraphBuilder.Operand, Int) throws -> GraphBuilder.Operand
        var testDescription: String { name }

        static func convolution(
            _ name: String, _ kernel: Int, extent: Int, group: @escaping @Sendable (Int) -> Int
        ) -> Base {
            Base(
                name: "\(name) convolution \(kernel)×\(kernel) of \(extent)×\(extent)",
                input: { [extent == 1 ? 2 : 1, $0, extent, extent] },
                operands: {
                    [[1, $0, 1, 1], [1, $0, extent, extent], [1, 1, extent, extent], [1]]
                },
                append: { builder, x, channels in
                    let group = group(channels)
                    let shape = [channels, channels / group, kernel, kernel]
                    let padding = Padding.explicit([Int](repeating: kernel / 2, count: 4))
                    return try builder.append(
                        Conv(padding: padding, group: group), x,
                        builder.constant(random(shape, seed: 1, scale: 0.3)),
                        builder.constant(random([channels], seed: 2)))
                })
        }
    }

    static let bases: [Base] =
        [
            .convolution("depthwise", 3, extent: 5) { $0 },
            .convolution("depthwise", 3, extent: 1) { $0 },
            .convolution("depthwise", 1, extent: 4) { $0 },
            .convolution("plain", 3, extent: 5) { _ in 1 },
            .convolution("plain", 1, extent: 1) { _ in 1 },
            .convolution("plain", 1, extent: 6) { _ in 1 },
            .convolution("grouped", 3, extent: 4) { $0 % 2 == 0 ? 2 : 1 },
            Base(
                name: "product", input: { [3, 6, $0] },
                operands: { [[3, 6, $0], [$0], [3, 1, 1], [6, 1], [1]] },
                append: { builder, x, channels in
                    try builder.append(
                        MatMul(), x,
                        builder.constant(random([channels, channels], seed: 1, scale: 0.3)))
                }),
            Base(
                name: "product of matrices with a bias", input: { [5, $0] },
                operands: { [[5, $0], [$0], [1, $0], [5, 1], [1]] },
                append: { builder, x, channels in
                    try builder.append(
                        Gemm(transposesB: true), x,
                        builder.constant(random([channels, channels], seed: 1, scale: 0.3)),
                        builder.constant(random([channels], seed: 2)))
                }),
            Base(
                name: "normalization", input: { [2, $0, 3, 3] },
                operands: { [[2, $0, 3, 3], [1, $0, 1, 1], [3], [1]] },
                append: { builder, x, channels in
                    let parameters = (1...4).map { seed in
                        builder.constant(
                            Tensor(
                                (0..<channels).map { (index: Int) -> Float in
                                    0.5 + Float(index * seed % 7)
                                },
                                shape: [channels]))
                    }
                    return try builder.append(
                        BatchNormalization(), [x] + parameters, outputCount: 1)[0]
                }),
            Base(
                name: "sum", input: { [2, $0, 3, 3] },
                operands: { [[2, $0, 3, 3], [1, $0, 1, 1], [3], [1]] },
                append: { builder, x, _ in try builder.append(Add(), x, x) }),
            Base(
                name: "square of a transposed convolution", input: { [1, $0, 3, 4] },
                operands: { [[4, 1, 3, $0], [1]] },
                append: { builder, x, channels in
                    let conv = Base.convolution("", 3, extent: 4) { _ in 1 }
                    let turned = try builder.append(
                        Transpose([3, 0, 2, 1]), conv.append(&builder, x, channels))
                    return try builder.append(Add(), turned, turned)
                }),
            Base(
                name: "sum of 1×1", input: { [2, $0, 1, 1] },
                operands: { [[2, $0, 1, 1], [1, $0, 1, 1], [2, 1, 1, 1], [1]] },
                append: { builder, x, _ in try builder.append(Add(), x, x) }),
        ]
        + [1, 2, 3, 4, 8, 12, 16].flatMap { part -> [Base] in
            let conv = Base.convolution("grouped", 1, extent: 3) { $0 % part == 0 ? $0 / part : 1 }
            var sum = conv
            sum.name = "sum with a convolution of \(part) channels a group"
            sum.append = { builder, x, channels in
                try builder.append(Sub(), x, conv.append(&builder, x, channels))
            }
            return [
                .convolution("\(part) channels a group:", 3, extent: 3) {
                    $0 % part == 0 ? $0 / part : 1
                },
                sum,
            ]
        }

    @Test("An operand that is an input", arguments: bases)
    func given(base: Base) throws {
        for channels in [1, 8, 17, 24, 40] {
            for shape in base.operands(channels) {
                let input = base.input(channels)
                let count = shape.reduce(1, *)
                let values = (0..<count).map { (index: Int) -> Float in
                    0.5 + Float(index * 5 % 11) / 4
                }
                for operation in [Add(), Div(), PRelu(), Relu()]
                    as [any Operator]
                {
                    var builder = GraphBuilder()
                    let x = builder.input("x", .float32, Shape(input))
                    let operand = builder.input("operand", .float32, Shape(shape))
                    let made = try base.append(&builder, x, channels)
                    let isUnary = operation is Relu
                    if isUnary, shape != [1] { continue }
                    builder.output(
                        try isUnary
                            ? builder.append(operation, made)
                            : builder.append(operation, made, operand), "y")
                    let pair = try EnginePair(builder.model())
                    try pair.expectSame([
                        "x": random(input, seed: 3), "operand": Tensor(values, shape: shape),
                    ])
                }
            }
        }
    }
}
