import HingeGraph
import HingeOperators
import Testing

@testable import HingeRuntime

/// Inputs whose extents change from run to run.
@Suite("Extents that change with each run")
struct OpenPlanTests {
    private static let heads = 2
    private static let width = 16

    /// Attention of one new position to those before, whose keys and values are inputs, and what is around it.
    private static func decoder() throws -> Model {
        var builder = GraphBuilder()
        let x = builder.input("x", .float32, [1, 1, 32])
        let pastKeys = builder.input("keys", .float32, [1, 2, "past", 16])
        let pastValues = builder.input("values", .float32, [1, 2, "past", 16])
        func weights(_ shape: [Int], _ seed: UInt64) -> GraphBuilder.Operand {
            builder.constant(random(shape, seed: seed, scale: 0.2))
        }
        func parts(_ seed: UInt64) throws -> GraphBuilder.Operand {
            let all = try builder.append(MatMul(), x, weights([32, 32], seed))
            let split = try builder.append(Reshape(shape: [1, 1, heads, width]), all)
            return try builder.append(Transpose([0, 2, 1, 3]), split)
        }
        let query = try parts(1)
        let keys = try builder.append(
            Concat(axis: 2), [pastKeys, try parts(2)], outputCount: 1)[0]
        let values = try builder.append(
            Concat(axis: 2), [pastValues, try parts(3)], outputCount: 1)[0]
        let scores = try builder.append(
            MatMul(), query, builder.append(Transpose([0, 1, 3, 2]), keys))
        let context = try builder.append(MatMul(), builder.append(Softmax(), scores), values)
        let joined = try builder.append(
            Reshape(shape: [1, 1, 32]), builder.append(Transpose([0, 2, 1, 3]), context))
        let y = try builder.append(
            Add(), builder.append(MatMul(), joined, weights([32, 32], 4)), x)
        builder.output(try builder.append(Relu(), y), "y")
        builder.output(keys, "keys out")
        builder.output(values, "values out")
        return builder.model()
    }

    private func inputs(_ past: Int, seed: Int) -> [String: Tensor] {
        let shape = [1, Self.heads, past, Self.width]
        return [
            "x": random([1, 1, 32], seed: UInt64(seed)),
            "keys": random(shape, seed: UInt64(seed + 100)),
            "values": random(shape, seed: UInt64(seed + 200)),
        ]
    }

    @Test("A cache that grows is not planned for each run, and computes the same")
    func growing() throws {
        let pair = try EnginePair(Self.decoder())
        for past in Array(0...20) + [3, 3, 7, 100, 101, 1, 0] {
            try pair.expectSame(inputs(past, seed: past + 1))
        }
        let engine = try #require(pair.fast.engine as? FastEngine)
        let planned = try engine.variant([:], engine.outputs).planned
        #expect(planned.planCount <= 8)
    }

    @Test("A length that comes again has a plan of its own")
    func again() throws {
        let pair = try EnginePair(Self.decoder())
        for past in 1...6 { try pair.expectSame(inputs(past, seed: past)) }
        let engine = try #require(pair.fast.engine as? FastEngine)
        let planned = try engine.variant([:], engine.outputs).planned
        let before = planned.planCount
        for _ in 1...3 { try pair.expectSame(inputs(6, seed: 6)) }
        #expect(planned.planCount == before + 1)
    }

    @Test("Values that are not finite are right")
    func special() throws {
        let pair = try EnginePair(Self.decoder())
        for past in 1...8 {
            var given = inputs(past, seed: past)
            if past > 5 {
                var elements = try #require(given["x"]).array(of: Float.self)
                elements[3] = past == 6 ? .nan : .infinity
                given["x"] = Tensor(elements, shape: [1, 1, 32])
            }
            let values = given.mapValues { Value.tensor($0) }
            let found = try #require(try pair.fast.run(values)["y"]?.tensor).doubles()
            let expected = try #require(try pair.reference.run(values)["y"]?.tensor).doubles()
            for (a, b) in zip(found, expected) {
                #expect(a == b || a.isNaN && b.isNaN || abs(a - b) < 1e-5)
            }
        }
    }

    @Test("Extents that were the same need not stay so")
    func parting() throws {
        var builder = GraphBuilder()
        let a = builder.input("a", .float32, ["rows", 4])
        let b = builder.input("b", .float32, ["others", 4])
        let w = builder.constant(random([4, 4], seed: 1))
        let both = try builder.append(Concat(axis: 0), [a, b], outputCount: 1)[0]
        builder.output(try builder.append(MatMul(), both, w), "y")
        builder.output(try builder.append(Add(), a, w), "z")
        let pair = try EnginePair(builder.model())
        for (rows, others) in [(1, 1), (4, 4), (1, 1), (4, 7), (1, 2), (4, 3), (4, 9), (1, 9)] {
            try pair.expectSame([
                "a": random([rows, 4], seed: UInt64(rows)),
                "b": random([others, 4], seed: UInt64(others + 50)),
            ])
        }
        #expect(throws: HingeError.self) {
            _ = try pair.fast.run([
                "a": .tensor(random([3, 4], seed: 1)), "b": .tensor(random([3, 4], seed: 2)),
            ])
        }
    }

    @Test("A network that depends on its extents as a whole has a plan for each")
    func network() throws {
        var builder = GraphBuilder()
        let x = builder.input("x", .float32, [1, 16, "height", "width"])
        var y = x
        for seed in 1...3 as ClosedRange<UInt64> {
            y = try builder.append(
                Relu(),
                builder.append(
                    Conv(padding: .explicit([1, 1, 1, 1])), y,
                    builder.constant(random([16, 16, 3, 3], seed: seed, scale: 0.1))))
        }
        builder.output(y, "y")
        let pair = try EnginePair(builder.model())
        let engine = try #require(pair.fast.engine as? FastEngine)
        for extent in 20...25 {
            try pair.expectSame(["x": random([1, 16, extent, extent], seed: 3)])
        }
        #expect(try engine.variant([:], engine.outputs).planned.planCount == 6)
    }
}
