import HingeGraph
import HingeOperators
import HingeProgram
import Synchronization
import Testing

@testable import HingeRuntime

@Suite("Threads")
struct ThreadsTests {
    @Test("Our own kernels take as many threads as oneDNN does")
    func team() {
        #expect(ThreadTeam.current == nil)
        Threads.with(3) {
            #expect(ThreadTeam.current?.count == 3)
            Threads.with(nil) { #expect(ThreadTeam.current?.count == 3) }
        }
        #expect(ThreadTeam.current == nil)
    }

    /// Counts who is somewhere at the same time.
    private final class Presence: Sendable {
        private let counts = Mutex((now: 0, most: 0, all: 0))
        var most: Int { counts.withLock { $0.most } }
        var all: Int { counts.withLock { $0.all } }

        func enter() {
            counts.withLock { counts in
                counts.now += 1
                counts.all += 1
                counts.most = max(counts.most, counts.now)
            }
        }

        func leave() { counts.withLock { $0.now -= 1 } }
    }

    @Test("Runs that take all threads go one after the other, and one inside of another goes on")
    func turns() async throws {
        let presence = Presence()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    try Threads.running(nil) {
                        presence.enter()
                        try Threads.running(nil) {}
                        presence.leave()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(presence.most == 1)
        #expect(presence.all == 16)
    }

    private struct Oops: Error {}

    @Test("Work on another thread has the caller's values, and its errors come back")
    func runner() async throws {
        for count in [2, 3, nil] {
            let found = try await withThrowingTaskGroup(of: [Int].self) { group in
                for number in 1...8 {
                    group.addTask {
                        try MemoryLimit.$perValue.withValue(number) {
                            try ThreadTeam.$current.withValue(ThreadTeam(count: number)) {
                                try Threads.running(count) {
                                    try Threads.compiling(count) {
                                        [
                                            number, MemoryLimit.perValue,
                                            ThreadTeam.current?.count ?? 0,
                                        ]
                                    }
                                }
                            }
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(
                found.sorted { $0[0] < $1[0] } == (1...8).map { [$0, $0, count ?? $0] })
            #expect(throws: Oops.self) { try Threads.running(count) { throw Oops() } }
            #expect(throws: Oops.self) { try Threads.compiling(count) { throw Oops() } }
        }
    }

    @Test("Sessions that several tasks make and run, with several threads each, compute the same")
    func sessions() async throws {
        var builder = GraphBuilder()
        var y = builder.input("x", .float32, [2, 16, 20, 20])
        for seed in 1...4 as ClosedRange<UInt64> {
            let w = builder.constant(random([16, 16, 3, 3], seed: seed, scale: 0.1))
            y = try builder.append(
                Relu(), builder.append(Conv(padding: .explicit([1, 1, 1, 1])), y, w))
        }
        builder.output(y, "y")
        let model = builder.model()
        let inputs = ["x": Value.tensor(random([2, 16, 20, 20], seed: 9))]
        let expected = try Session(model, options: .init(threads: 1)).run(inputs)
        let shared = try Session(model)
        let found = try await withThrowingTaskGroup(of: [String: Value].self) { group in
            for number in 0..<12 {
                group.addTask {
                    let own = try Session(model, options: .init(threads: number % 3 + 1))
                    _ = try own.run(inputs)
                    _ = try shared.run(inputs)
                    return try number % 2 == 0 ? own.run(inputs) : shared.run(inputs)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for values in found { #expect(values == expected) }
    }

    @Test("Each part of the work is done once, whoever makes the threads", arguments: [1, 2, 3, 8])
    func parts(count: Int) {
        let done = Mutex([Int](repeating: 0, count: 1000))
        Threads.with(count) {
            parallelFor(1000, cost: 1 << 14) { range in
                done.withLock { numbers in for index in range { numbers[index] += 1 } }
            }
        }
        #expect(done.withLock { $0 } == [Int](repeating: 1, count: 1000))
    }

    @Test("A model that one thread is done with at once takes one")
    func small() throws {
        for (extent, isSmall) in [(4, true), (1 << 20, false)] {
            var builder = GraphBuilder()
            let x = builder.input("x", .float32, Shape([extent]))
            builder.output(try builder.append(Relu(), x), "y")
            let program = try Program(builder.model(), .running)
            #expect(program.isSmall == isSmall)
        }
    }

    @Test("The number of threads changes no bit", arguments: engines)
    func bits(engine: Session.Options.Engine) throws {
        var builder = GraphBuilder()
        let x = builder.input("x", .float32, [301, 1001])
        let h = try builder.append(Softmax(axis: 0), builder.append(Erf(), x))
        let sum = try builder.append(ReduceSum(axes: [0]), h)
        builder.output(try builder.append(Mul(), h, sum), "y")
        let input = Value.tensor(random([301, 1001], seed: 3))
        let outputs = try [1, 2, 3].map { threads in
            let options = Session.Options(engine: engine, threads: threads)
            return try Session(builder.model(), options: options).run(["x": input])
        }
        #expect(outputs[0] == outputs[1])
        #expect(outputs[0] == outputs[2])
    }
}
