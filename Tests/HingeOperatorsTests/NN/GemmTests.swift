import HingeGraph
import Testing

@testable import HingeOperators

/// The expected values come from ONNX Runtime 1.32.
@Suite struct GemmTests {
    static let cases: [(Gemm, [Int]?, [Double])] = [
        (
            Gemm(alpha: 1.0, beta: 1.0, transposesA: false, transposesB: false), nil,
            [1.15625, -1.515625, 0.84375, 1.40625, -1.3125, 1.296875, 0.671875, -1.75]
        ),
        (
            Gemm(alpha: 1.0, beta: 1.0, transposesA: false, transposesB: true), [4],
            [-1.703125, 2.09375, 1.21875, -0.015625, -2.046875, -0.375, -1.9375, 2.96875]
        ),
        (
            Gemm(alpha: 0.5, beta: 2.0, transposesA: true, transposesB: false), [2, 1],
            [-2.171875, -2.328125, -1.5859375, -2.640625, 0.9765625, 1.1015625, 2.125, 1.3515625]
        ),
        (
            Gemm(alpha: -1.0, beta: 0.25, transposesA: true, transposesB: true), [2, 4],
            [1.59375, -0.625, 0.03125, -0.390625, 1.0625, -0.328125, -0.640625, -0.234375]
        ),
        (
            Gemm(alpha: 1.0, beta: -3.0, transposesA: false, transposesB: false), [],
            [4.53125, 1.859375, 4.21875, 4.78125, 2.0625, 4.671875, 4.046875, 1.625]
        ),
        (
            Gemm(alpha: 0.0, beta: 1.0, transposesA: false, transposesB: false), [1, 4],
            [-1.125, 0.625, -0.5, 1.25, -1.125, 0.625, -0.5, 1.25]
        ),
    ]

    @Test(arguments: cases)
    func multiplies(_ gemm: Gemm, _ addend: [Int]?, _ expected: [Double]) throws {
        let a = Tensor.wave(gemm.transposesA ? [3, 2] : [2, 3])
        let b = Tensor.wave(gemm.transposesB ? [4, 3] : [3, 4], seed: 1)
        let c = addend.map { Tensor.wave($0, seed: 2) }
        // Sums of eighths squared are exact in Float; half types round the result once.
        for (type, tolerance): (DataType, Double) in [
            (.float32, 0), (.float64, 0), (.float16, 0x1p-10), (.bfloat16, 0x1p-7),
        ] {
            let y = try OperatorHarness.evaluate(
                gemm, [a.cast(to: type), b.cast(to: type), c?.cast(to: type)])[0]
            #expect(y?.dataType == type)
            try expectClose(y, expected, shape: [2, 4], tolerance: tolerance)
        }
        let inferred = try OperatorHarness.infer(
            gemm, [a, b, c].map { $0.map { .tensor(.float32, Shape($0.shape)) } })
        #expect(inferred == [.tensor(.float32, [2, 4])])
    }

    @Test func integers() throws {
        let (a, b) = (
            Tensor([Int32](arrayLiteral: 3, 4), shape: [1, 2]), [Int32](arrayLiteral: 5, 6)
        )
        let y = try OperatorHarness.value(
            Gemm(alpha: 0.5, beta: 2), a, Tensor(b, shape: [2, 1]),
            Tensor([Int32](arrayLiteral: -7)))
        // 39 · 0.5 is 19.5; whole numbers round toward zero.
        #expect(try y.array(of: Int32.self) == [19 - 14])
        // 9 · 0.5 and 5 · 0.5 are rounded together.
        let halves = try OperatorHarness.value(
            Gemm(alpha: 0.5, beta: 0.5), Tensor([Int64(3)], shape: [1, 1]),
            Tensor([Int64(3)], shape: [1, 1]), Tensor([Int64(5)]))
        #expect(try halves.array(of: Int64.self) == [7])
        let wide = try OperatorHarness.value(
            Gemm(), Tensor([UInt64.max], shape: [1, 1]), Tensor([UInt64(2)], shape: [1, 1]))
        #expect(try wide.array(of: UInt64.self) == [.max - 1])
    }

    @Test func infersUnknownDimensions() throws {
        let inferred = try OperatorHarness.infer(
            Gemm(transposesB: true),
            [.tensor(.float32, ["N", 8]), .tensor(.float32, [10, 8]), .tensor(.float32, [10])])
        #expect(inferred == [.tensor(.float32, ["N", 10])])
    }

    @Test func refuses() {
        func error(_ gemm: Gemm, _ inputs: Tensor...) -> String {
            message { _ = try OperatorHarness.evaluate(gemm, inputs) }
        }
        #expect(
            error(Gemm(), .wave(2, 3), .wave(2, 3))
                == "expected factors that fit, found [2, 3] and [2, 3]")
        #expect(
            error(Gemm(), .wave(2, 3, 1), .wave(2, 3))
                == "expected matrices, found [2, 3, 1] and [2, 3]")
        #expect(
            error(Gemm(), .wave(1, 3), .wave(3, 2), .wave(2, 2))
                == "[2, 2] does not broadcast to [1, 2]")
    }

    @Test func readsOldBroadcasting() throws {
        let node = Node(
            "Gemm", inputs: ["a", "b", "c"], outputs: ["y"],
            attributes: [.int("broadcast", 1), .int("transB", 1)])
        let new = try OperatorHarness.convert(node, from: 6, to: 13)
        #expect(new.nodes[0].attributes == [.int("transB", 1)])
        let old = try OperatorHarness.convert(new.nodes[0], from: 13, to: 1)
        #expect(old.nodes[0].attributes == [.int("transB", 1), .int("broadcast", 1)])
        #expect(old.nodes[0].inputs == node.inputs)
    }

    @Test func spellsWithoutAnAddend() throws {
        let node = Node("Gemm", inputs: ["a", "b"], outputs: ["y"])
        let known = [Inferred.tensor(.float16, [2, 3]), .tensor(.float16, [3, 4])]
        #expect(try OperatorHarness.convert(node, from: 11, to: 13, known: known).nodes == [node])
        let old = try OperatorHarness.convert(node, from: 11, to: 9, known: known)
        let zero = try #require(old.initializers.first)
        #expect(old.nodes[0].inputs == ["a", "b", zero.name])
        #expect(zero.tensor == Tensor([Float16(0)]))
        let unknown = message { _ = try OperatorHarness.convert(node, from: 11, to: 9) }
        #expect(
            unknown == "the element type of input 0 must be known to write this for opset 9")
    }

    @Test func spellsColumnsOnlySinceVersion7() throws {
        let node = Node("Gemm", inputs: ["a", "b", "c"], outputs: ["y"])
        let known: [Inferred?] = [nil, nil, .tensor(.float32, [2, 1])]
        _ = try OperatorHarness.convert(node, from: 13, to: 7, known: known)
        let refused = message {
            _ = try OperatorHarness.convert(node, from: 13, to: 6, known: known)
        }
        #expect(refused == "Gemm with an addend of shape [2, 1] needs opset 7, not 6")
    }
}
