import HingeGraph
import HingeOperators
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
