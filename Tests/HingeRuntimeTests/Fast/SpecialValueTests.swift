import HingeGraph
import HingeOperators
import Testing

@testable import HingeRuntime

/// NaN, infinities, numbers too small to be normal, and both zeros: what comes out is the same in both engines, place
/// by place.
@Suite("Special numbers in the fast engine")
struct SpecialValueTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        /// How far apart the engines may be, of each number: what 64 units in the last place are, where none are said.
        var relative = 4e-6
        let body:
            @Sendable (inout GraphBuilder, GraphBuilder.Operand) throws -> GraphBuilder.Operand
        var testDescription: String { name }

        init(
            _ name: String, relative: Double = 4e-6,
            _ body:
                @escaping @Sendable (
                    inout GraphBuilder, GraphBuilder.Operand
                ) throws -> GraphBuilder.Operand
        ) {
            self.name = name
            self.relative = relative
            self.body = body
        }

        init(_ operation: any Operator, name: String? = nil, relative: Double = 4e-6) {
            self.init(name ?? operation.id.type, relative: relative) {
                try $0.append(operation, $1)
            }
        }
    }

    /// What follows a convolution, or stands by itself, on `[N, C, H, W]`.
    static let functions = [
        Case(Relu()), Case(LeakyRelu(alpha: 0.1)), Case(LeakyRelu(alpha: 0), name: "LeakyRelu(0)"),
        Case(Clip(minimum: 0, maximum: 6)), Case(Clip(minimum: -1), name: "Clip from below"),
        Case(Clip(maximum: 1), name: "Clip from above"), Case(Clip(), name: "Clip without bounds"),
        Case(Clip(minimum: 0), name: "Clip at 0"), Case(HardSigmoid()), Case(HardSwish()),
        Case(Sigmoid()), Case(Tanh()), Case(Swish()),
        // `1 + erf` and `1 + tanh` lose digits where they are near 0.
        Case(Gelu(), relative: 2e-4),
        Case(Gelu(approximation: .tanh), name: "Gelu by tanh", relative: 2e-4), Case(Elu()),
        Case(Selu()),
        Case(Celu()), Case(Softplus()), Case(Mish()), Case(Softsign()), Case(Abs()), Case(Neg()),
        Case(Sqrt()), Case(Exp()), Case(Log()), Case(Erf()), Case(Reciprocal()),
        Case(ThresholdedRelu()), Case(Shrink()), Case(Sign()),
        Case("x · sigmoid(x)") { try $0.append(Mul(), $1, $0.append(Sigmoid(), $1)) },
        Case("x · HardSigmoid(x)") {
            try $0.append(Mul(), $1, $0.append(HardSigmoid(alpha: 1 / 6), $1))
        },
        Case("PRelu") { try $0.append(PRelu(), $1, slopes(&$0, 0.1)) },
        Case("PRelu with slopes of 0") { try $0.append(PRelu(), $1, slopes(&$0, 0)) },
        Case("PRelu by itself") { try $0.append(PRelu(), $1, $1) },
        Case("a residual and Relu") { try $0.append(Relu(), $0.append(Add(), $1, $1)) },
        Case("1 / −x") { try $0.append(Reciprocal(), $0.append(Neg(), $1)) },
        Case("Neg and Relu") { try $0.append(Relu(), $0.append(Neg(), $1)) },
        Case("Div and Relu") {
            let zero = $0.constant(Tensor([0] as [Float], shape: [1]))
            return try $0.append(Relu(), $0.append(Div(), $1, zero))
        },
        Case("a product with infinity") {
            try $0.append(Mul(), $1, $0.constant(Tensor([Float.infinity], shape: [1])))
        },
        Case("Max and Min") { try $0.append(Min(), $0.append(Max(), $1, slopes(&$0, 0.5)), $1) },
    ]

    /// What looks at several elements of `[N, C, H, W]`.
    static let others = [
        Case(MaxPool(kernel: [2, 2])), Case(GlobalMaxPool()), Case(GlobalAveragePool()),
        Case(AveragePool(kernel: [2, 2], padding: .explicit([1, 1, 0, 0]))),
        Case(Softmax(axis: 1)), Case(Softmax(axis: 3), name: "Softmax of rows"),
        Case(LogSoftmax(axis: 1)), Case(LogSoftmax(axis: 3), name: "LogSoftmax of rows"),
        Case(Hardmax(axis: 1)), Case(ReduceMean(axes: [2, 3])), Case(ReduceMax(axes: [1])),
        Case(ReduceMin(axes: [1])), Case(ReduceSum(axes: [1])), Case(CumSum(axis: 1)),
        Case("LayerNormalization") { builder, x in
            let row = builder.constant(random([4], seed: 1))
            return try builder.append(LayerNormalization(), x, row, row)
        },
        Case("two convolutions") { builder, x in
            let channels = builder.type(of: x)?.shape?.extents?[1] ?? 1
            let w = builder.constant(random([3, channels, 1, 1], seed: 1))
            let v = builder.constant(random([5, 3, 3, 3], seed: 2))
            return try builder.append(Conv(), builder.append(Conv(), x, w), v)
        },
        Case("ConvTranspose and Relu") { builder, x in
            let channels = builder.type(of: x)?.shape?.extents?[1] ?? 1
            let w = builder.constant(random([channels, 3, 2, 2], seed: 1))
            return try builder.append(
                Relu(), builder.append(ConvTranspose(strides: [2, 2]), x, w))
        },
        Case("a convolution with an infinite weight and Relu") { builder, x in
            let channels = builder.type(of: x)?.shape?.extents?[1] ?? 1
            var weights = try random([3, channels, 1, 1], seed: 1).array(of: Float.self)
            weights[0] = .infinity
            let w = builder.constant(Tensor(weights, shape: [3, channels, 1, 1]))
            return try builder.append(Relu(), builder.append(Conv(), x, w))
        },
        Case("Gemm and Relu") { builder, x in
            let count = (builder.type(of: x)?.shape?.extents ?? [])[1...].reduce(1, *)
            let w = builder.constant(random([count, 7], seed: 1))
            return try builder.append(
                Relu(), builder.append(Gemm(), builder.append(Flatten(), x), w))
        },
        Case("BatchNormalization and Relu") { builder, x in
            let channels = builder.type(of: x)?.shape?.extents?[1] ?? 1
            let ones = builder.constant(
                try Tensor(filledWith: 1, .float32, shape: [channels]))
            let joined = try builder.append(Concat(axis: 0), x, x)
            let y = try builder.append(BatchNormalization(), joined, ones, ones, ones, ones)
            return try builder.append(Relu(), y)
        },
    ]

    static let specials: [Float] = [
        .nan, .infinity, -.infinity, .leastNonzeroMagnitude, -.leastNormalMagnitude / 4, -0.0, 0,
        .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
    ]

    private static func slopes(
        _ builder: inout GraphBuilder, _ value: Double
    ) throws -> GraphBuilder.Operand {
        builder.constant(try Tensor(filledWith: value, .float32, shape: [1]))
    }

    /// A tensor of `[1, channels, 3, 4]` with each special number somewhere; each alone with `only`.
    private func input(_ channels: Int, only index: Int? = nil) throws -> Tensor {
        let shape = [1, channels, 3, 4]
        var numbers = try random(shape, seed: 3).array(of: Float.self)
        for (position, special) in Self.specials.enumerated()
        where index == nil || index == position {
            numbers[(position * 7 + 5) % numbers.count] = special
        }
        return Tensor(numbers, shape: shape)
    }

    @Test("A function by itself", arguments: functions + others)
    func alone(_ testCase: Case) throws {
        for channels in [1, 3, 16, 33] {
            let pair = try EnginePair([1, .known(channels), 3, 4], testCase.body)
            // What is small beside the others must be right, too, where nothing is added up.
            let isElementwise = Self.functions.contains { $0.name == testCase.name }
            let absolute = isElementwise ? 0 : 1e-6
            var inputs = [try input(channels), random([1, channels, 3, 4], seed: 4)]
            if !isElementwise, channels == 3 {
                inputs += try Self.specials.indices.map { try input(channels, only: $0) }
            }
            for x in inputs {
                try pair.expectSamePlaces(x, relative: testCase.relative, absolute: absolute)
            }
        }
    }

    @Test("Behind a convolution", arguments: functions)
    func behindConvolution(_ testCase: Case) throws {
        for channels in [1, 3, 16] {
            let pair = try EnginePair([1, .known(channels), 3, 4]) { builder, x in
                let w = builder.constant(random([channels, channels, 1, 1], seed: 1))
                return try testCase.body(&builder, builder.append(Conv(), x, w))
            }
            for index in [0, 1, 2, 3] {
                // A sum near 0 makes a large error of a small one.
                try pair.expectSamePlaces(
                    input(channels, only: index), relative: 1e-3, absolute: 1e-5)
            }
        }
    }

    @Test("Behind a matrix product", arguments: functions)
    func behindProduct(_ testCase: Case) throws {
        let pair = try EnginePair([1, 3, 3, 4]) { builder, x in
            let w = builder.constant(random([4, 5], seed: 1))
            return try testCase.body(&builder, builder.append(MatMul(), x, w))
        }
        for index in [0, 1, 2, 3] {
            try pair.expectSamePlaces(input(3, only: index), relative: 1e-3, absolute: 1e-5)
        }
    }

    @Test(
        "A row with a special number leaves the other rows of a product as they are",
        arguments: [(17, 17), (19, 24), (33, 50), (100, 30)])
    func productOfRows(rows: Int, columns: Int) throws {
        let inner = 48
        let pair = try EnginePair([.known(rows), .known(inner)]) { builder, x in
            let w = builder.constant(random([inner, columns], seed: 1))
            return try builder.append(Relu(), builder.append(MatMul(), x, w))
        }
        func result(_ numbers: [Float]) throws -> [Float] {
            let x = Value.tensor(Tensor(numbers, shape: [rows, inner]))
            return try pair.fast.run(["x": x])["y"]?.tensor?.array(of: Float.self) ?? []
        }
        let numbers = try random([rows, inner], seed: 3).array(of: Float.self)
        let finite = try result(numbers)
        for special in [.nan, .infinity, -.infinity] as [Float] {
            for row in [0, rows / 2, rows - 1] {
                var changed = numbers
                changed[row * inner + 5] = special
                // A sum near 0 makes a large error of a small one.
                try pair.expectSamePlaces(
                    Tensor(changed, shape: [rows, inner]), relative: 1e-3, absolute: 1e-5)
                let found = try result(changed)
                try #require(found.count == finite.count && found.count == rows * columns)
                let touched = found.indices.filter { index in
                    // Without special numbers the sums may be taken in another order.
                    !(abs(found[index] - finite[index]) <= 1e-4)
                }
                #expect(touched.allSatisfy { $0 / columns == row }, "\(special) in row \(row)")
                #expect(!touched.isEmpty)
            }
        }
    }

    #if OneDNN
        @Test("Relu and Clip stay in one step with a convolution")
        func staysFused() throws {
            for operation in [Relu(), Clip(minimum: 0, maximum: 6)] as [any Operator] {
                let pair = try EnginePair([1, 16, 3, 4]) { builder, x in
                    let w = builder.constant(random([16, 16, 1, 1], seed: 1))
                    return try builder.append(operation, builder.append(Conv(), x, w))
                }
                try pair.expectSteps(["Conv+\(operation.id.type)"], [1, 16, 3, 4])
            }
        }

        @Test(
            "How large an input may be",
            arguments: [(3, 0x1p24), (1e36, 0x1p4), (1e38, nil)] as [(Float, Float?)])
        func inputLimit(weight: Float, limit: Float?) {
            var rule = MagnitudeRule(
                source: MagnitudeRule.products(terms: 4), arguments: [0, 1, 2])
            rule.operations = [.function(.relu())]
            let rules = [(rule: rule, outputs: [3]), (rule: rule, outputs: [3])]
            let types = [DataType](repeating: .float32, count: 4)
            let plan = MagnitudePlan([.infinity, weight, 1, .infinity], rules, types) {
                $0 == 0
            }
            #expect(plan.inputs == [0])
            #expect(plan.inputLimit == limit)
        }

        @Test("An input beyond the limit is seen, whatever came in the run before")
        func beyondTheLimit() throws {
            let pair = try EnginePair([1, 4]) { builder, x in
                let w = builder.constant(random([4, 8], seed: 1))
                return try builder.append(Relu(), builder.append(MatMul(), x, w))
            }
            for number in [1, .nan, 2, 0x1p30, .infinity, -1] as [Float] {
                let x = Value.tensor(Tensor([1, number, 3, 4], shape: [1, 4]))
                let found = try pair.fast.run(["x": x])["y"]?.tensor?.doubles() ?? []
                let expected = try pair.reference.run(["x": x])["y"]?.tensor?.doubles() ?? []
                #expect(found.count == 8 && expected.count == 8)
                for (a, b) in zip(found, expected) {
                    #expect(a == b || a.isNaN && b.isNaN || abs(a - b) <= 1e-5 * abs(b))
                }
            }
        }

        @Test("Bounds of magnitudes")
        func bounds() {
            var rule = MagnitudeRule(
                source: MagnitudeRule.products(terms: 4), arguments: [0, 1, 2])
            rule.operations = [.function(.relu())]
            func bound(_ magnitudes: [Float]) -> (magnitude: Float, isSafe: Bool) {
                magnitudes.withUnsafeBufferPointer(rule.bound)
            }
            #expect(bound([2, 3, 1]).magnitude == 25)
            #expect(bound([2, 3, 1]).isSafe)
            #expect(!bound([1e30, 1e30, 0]).isSafe)
            #expect(!bound([.infinity, 0, 0]).isSafe)
            let numbers: [Float] = [1, -7, 3, .nan]
            numbers.withUnsafeBytes { bytes in
                guard let base = bytes.baseAddress else { return }
                #expect(Magnitude.of(base, .float32, byteCount: 12) == 7)
                #expect(Magnitude.of(base, .float32, byteCount: 16) == .infinity)
            }
        }

        @Test("Bounds of magnitudes of 16 bits", arguments: [DataType.float16, .bfloat16])
        func halfBounds(_ type: DataType) throws {
            let numbers: [Float] = [0, 0x1p-24, -0x1p-20, 0x1.8p-14, -1.5, 300, -4096, .infinity]
            for count in 1...numbers.count {
                let expected = numbers.prefix(count).map(\.magnitude).max()
                try Tensor(Array(numbers.prefix(count))).converted(to: type).withUnsafeBytes {
                    let base = try #require($0.baseAddress)
                    #expect(Magnitude.of(base, type, byteCount: $0.count) == expected)
                }
            }
            try Tensor([1, .nan, 3] as [Float]).converted(to: type).withUnsafeBytes {
                let base = try #require($0.baseAddress)
                #expect(Magnitude.of(base, type, byteCount: $0.count) == .infinity)
            }
        }

        @Test("Rounding makes what is known larger, and what is too large infinite")
        func roundedBounds() {
            var rule = MagnitudeRule(source: MagnitudeRule.largest, arguments: [0])
            func bound(_ magnitude: Float) -> (magnitude: Float, isSafe: Bool) {
                [magnitude].withUnsafeBufferPointer(rule.bound)
            }
            rule.round(to: [], .float16)
            #expect(bound(100).magnitude == 100.78125)
            #expect(bound(65300).magnitude == .infinity && bound(65300).isSafe)
            rule.isForFiniteOnly = true
            #expect(!bound(65300).isSafe && bound(60000).isSafe)
        }
    #endif

    @Test("Masks of −∞ leave the rest of a softmax as it is")
    func mask() throws {
        let pair = try EnginePair([2, 4]) { try $0.append(Softmax(axis: -1), $1) }
        let none = -Float.infinity
        try pair.expectSamePlaces(
            Tensor([1, none, 2, none, none, none, none, none], shape: [2, 4]), absolute: 0)
        try pair.expectSamePlaces(
            Tensor([1, none, 2, none, 3, none, none, none], shape: [2, 4]), absolute: 0)
    }
}
