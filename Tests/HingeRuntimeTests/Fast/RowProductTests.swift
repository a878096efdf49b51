import HingeGraph
import HingeOperators
import Testing

@testable import HingeRuntime

/// Products of one row and weights, in our own loop.
@Suite("Row products")
struct RowProductTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var input: [Int]
        /// The steps with oneDNN.
        var steps: [String]
        let append:
            @Sendable (inout GraphBuilder, GraphBuilder.Operand) throws -> GraphBuilder.Operand
        var testDescription: String { name }
    }

    private static func constant(
        _ builder: inout GraphBuilder, _ shape: [Int]
    ) -> GraphBuilder.Operand {
        let scale = shape.count == 1 ? 1 : 0.05
        return builder.constant(random(shape, seed: UInt64(shape[0]), scale: scale))
    }

    static let cases: [Case] =
        [(300, 257), (257, 300), (64, 1024), (1025, 64), (16, 4099), (4111, 17)].flatMap {
            inner, columns in
            [
                Case(
                    name: "\(inner) × \(columns)", input: [1, 1, inner],
                    steps: ["row product MatMul"]
                ) { builder, x in
                    try builder.append(MatMul(), x, constant(&builder, [inner, columns]))
                },
                Case(
                    name: "\(inner) × \(columns), transposed, with a bias", input: [1, inner],
                    steps: ["row product Gemm", "Relu"]
                ) { builder, x in
                    let y = try builder.append(
                        Gemm(transposesB: true), x, constant(&builder, [columns, inner]),
                        constant(&builder, [columns]))
                    return try builder.append(Relu(), y)
                },
                Case(
                    name: "\(inner) × \(columns) and sums", input: [1, 1, inner],
                    steps: ["row product MatMul+Add+Add", "Tanh"]
                ) { builder, x in
                    let y = try builder.append(MatMul(), x, constant(&builder, [inner, columns]))
                    let z = try builder.append(Add(), constant(&builder, [columns]), y)
                    let other = constant(&builder, [1, 1, columns])
                    return try builder.append(Tanh(), builder.append(Add(), z, other))
                },
            ]
        } + [
            Case(name: "small", input: [1, 40], steps: ["MatMul"]) { builder, x in
                try builder.append(MatMul(), x, constant(&builder, [40, 50]))
            },
            Case(name: "two rows", input: [2, 300], steps: ["MatMul"]) { builder, x in
                try builder.append(MatMul(), x, constant(&builder, [300, 257]))
            },
        ]

    @Test("Products are the reference's, on any number of threads", arguments: cases)
    func products(_ specimen: Case) throws {
        let pair = try EnginePair(Shape(specimen.input)) { try specimen.append(&$0, $1) }
        try pair.expectSteps(specimen.steps, specimen.input)
        let x = random(specimen.input, seed: 5)
        try pair.expectSamePlaces(x, absolute: 2e-6)
        var results: [[Float]] = []
        for threads in 1...3 {
            let session = try Session(pair.model, options: .init(threads: threads))
            let y = try #require(try session.run(["x": .tensor(x)])["y"]?.tensor)
            results.append(try y.array(of: Float.self))
        }
        #expect(results[1] == results[0] && results[2] == results[0])
    }

    @Test("NaN and infinities go through", arguments: [Float.nan, .infinity, -.infinity, 3e38])
    func specials(_ number: Float) throws {
        for specimen in Self.cases {
            var numbers = try random(specimen.input, seed: 5).array(of: Float.self)
            numbers[numbers.count / 3] = number
            let pair = try EnginePair(Shape(specimen.input)) { try specimen.append(&$0, $1) }
            try pair.expectSamePlaces(
                Tensor(numbers, shape: specimen.input), absolute: 2e-6)
        }
    }
}
