import HingeGraph
import HingeOperators
import HingeProgram
import Testing

@testable import HingeRuntime

@Suite("The memory of plans")
struct PlanMemoryTests {
    private func builder() throws -> PlanBuilder {
        let model = Model(graph: Graph(), opsetImports: [OpsetImport(version: 21)])
        return PlanBuilder(
            try Program(model), WeightStore(), .init(inputs: [], outputs: []))
    }

    private func emit(_ builder: PlanBuilder, reads: [BufferID], writes: BufferID) {
        let type = TensorType(dataType: .float32, shape: [1])
        builder.emit(
            CopyStep(source: reads.first ?? 0, target: writes, type: type), reads: reads,
            writes: [writes])
    }

    @Test("A step that writes over its only use of a value is right")
    func inPlace() throws {
        let builder = try builder()
        let first = builder.addBuffer(byteCount: 4)
        let second = builder.addBuffer(byteCount: 4, in: first)
        emit(builder, reads: [], writes: first)
        emit(builder, reads: [first], writes: second)
        try builder.checkMemory()
    }

    @Test("A step that writes over what it reads twice is found")
    func readsTwice() throws {
        let builder = try builder()
        let first = builder.addBuffer(byteCount: 4)
        let second = builder.addBuffer(byteCount: 4, in: first)
        emit(builder, reads: [], writes: first)
        emit(builder, reads: [first, first], writes: second)
        let error = try #require(throws: HingeError.self) { try builder.checkMemory() }
        #expect(error.message == "a step of the plan overwrites memory that it still reads")
        #expect(error.code == .internalError)
        #expect(!builder.mayOverwrite(first, reading: [first, first], after: []))
        #expect(builder.mayOverwrite(first, reading: [first], after: []))
    }

    @Test("A step that comes too late for a value is found")
    func readsLate() throws {
        let builder = try builder()
        let first = builder.addBuffer(byteCount: 4)
        let second = builder.addBuffer(byteCount: 4, in: first)
        let third = builder.addBuffer(byteCount: 4)
        emit(builder, reads: [], writes: first)
        emit(builder, reads: [first], writes: second)
        emit(builder, reads: [first], writes: third)
        let error = try #require(throws: HingeError.self) { try builder.checkMemory() }
        #expect(error.message == "a step of the plan reads memory that holds another value")
    }

    @Test("Memory that is needed at the same time doesn't overlap")
    func arena() {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<200 {
            let requests = (0..<random.pick(1...20)).map { index in
                let first = random.pick(0...10)
                return ArenaRequest(
                    buffer: index, byteCount: random.pick(0...300), first: first,
                    last: first + random.pick(0...5))
            }
            let (offsets, byteCount) = ArenaRequest.place(requests)
            for a in requests {
                let start = offsets[a.buffer] ?? -1
                #expect(start >= 0 && start + a.byteCount <= byteCount)
                for b in requests where b.buffer < a.buffer {
                    guard a.first <= b.last, b.first <= a.last else { continue }
                    let other = offsets[b.buffer] ?? -1
                    #expect(start + a.byteCount <= other || other + b.byteCount <= start)
                }
            }
        }
    }

    @Test("A view that is taken when running keeps its numbers")
    func viewAtRunTime() throws {
        var builder = GraphBuilder()
        let x = builder.input("x", .float32, [2, 3])
        let shape = builder.input("shape", .int64, [1])
        let a = try builder.append(Relu(), x)
        builder.output(try builder.append(Reshape(), a, shape), "view")
        builder.output(try builder.append(Neg(), a), "y")
        try EnginePair(builder.model()).expectSame(
            ["x": random([2, 3], seed: 1), "shape": Tensor([6 as Int64])], tolerance: 0)
    }

    @Test("An input that is an output, and values that are returned twice")
    func outputs() throws {
        var builder = GraphBuilder()
        let x = builder.input("x", .float32, [1, 8, 3, 3])
        let w = builder.constant(random([8, 8, 1, 1], seed: 1))
        let conv = try builder.append(Conv(), x, w)
        let sum = try builder.append(Add(), conv, x)
        let operations: [any Operator] = [Identity(), Flatten(), Relu()]
        let others = try operations.map { try builder.append($0, sum) }
        for value in [x, sum] + others { builder.output(value, "y_\(value.name)") }
        try EnginePair(builder.model()).expectSame(["x": random([1, 8, 3, 3], seed: 2)])
    }
}
