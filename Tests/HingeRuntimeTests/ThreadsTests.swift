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
    func turns() async {
        let presence = Presence()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    Threads.inTurn(nil) {
                        presence.enter()
                        Threads.inTurn(nil) {}
                        presence.leave()
                    }
                }
            }
        }
        #expect(presence.most == 1)
        #expect(presence.all == 16)
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
