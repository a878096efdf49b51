import HingeGraph
import HingeOperators
import Testing

@testable import HingeRuntime

@Suite("Operators in the fast engine")
struct LoweringTests {
    struct Pool: CustomTestStringConvertible, Sendable {
        let name: String
        let operation: any Operator
        var input = [1, 16, 9, 9]
        /// Whether oneDNN has it.
        var isLowered = true
        var testDescription: String { name }
        var step: String { (isLowered ? "" : "evaluate ") + operation.id.type }
    }

    static let pools = [
        Pool(name: "max", operation: MaxPool(kernel: [3, 3], strides: [2, 2])),
        Pool(
            name: "max, padded",
            operation: MaxPool(
                kernel: [3, 3], strides: [2, 2], padding: .explicit([1, 1, 0, 1]))),
        Pool(
            name: "max, rounded up",
            operation: MaxPool(kernel: [2, 2], strides: [2, 2], roundsUp: true)),
        Pool(
            name: "max, rounded up with stride over kernel",
            operation: MaxPool(kernel: [2, 2], strides: [3, 3], roundsUp: true)),
        Pool(
            name: "max, dilated",
            operation: MaxPool(kernel: [2, 3], dilations: [2, 2]), isLowered: false),
        Pool(
            name: "average, padding left out",
            operation: AveragePool(kernel: [3, 3], padding: .explicit([1, 1, 1, 1]))),
        Pool(
            name: "average, padding counted",
            operation: AveragePool(
                kernel: [3, 3], strides: [2, 2], padding: .explicit([1, 1, 1, 1]),
                countsPadding: true)),
        Pool(
            name: "average, rounded up",
            operation: AveragePool(kernel: [2, 2], strides: [2, 2], roundsUp: true)),
        Pool(
            name: "average, rounded up, padding counted",
            operation: AveragePool(
                kernel: [2, 2], strides: [2, 2], padding: .explicit([1, 1, 0, 0]), roundsUp: true,
                countsPadding: true)),
        Pool(
            name: "average, SAME_UPPER",
            operation: AveragePool(kernel: [2, 2], strides: [2, 2], padding: .sameUpper)),
        Pool(name: "max, 1D", operation: MaxPool(kernel: [3]), input: [2, 4, 10]),
        Pool(name: "max, 3D", operation: MaxPool(kernel: [2, 2, 2]), input: [1, 3, 4, 5, 6]),
        Pool(name: "global average", operation: GlobalAveragePool()),
        Pool(name: "global max", operation: GlobalMaxPool()),
        Pool(name: "global average, 1D", operation: GlobalAveragePool(), input: [3, 5, 12]),
    ]

    @Test("Pooling", arguments: pools)
    func pooling(_ pool: Pool) throws {
        let alone = try EnginePair(Shape(pool.input)) { builder, x in
            try builder.append(pool.operation, x)
        }
        try alone.expectSame(pool.input)
        try alone.expectSteps([pool.step], pool.input)
        let channels = pool.input[1]
        let behind = try EnginePair(Shape(pool.input)) { builder, x in
            let kernel = [Int](repeating: 1, count: pool.input.count - 2)
            let w = builder.constant(random([channels, channels] + kernel, seed: 1))
            return try builder.append(pool.operation, builder.append(Conv(), x, w))
        }
        try behind.expectSame(pool.input)
        try behind.expectSteps(["Conv", pool.step], pool.input)
    }

    @Test("Indices of a maximum are left to the operator's own evaluation")
    func indices() throws {
        var builder = GraphBuilder()
        let x = builder.input("x", .float32, [1, 3, 6, 6])
        let outputs = try builder.append(
            MaxPool(kernel: [2, 2], strides: [2, 2]), [x], outputCount: 2)
        builder.output(outputs[0], "y")
        builder.output(outputs[1], "indices")
        let pair = try EnginePair(builder.model())
        try pair.expectSame(["x": random([1, 3, 6, 6], seed: 1)])
        try pair.expectSteps(["evaluate MaxPool"], [1, 3, 6, 6])
    }

