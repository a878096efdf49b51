import HingeGraph
import Testing

@testable import HingeOperators

/// Distributions of 20 000 numbers, from fixed seeds.
@Suite("Random numbers")
struct RandomTests {
    private static let shape = [100, 200]
    private static let like = Tensor([UInt8](repeating: 0, count: 20000), shape: shape)

    /// The most that the distribution of independent numbers is off its own, in a thousand trials of a thousand and one.
    private func distance(_ numbers: [Double], _ distribution: (Double) -> Double) -> Double {
        let ordered = numbers.sorted()
        return ordered.enumerated().map { index, number in
            abs(distribution(number) - (Double(index) + 0.5) / Double(ordered.count))
        }.max() ?? 1
    }

    @Test(arguments: [DataType.float64, .float32, .float16, .bfloat16], [nil, 42] as [Float?])
    func normal(_ type: DataType, _ seed: Float?) throws {
        let operators: [any Operator] = [
            RandomNormal(
                shape: RandomTests.shape, dataType: type, mean: 1, deviation: 2, seed: seed),
            RandomNormalLike(dataType: type, mean: 1, deviation: 2, seed: seed),
        ]
        for operation in operators {
            let y = try OperatorHarness.value(operation, RandomTests.like)
            #expect(y.shape == RandomTests.shape)
            #expect(y.dataType == type)
            let off = distance(try y.doubles()) {
                0.5 * (1 + RealMath.erf(($0 - 1) / (2 * 2.0.squareRoot())))
            }
            // Numbers of few bits come in steps.
            #expect(off < 0.014 + (type == .bfloat16 ? 0.01 : 0))
        }
    }

    @Test(arguments: [DataType.float64, .float32, .float16, .bfloat16], [nil, 42] as [Float?])
    func uniform(_ type: DataType, _ seed: Float?) throws {
        let operators: [any Operator] = [
            RandomUniform(shape: RandomTests.shape, dataType: type, low: -1, high: 3, seed: seed),
            RandomUniformLike(dataType: type, low: -1, high: 3, seed: seed),
        ]
        for operation in operators {
            let numbers = try OperatorHarness.value(operation, RandomTests.like).doubles()
            #expect(numbers.allSatisfy { (-1...3).contains($0) })
            #expect(distance(numbers) { ($0 + 1) / 4 } < 0.014)
        }
    }

    @Test(arguments: [nil, .bool, .int8, .bfloat16, .float64] as [DataType?])
    func bernoulli(_ type: DataType?) throws {
        let chances: [Float] = [0, 0.1, 0.5, 1]
        let x = Tensor(chances.flatMap { [Float](repeating: $0, count: 5000) }, shape: [4, 5000])
        let y = try OperatorHarness.value(Bernoulli(dataType: type), x)
        #expect(y.dataType == type ?? .float32)
        let numbers =
            try type == .bool ? y.integers().map { Double($0) } : y.doubles()
        #expect(Set(numbers) == [0, 1])
        for (row, chance) in chances.enumerated() {
            let total: Double = numbers[row * 5000..<(row + 1) * 5000].reduce(0, +)
            let mean = total / 5000
            let limit = 4 * 0.5 / 5000.0.squareRoot()
            #expect(abs(mean - Double(chance)) <= limit)
            if chance == 0 || chance == 1 { #expect(mean == Double(chance)) }
        }
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.value(Bernoulli(), Tensor([0.5, 1.5] as [Float]))
        }
        #expect(error?.message == "expected probabilities from 0 to 1, found 1.5")
    }

    @Test(arguments: [DataType.int32, .int64])
    func multinomial(_ type: DataType) throws {
        let chances = [[0.1, 0.2, 0.3, 0.4], [0.25, 0.25, 0.5, 0]]
        let x = Tensor(chances.joined().map { Float(RealMath.log($0) + 7) }, shape: [2, 4])
        let y = try OperatorHarness.value(Multinomial(dataType: type, count: 10000, seed: 1), x)
        #expect(y.shape == [2, 10000])
        #expect(y.dataType == type)
        let numbers = try y.integers()
        for (row, chances) in chances.enumerated() {
            for (number, chance) in chances.enumerated() {
                let found = numbers[row * 10000..<(row + 1) * 10000].count { $0 == number }
                #expect(abs(Double(found) / 10000 - chance) <= (chance == 0 ? 0 : 0.02))
            }
        }
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.value(
                Multinomial(), Tensor([-Float.infinity, -.infinity], shape: [1, 2]))
        }
        #expect(error?.message == "expected logarithms of probabilities, found none in row 0")
    }

    @Test("A stated seed says all; else the generator of the run goes on")
    func seeds() throws {
        func draw(_ operation: any Operator, seed: UInt64) throws -> [Tensor?] {
            var context = EvaluationContext(inputs: [], generator: SeededGenerator(seed: seed))
            try operation.evaluate(&context)
            let first = context.outputs[0]?.tensor
            try operation.evaluate(&context)
            return [first, context.outputs[0]?.tensor]
        }
        let stated = try draw(RandomNormal(shape: [9], seed: 3), seed: 1)
        #expect(stated[0] == stated[1])
        #expect(try draw(RandomNormal(shape: [9], seed: 3), seed: 2) == stated)
        #expect(try draw(RandomNormal(shape: [9], seed: 3.5), seed: 1) != stated)
        let free = try draw(RandomNormal(shape: [9]), seed: 1)
        #expect(free[0] != free[1])
        #expect(try draw(RandomNormal(shape: [9]), seed: 1) == free)
        #expect(try draw(RandomNormal(shape: [9]), seed: 2) != free)
    }

    @Test("A number depends on its place, not on the threads")
    func threads() throws {
        let operation = RandomNormal(shape: [300, 300], seed: 8)
        let together = try OperatorHarness.value(operation)
        let alone = try ThreadTeam.$current.withValue(ThreadTeam(count: 1)) {
            try OperatorHarness.value(operation)
        }
        #expect(together == alone)
    }

    @Test("bfloat16 needs version 22")
    func versions() throws {
        let operation = RandomUniform(shape: [2], dataType: .bfloat16)
        let error = #expect(throws: HingeError.self) {
            try Speller.spell(
                operation, opset: 21, inputs: [], outputs: ["y"], isTaken: { _ in false })
        }
        #expect(error?.message == "RandomUniform to bfloat16 needs opset 22, not 21")
    }
}
