import HingeGraph
import HingeOperators
import Testing

@testable import HingeRuntime

/// Models of float32 that are computed with numbers of fewer bits.
@Suite("Precision")
struct PrecisionTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let shape: [Int]
        /// Whether there is anything that bfloat16 makes faster.
        var isLow = true
        let body:
            @Sendable (inout GraphBuilder, GraphBuilder.Operand) throws -> GraphBuilder.Operand
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "convolutions in a row, with a residual", shape: [2, 32, 9, 7]) {
            var y = $1
            for seed in 1...3 as ClosedRange<UInt64> {
                let w = $0.constant(random([32, 32, 3, 3], seed: seed, scale: 0.06))
                let b = $0.constant(random([32], seed: seed + 10))
                let z = try $0.append(Conv(padding: .explicit([1, 1, 1, 1])), y, w, b)
                y = try $0.append(Relu(), $0.append(Add(), z, y))
            }
            return y
        },
        Case(name: "a depthwise convolution between others", shape: [1, 16, 11, 11]) {
            let w = $0.constant(random([48, 16, 1, 1], seed: 1, scale: 0.25))
            let deep = $0.constant(random([48, 1, 3, 3], seed: 2, scale: 0.3))
            let last = $0.constant(random([16, 48, 1, 1], seed: 3, scale: 0.15))
            let x = try $0.append(Clip(minimum: 0, maximum: 6), $0.append(Conv(), $1, w))
            let y = try $0.append(Conv(padding: .explicit([1, 1, 1, 1]), group: 48), x, deep)
            return try $0.append(Conv(), $0.append(HardSwish(), y), last)
        },
        Case(name: "pooling, concatenation and a product", shape: [2, 16, 8, 8]) {
            let w = $0.constant(random([16, 16, 1, 1], seed: 1, scale: 0.25))
            let x = try $0.append(Conv(), $1, w)
            let y = try $0.append(MaxPool(kernel: [2, 2], strides: [2, 2]), x)
            let z = try $0.append(AveragePool(kernel: [2, 2], strides: [2, 2]), x)
            let all = try $0.append(Concat(axis: 1), [y, z], outputCount: 1)[0]
            let mean = try $0.append(Flatten(), $0.append(GlobalAveragePool(), all))
            let b = $0.constant(random([32, 24], seed: 2, scale: 0.2))
            return try $0.append(Gemm(), mean, b, $0.constant(random([24], seed: 3)))
        },
        Case(name: "a transposed convolution", shape: [1, 32, 6, 5]) {
            let w = $0.constant(random([32, 16, 2, 2], seed: 1, scale: 0.2))
            return try $0.append(ConvTranspose(strides: [2, 2]), $1, w)
        },
        Case(name: "products with normalization between", shape: [2, 12, 64]) {
            let w = $0.constant(random([64, 128], seed: 1, scale: 0.12))
            let v = $0.constant(random([128, 64], seed: 2, scale: 0.09))
            let scale = $0.constant(random([64], seed: 3))
            let shift = $0.constant(random([64], seed: 4))
            let x = try $0.append(LayerNormalization(), $1, scale, shift)
            let y = try $0.append(Gelu(), $0.append(MatMul(), x, w))
            let z = try $0.append(Add(), $0.append(MatMul(), y, v), $1)
            return try $0.append(LayerNormalization(), z, scale, shift)
        },
        Case(name: "heads of attention", shape: [2, 10, 96]) {
            let w = $0.constant(random([96, 288], seed: 1, scale: 0.1))
            let all = try $0.append(MatMul(), $1, w)
            let parts = try $0.append(
                Split(axis: 2, sizes: [96, 96, 96]), [all], outputCount: 3)
            let y = try $0.append(
                Attention(queryHeadCount: 4, keyHeadCount: 4), parts, outputCount: 1)[0]
            let v = $0.constant(random([96, 96], seed: 2, scale: 0.1))
            return try $0.append(MatMul(), y, v)
        },
        Case(name: "causal attention", shape: [2, 10, 96]) {
            let y = try $0.append(
                Attention(queryHeadCount: 4, keyHeadCount: 4, isCausal: true), [$1, $1, $1],
                outputCount: 1)[0]
            let v = $0.constant(random([96, 96], seed: 2, scale: 0.1))
            return try $0.append(MatMul(), y, v)
        },
        Case(name: "a product of what is transposed and reshaped", shape: [4, 6, 32]) {
            let w = $0.constant(random([32, 32], seed: 1, scale: 0.2))
            let x = try $0.append(MatMul(), $1, w)
            let heads = try $0.append(Reshape(shape: [4, 6, 2, 16]), x)
            let a = try $0.append(Transpose([0, 2, 1, 3]), heads)
            let b = try $0.append(Transpose([0, 2, 3, 1]), heads)
            let scores = try $0.append(Softmax(), $0.append(MatMul(), a, b))
            return try $0.append(MatMul(), scores, a)
        },
        Case(name: "functions that only the operators have", shape: [3, 40]) {
            let w = $0.constant(random([40, 40], seed: 1, scale: 0.15))
            let x = try $0.append(Elu(), $0.append(MatMul(), $1, w))
            let y = try $0.append(Erf(), $0.append(MatMul(), x, w))
            return try $0.append(MatMul(), $0.append(Softplus(), y), w)
        },
        Case(name: "no products", shape: [2, 8, 5, 5], isLow: false) {
            try $0.append(Sigmoid(), $0.append(MaxPool(kernel: [2, 2]), $1))
        },
    ]

    /// A model of the case from `x` to `y`.
    static func model(_ test: Case) throws -> Model {
        var builder = GraphBuilder()
        let x = builder.input("x", .float32, Shape(test.shape))
        builder.output(try test.body(&builder, x), "y")
        return builder.model()
    }

    @Test("bfloat16 is as accurate as its 8 bits", arguments: cases)
    func accuracy(_ test: Case) throws {
        let model = try Self.model(test)
        let x = random(test.shape, seed: 5)
        let expected = try numbers(Session(model, options: .init(engine: .reference)), x)
        for threads in [1, 2] {
            let low = try Session(model, options: .init(threads: threads, precision: .bfloat16))
            for _ in 1...2 {
                let error = relativeDistance(try numbers(low, x), expected)
                #expect(error < 2e-2)
                #expect(error > 1e-4 || !test.isLow || !Self.isFaster)
            }
            let steps = try low.plan(for: ["x": .tensor(x)]).steps
            #expect(steps.contains { $0.precision == "bfloat16" } == (test.isLow && Self.isFaster))
        }
    }

    /// Extents of 1, whose steps say nothing of the memory, and yet tell oneDNN what kind of memory it is.
    @Test(
        "What is transposed is multiplied in whatever order its axes have",
        arguments: [[1, 2, 1, 2], [2, 16, 1, 4], [3, 1, 1, 5], [1, 16, 1, 1], [2, 3, 4, 1]],
        [Session.Options.Precision.float32, .bfloat16])
    func transposed(_ shape: [Int], _ precision: Session.Options.Precision) throws {
        let x = random(shape, seed: 5)
        for order in orders(4) {
            let turned = order.map { shape[$0] }
            for mask in 0..<8 {
                var builder = GraphBuilder()
                let input = builder.input("x", .float32, Shape(shape))
                let w = builder.constant(random([shape[1], shape[1], 1, 1], seed: 1))
                let y = try builder.append(
                    Transpose(order), builder.append(Relu(), builder.append(Conv(), input, w)))
                let other = turned.indices.map {
                    $0 > 0 && mask >> ($0 - 1) & 1 == 1 ? turned[$0] : 1
                }
                builder.output(
                    try builder.append(Mul(), y, builder.constant(random(other, seed: 2))), "y")
                let model = builder.model()
                let expected = try numbers(Session(model, options: .init(engine: .reference)), x)
                let found = try numbers(Session(model, options: .init(precision: precision)), x)
                let error = relativeDistance(found, expected)
                #expect(error < (precision == .float32 ? 1e-6 : 2e-2), "\(order) · \(other)")
            }
        }
    }

    /// All orders of axes.
    private func orders(_ rank: Int) -> [[Int]] {
        rank == 0
            ? [[]]
            : orders(rank - 1).flatMap { order in
                (0..<rank).map { place in
                    var order = order
                    order.insert(rank - 1, at: place)
                    return order
                }
            }
    }

    @Test("NaN, infinities and large numbers are computed in float32", arguments: cases)
    func specialNumbers(_ test: Case) throws {
        let model = try Self.model(test)
        let plain = try Session(model)
        let low = try Session(model, options: .init(precision: .bfloat16))
        for special in [Float.nan, .infinity, -.infinity, .greatestFiniteMagnitude] {
            var elements = try random(test.shape, seed: 5).array(of: Float.self)
            elements[elements.count / 2] = special
            let x = Tensor(elements, shape: test.shape)
            let (found, expected) = (try numbers(low, x), try numbers(plain, x))
            for (a, b) in zip(found, expected) {
                #expect(a.isNaN == b.isNaN && a.isInfinite == b.isInfinite)
            }
        }
    }

    @Test("float16 is float32 where nothing is faster", arguments: cases)
    func half(_ test: Case) throws {
        let model = try Self.model(test)
        let x = random(test.shape, seed: 5)
        let found = try numbers(Session(model, options: .init(precision: .float16)), x)
        #expect(try found == numbers(Session(model), x))
    }

    @Test("A bound on the error is kept, by float32 where it must be", arguments: cases)
    func automatic(_ test: Case) throws {
        let model = try Self.model(test)
        let inputs = try (0..<2 as Range<UInt64>).map {
            try InputGenerator(seed: $0).inputs(for: model)
        }
        let plain = try Session(model)
        let low = try Session(model, options: .init(precision: .bfloat16))
        func error(_ session: Session) throws -> Double {
            try inputs.map { values in
                let x = try #require(values["x"]?.tensor)
                return try relativeDistance(numbers(session, x), numbers(plain, x))
            }.max() ?? 0
        }
        let all = try error(low)
        for bound in [1, all, all * 0.7, all * 0.3, 1e-5, 0] {
            let session = try Session(
                model, options: .init(precision: .automatic(relativeL2: bound)))
            let measured = try #require(session.measuredRelativeL2)
            #expect(measured <= bound)
            #expect(try abs(error(session) - measured) <= 1e-9)
            if bound >= all { #expect(measured == all) }
            if bound == 0 {
                for values in inputs {
                    let x = try #require(values["x"]?.tensor)
                    #expect(try numbers(session, x) == numbers(plain, x))
                }
            }
        }
        #expect(plain.measuredRelativeL2 == nil && low.measuredRelativeL2 == nil)
    }

    /// Whether bfloat16 is faster here.
    private static var isFaster: Bool {
        #if OneDNN
            OneDNN.computesInBFloat16
        #else
            false
        #endif
    }

    private func numbers(_ session: Session, _ x: Tensor) throws -> [Double] {
        try #require(try session.run(["x": .tensor(x)])["y"]?.tensor).doubles()
    }
}

/// The relative L2 error of numbers.
func relativeDistance(_ found: [Double], _ expected: [Double]) -> Double {
    let difference = zip(found, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return (difference / expected.reduce(0) { $0 + $1 * $1 }).squareRoot()
}