    struct Product: CustomTestStringConvertible, Sendable {
        let name: String
        let gemm: Gemm
        let a: [Int]
        let b: [Int]
        var c: [Int]?
        /// Whether oneDNN has it.
        var isLowered = true
        var testDescription: String { name }
    }

    static let products = [
        Product(name: "plain", gemm: Gemm(), a: [3, 4], b: [4, 5]),
        Product(name: "one row", gemm: Gemm(transposesB: true), a: [1, 40], b: [30, 40], c: [30]),
        Product(
            name: "both transposed", gemm: Gemm(transposesA: true, transposesB: true), a: [4, 3],
            b: [5, 4], c: [5]),
        Product(name: "scaled", gemm: Gemm(alpha: 0.5), a: [3, 4], b: [4, 5]),
        Product(
            name: "scaled, with addend", gemm: Gemm(alpha: 0.5), a: [3, 4], b: [4, 5], c: [5]),
        Product(
            name: "scaled addend", gemm: Gemm(alpha: 2, beta: 0.5), a: [3, 4], b: [4, 5], c: [5],
            isLowered: false),
        Product(
            name: "addend of a column", gemm: Gemm(), a: [3, 4], b: [4, 5], c: [3, 1],
            isLowered: false),
        Product(name: "addend as a matrix", gemm: Gemm(), a: [3, 4], b: [4, 5], c: [3, 5]),
        Product(name: "addend as a number", gemm: Gemm(), a: [3, 4], b: [4, 5], c: []),
    ]

    @Test("Gemm with constants and with inputs", arguments: products)
    func gemm(_ product: Product) throws {
        for isConstant in [true, false] {
            var builder = GraphBuilder()
            var inputs: [String: Tensor] = [:]
            func operand(_ name: String, _ shape: [Int], _ seed: UInt64) -> GraphBuilder.Operand {
                let tensor = random(shape, seed: seed)
                if isConstant && name != "a" { return builder.constant(tensor) }
                inputs[name] = tensor
                return builder.input(name, .float32, Shape(shape))
            }
            var operands = [operand("a", product.a, 1), operand("b", product.b, 2)]
            if let c = product.c { operands.append(operand("c", c, 3)) }
            let y = try builder.append(product.gemm, operands, outputCount: 1)[0]
            builder.output(try builder.append(Relu(), y), "y")
            let pair = try EnginePair(builder.model())
            try pair.expectSame(inputs)
            try pair.expectSteps(
                product.isLowered ? ["Gemm+Relu"] : ["evaluate Gemm", "Relu"], inputs)
        }
    }

    @Test(
        "MatMul",
        arguments: [
            ([3, 4], [4, 5]), ([2, 3, 4], [4, 5]), ([2, 6, 3, 4], [2, 6, 4, 5]), ([4], [4, 5]),
            ([2, 3, 4], [4]), ([2, 1, 3, 4], [1, 6, 4, 5]), ([5, 3, 4], [1, 4, 5]),
            ([3, 4], [2, 4, 5]), ([4], [4]),
        ] as [([Int], [Int])])
    func matMul(_ a: [Int], _ b: [Int]) throws {
        for isConstant in [true, false] {
            var builder = GraphBuilder()
            var inputs = ["a": random(a, seed: 1)]
            let left = builder.input("a", .float32, Shape(a))
            let right: GraphBuilder.Operand
            if isConstant {
                right = builder.constant(random(b, seed: 2))
            } else {
                inputs["b"] = random(b, seed: 2)
                right = builder.input("b", .float32, Shape(b))
            }
            let product = try builder.append(MatMul(), left, right)
            let bias = builder.constant(random([b.last ?? 1], seed: 3))
            builder.output(
                b.count == 1 ? product : try builder.append(Add(), product, bias), "y")
            let pair = try EnginePair(builder.model())
            try pair.expectSame(inputs)
            // Vectors, and batches on one side only, are left to the operator's own evaluation.
            let isLowered = min(a.count, b.count) > 1 && (a.count == b.count || b.count == 2)
            let expected = isLowered ? ["MatMul+Add"] : ["evaluate MatMul", "Add"]
            try pair.expectSteps(b.count == 1 ? Array(expected.prefix(1)) : expected, inputs)
        }
    }

