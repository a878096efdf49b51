import HingeGraph
import Testing

@testable import HingeOperators

/// The expected values come from NumPy 2.4.
@Suite struct MatMulTests {
    static let cases: [([Int], [Int], [Int], [Double])] = [
        ([3], [3], [], [-0.578125]),
        ([3], [3, 2], [2], [1.078125, 0.203125]),
        ([2, 3], [3], [2], [-0.578125, -0.921875]),
        (
            [2, 2, 3], [3, 2], [2, 2, 2],
            [1.078125, 0.203125, -2.25, 0.71875, -1.625, 0.15625, 1.515625, -1.125]
        ),
        (
            [2, 3], [2, 3, 2], [2, 2, 2],
            [1.078125, 0.203125, -2.25, 0.71875, 0.140625, 0.703125, 0.828125, -0.15625]
        ),
        ([2, 1, 1, 3], [2, 3, 1], [2, 2, 1, 1], [-0.578125, 1.46875, -0.921875, -1]),
        ([1, 3], [3, 5], [1, 5], [-0.421875, 0.140625, 0.703125, -0.171875, 0.390625]),
        (
            [5, 1], [1, 2], [5, 2],
            [0, 0, -0.984375, 0.28125, 0.546875, -0.15625, -0.4375, 0.125, 1.09375, -0.3125]
        ),
        ([2, 2, 3], [3], [2, 2], [-0.578125, -0.921875, -0.546875, 2.34375]),
    ]

    @Test(arguments: cases)
    func multiplies(_ left: [Int], _ right: [Int], _ shape: [Int], _ expected: [Double]) throws {
        let (a, b) = (Tensor.wave(left), Tensor.wave(right, seed: 1))
        // Sums of eighths squared are exact in Float; half types round the result once.
        for (type, tolerance): (DataType, Double) in [
            (.float32, 0), (.float64, 0), (.float16, 0x1p-10), (.bfloat16, 0x1p-7),
        ] {
            let y = try OperatorHarness.value(MatMul(), a.cast(to: type), b.cast(to: type))
            #expect(y.dataType == type)
            try expectClose(y, expected, shape: shape, tolerance: tolerance)
        }
        let inferred = try OperatorHarness.infer(
            MatMul(), [.tensor(.float32, Shape(left)), .tensor(.float32, Shape(right))])
        #expect(inferred == [.tensor(.float32, Shape(shape))])
    }

    @Test func integersWrapAround() throws {
        func product<T: TensorElement & Equatable>(_ a: [T], _ b: [T]) throws -> [T] {
            try OperatorHarness.value(
                MatMul(), Tensor(a, shape: [1, a.count]), Tensor(b, shape: [b.count, 1])
            ).array(of: T.self)
        }
        #expect(try product([Int32.max, 2], [2, 3]) == [4])
        #expect(try product([Int64.min, 5], [3, 1]) == [.min + 5])
        #expect(try product([UInt32.max, 1], [2, 1]) == [.max])
        #expect(try product([UInt64.max], [.max]) == [1])
    }

    /// Sizes around those of tiles and blocks: 4 rows, 8 columns, 256 deep.
    @Test(arguments: [(1, 1, 1), (4, 8, 256), (5, 9, 257), (3, 17, 2), (130, 7, 300), (2, 1030, 3)])
    func everySizeAgreesWithTheDefinition(_ rows: Int, _ columns: Int, _ depth: Int) throws {
        let a = Tensor((0..<rows * depth).map { Int32($0 % 7 - 3) }, shape: [rows, depth])
        let b = Tensor((0..<depth * columns).map { Int32($0 % 5 - 2) }, shape: [depth, columns])
        let y = try OperatorHarness.value(MatMul(), a, b).array(of: Int32.self)
        let reals = try OperatorHarness.value(
            MatMul(), a.cast(to: .float32), b.cast(to: .float32)
        ).array(of: Float.self)
        for row in Set([0, rows / 2, rows - 1]) {
            for column in Set([0, columns / 2, columns - 1]) {
                let sum = (0..<depth).reduce(0) {
                    $0 + ((row * depth + $1) % 7 - 3) * (($1 * columns + column) % 5 - 2)
                }
                #expect(y[row * columns + column] == Int32(sum))
                #expect(reals[row * columns + column] == Float(sum))
            }
        }
    }

    @Test func emptyFactors() throws {
        #expect(try OperatorHarness.value(MatMul(), .wave(0, 3), .wave(3, 2)).shape == [0, 2])
        let zero = try OperatorHarness.value(MatMul(), .wave(2, 0), .wave(0, 2))
        #expect(try zero.doubles() == [0, 0, 0, 0])
        #expect(
            try OperatorHarness.value(MatMul(), .wave(0, 2, 3), .wave(1, 3, 2)).shape == [0, 2, 2])
    }

    @Test func infersUnknownDimensions() throws {
        func infer(_ a: Shape?, _ b: Shape?) throws -> Shape? {
            try OperatorHarness.infer(MatMul(), [.tensor(.float32, a), .tensor(.float32, b)])[0]
                .type?.shape
        }
        #expect(try infer(["N", "T", 8], [8, 4]) == ["N", "T", 4])
        #expect(try infer(["N", 1, "T", 8], ["M", 8, "K"]) == ["N", "M", "T", "K"])
        #expect(try infer(["T", "D"], [4]) == ["T"])
        #expect(try infer(nil, [4]) == nil)
    }

    @Test func refuses() {
        func error(_ a: Tensor, _ b: Tensor) -> String {
            message { _ = try OperatorHarness.value(MatMul(), a, b) }
        }
        #expect(
            error(.wave(2, 3), .wave(2, 3)) == "shapes [2, 3] and [2, 3] have no matrix product")
        #expect(error(.wave(), .wave(2)) == "shapes [] and [2] have no matrix product")
        #expect(error(.wave(2, 1, 3), .wave(3, 3, 1)) == "shapes [2] and [3] do not broadcast")
        #expect(
            error(.wave(1), .ints(1)) == "expected inputs of one type, found float32 and int64")
        let old = message {
            _ = try OperatorHarness.convert(
                Node("MatMul", inputs: ["a", "b"], outputs: ["y"]), from: 9, to: 8,
                known: [.tensor(.int32, [1, 1]), .tensor(.int32, [1, 1])])
        }
        #expect(old == "MatMul of int32 needs opset 9, not 8")
    }
}
