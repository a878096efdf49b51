import CAllocationCount
import HingeGraph
import HingeOperators
import Testing

@testable import HingeRuntime

@Suite("Memory that runs take")
struct AllocationTests {
    /// The most that a run may take, however many steps it has: what it returns, and a handful of lists around it.
    static let mostPerRun = 24
    /// The most that it may take for each node of the graph.
    ///
    /// Unoptimised Swift takes memory for what is nothing but an access to a list otherwise; of programs as they are used,
    /// `./dev bench --overhead` makes sure that it is none.
    static let mostPerNode = _isDebugAssertConfiguration() ? 12 : 0

    @Test(
        "A run takes no memory for its steps",
        .enabled(if: hinge_can_count_allocations(), "there is nothing here that counts"))
    func steps() async {
        // In a process of its own, where no other test takes memory at the same time.
        await #expect(processExitsWith: .success) {
            for chain in Chain.all {
                let few = try chain.allocations(linkCount: 3)
                let many = try chain.allocations(linkCount: 12)
                let perNode = (3 * chain.nodeCount, 12 * chain.nodeCount)
                let found = Comment("\(chain.name): \(few), \(many)")
                #expect(many.own - few.own <= (perNode.1 - perNode.0) * Self.mostPerNode, found)
                #expect(few.own <= Self.mostPerRun + perNode.0 * Self.mostPerNode, found)
                // What oneDNN takes, it takes for each primitive alike.
                #expect(many.library <= 4 * few.library, found)
            }
        }
    }
}

/// A graph of any length: links, each of which reads what the one before gives.
private struct Chain: Sendable {
    let name: String
    let shape: [Int]
    /// The nodes of a link.
    let nodeCount: Int
    let link: @Sendable (inout GraphBuilder, GraphBuilder.Operand) throws -> GraphBuilder.Operand

    /// How often a run takes memory.
    func allocations(linkCount: Int) throws -> (own: Int, library: Int) {
        var builder = GraphBuilder()
        var y = builder.input("x", .float32, Shape(shape))
        for _ in 0..<linkCount { y = try link(&builder, y) }
        builder.output(y, "y")
        let session = try Session(builder.model(), options: .init(threads: 1))
        let inputs = ["x": Value.tensor(random(shape, seed: 5))]
        for _ in 0..<3 { _ = try session.run(inputs) }
        // Now and then a thread ends, or begins.
        var least = (own: Int.max, library: Int.max)
        for _ in 0..<5 {
            hinge_begin_counting()
            _ = try session.run(inputs)
            let found = hinge_end_counting()
            least = (min(least.own, found.own), min(least.library, found.library))
        }
        return least
    }

    static let all = [
        Chain(name: "oneDNN", shape: [1, 8, 6, 6], nodeCount: 4) { builder, x in
            let w = builder.constant(random([8, 8, 3, 3], seed: 1, scale: 0.1))
            let m = builder.constant(random([6, 6], seed: 2, scale: 0.3))
            let h = try builder.append(Conv(padding: .explicit([1, 1, 1, 1])), x, w)
            let y = try builder.append(MatMul(), builder.append(Relu(), h), m)
            return try builder.append(Softmax(axis: 1), y)
        },
        Chain(name: "functions", shape: [8, 8], nodeCount: 5) { builder, x in
            let h = try builder.append(Erf(), builder.append(Sin(), x))
            let flags = builder.constant(
                Tensor([true, false, true, false, true, true, false, true], shape: [8]))
            let y = try builder.append(Where(), flags, h, x)
            return try builder.append(Add(), builder.append(CumSum(axis: 1), y), h)
        },
        Chain(name: "rows", shape: [8, 8], nodeCount: 3) { builder, x in
            let h = try builder.append(ReduceL2(axes: [0]), x)
            let y = try builder.append(Sub(), x, h)
            return try builder.append(LogSoftmax(axis: 0), y)
        },
        Chain(name: "movements", shape: [8, 8], nodeCount: 6) { builder, x in
            let parts = try builder.append(Split(axis: 0), [x], outputCount: 2)
            let h = try builder.append(Concat(axis: 0), parts[1], parts[0])
            let padded = try builder.append(Pad(pads: [1, 1, 1, 1]), h)
            let cut = try builder.append(SliceOf(starts: [1, 1], ends: [9, 9]), padded)
            let order = builder.constant(Tensor([7, 6, 5, 4, 3, 2, 1, 0] as [Int64]))
            let y = try builder.append(Gather(axis: 1), cut, order)
            return try builder.append(Transpose([1, 0]), y)
        },
    ]
}