    @Test("Batch normalization by itself, and with what is behind it")
    func batchNormalization() throws {
        let pair = try EnginePair([2, 6, 5, 5]) { builder, x in
            let parameters = (1...3).map { builder.constant(random([6], seed: $0)) }
            let variance = builder.constant(
                Tensor([0.5, 1, 2, 0.1, 3, 1] as [Float], shape: [6]))
            let y = try builder.append(
                BatchNormalization(), [x] + parameters + [variance], outputCount: 1)[0]
            return try builder.append(Relu(), y)
        }
        try pair.expectSame([2, 6, 5, 5])
        try pair.expectSteps(["BatchNormalization+Relu"], [2, 6, 5, 5])
    }

    @Test("Arithmetic on values in blocks, with broadcasting either way")
    func arithmetic() throws {
        for operation in [Add(), Sub(), Mul(), Div()] as [any Operator] {
            for shape in [[1, 16, 6, 6], [16, 1, 1], [1, 1, 6, 6], [6], []] {
                for isLeft in [true, false] {
                    let pair = try EnginePair([1, 8, 6, 6]) { builder, x in
                        let conv = try builder.append(
                            Conv(), x, builder.constant(random([16, 8, 1, 1], seed: 1)))
                        let pool = try builder.append(MaxPool(kernel: [1, 1]), conv)
                        let other = builder.constant(random(shape, seed: 2))
                        return try isLeft
                            ? builder.append(operation, pool, other)
                            : builder.append(operation, other, pool)
                    }
                    // Division by numbers near 0 makes large errors of small ones.
                    try pair.expectSame([1, 8, 6, 6], tolerance: 1e-4)
                    // What broadcasts meets rows in their own order, unless channels are last.
                    let name = operation.id.type
                    try pair.expectSteps(
                        ["Conv", "MaxPool", shape == [1, 16, 6, 6] ? name : "evaluate \(name)"],
                        or: ["Conv", "MaxPool", name], [1, 8, 6, 6])
                }
            }
        }
    }

    @Test("A sum of a value and itself")
    func doubled() throws {
        let pair = try EnginePair([1, 8, 6, 6]) { builder, x in
            let conv = try builder.append(
                Conv(), x, builder.constant(random([16, 8, 1, 1], seed: 1)))
            return try builder.append(Mul(), builder.append(Add(), conv, conv), conv)
        }
        try pair.expectSame([1, 8, 6, 6])
        try pair.expectSteps(["Conv", "Add+Mul"], [1, 8, 6, 6])
    }

    @Test("Values of no elements")
    func empty() throws {
        let pair = try EnginePair(["N", 3, 6, 6]) { builder, x in
            let conv = try builder.append(
                Conv(), x, builder.constant(random([4, 3, 3, 3], seed: 1)))
            return try builder.append(Relu(), builder.append(Add(), conv, conv))
        }
        try pair.expectSame([0, 3, 6, 6])
        try pair.expectSame([2, 3, 6, 6])
        try pair.expectSteps(["evaluate Conv", "evaluate Add", "evaluate Relu"], [0, 3, 6, 6])
        try pair.expectSteps(["Conv", "Add", "Relu"], or: ["Conv", "Add+Relu"], [2, 3, 6, 6])
    }

    @Test("Other element types are left to the operators' own evaluation")
    func doubles() throws {
        var builder = GraphBuilder()
        let x = builder.input("x", .float64, [1, 2, 4, 4])
        let w = builder.constant(
            Tensor((0..<18).map { Double($0) / 10 }, shape: [1, 2, 3, 3]))
        builder.output(try builder.append(Elu(), builder.append(Conv(), x, w)), "y")
        let x0 = Tensor((0..<32).map { Double($0) - 16 }, shape: [1, 2, 4, 4])
        let pair = try EnginePair(builder.model())
        try pair.expectSame(["x": x0], tolerance: 0)
        try pair.expectSteps(["evaluate Conv", "evaluate Elu"], ["x": x0])
    }
}
