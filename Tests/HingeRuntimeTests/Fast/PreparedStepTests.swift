import HingeGraph
import HingeOperators
import Synchronization
import Testing

@testable import HingeProgram
@testable import HingeRuntime

/// How often an operator did what.
private final class Count: Sendable {
    private let numbers = Mutex((prepared: 0, run: 0, evaluated: 0))

    func prepare() { numbers.withLock { $0.prepared += 1 } }
    func run() { numbers.withLock { $0.run += 1 } }
    func evaluate() { numbers.withLock { $0.evaluated += 1 } }

    var description: String {
        numbers.withLock { "\($0.prepared) prepared, \($0.run) run, \($0.evaluated) evaluated" }
    }
}

/// Adds input 1, or 1 where it is absent, to input 0; counts what is asked of it.
private struct Increment: Operator {
    static let type = "Increment"
    let count: Count
    /// Whether it prepares no kernel.
    var isUnprepared = false

    init(_ count: Count, isUnprepared: Bool = false) {
        self.count = count
        self.isUnprepared = isUnprepared
    }

    init(_ node: NodeReader) { self.init(Count()) }

    static func == (left: Increment, right: Increment) -> Bool { left.count === right.count }

    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(count)) }

    func spell(_ speller: inout Speller) { speller.emit(Self.type) }

    func infer(_ context: InferenceContext) -> [Inferred] {
        [.tensor(context.dataType(0), context.shape(0))]
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        count.evaluate()
        try add(context.optionalInput(1), &context)
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        count.prepare()
        if isUnprepared { return nil }
        let constant = context.constant(1)
        return { context in
            count.run()
            try add(constant, &context)
        }
    }

    private func add(_ addend: Tensor?, _ context: inout EvaluationContext) throws {
        let (x, step) = (try context.input(0), try addend?.floats().first ?? 1)
        context.set(0, Tensor(try x.floats().map { $0 + step }, shape: x.shape))
    }
}

@Suite("Prepared steps")
struct PreparedStepTests {
    /// The program `y = operation(after(x), 10)`, in the place of an `Add`.
    private func planned(
        _ operation: Increment, after first: any Operator = Neg(), _ shape: Shape = ["N"]
    ) throws -> PlannedProgram {
        var builder = GraphBuilder()
        let x = builder.input("x", .float32, shape)
        let ten = builder.constant(Tensor(scalar: Float(10)), name: "ten")
        let h = try builder.append(first, x)
        builder.output(try builder.append(Add(), h, ten), "y")
        var program = try Program(builder.model(), .running)
        let step = try #require(program.steps.lastIndex { $0.operation is Add })
        program.steps[step].operation = operation
        return PlannedProgram(program, .init())
    }

    private func run(_ program: PlannedProgram, _ x: [Float]) throws -> [Float] {
        let values = try program.run([.tensor(Tensor(x))], seed: 0)
        return try #require(values.first??.tensor).floats()
    }

    @Test("A kernel is prepared once for each set of types")
    func once() throws {
        let count = Count()
        let program = try planned(Increment(count))
        for _ in 0..<3 { #expect(try run(program, [1, 2]) == [9, 8]) }
        #expect(count.description == "1 prepared, 3 run, 0 evaluated")
        #expect(try run(program, [1, 2, 3]) == [9, 8, 7])
        #expect(try run(program, [2, 2]) == [8, 8])
        #expect(count.description == "2 prepared, 5 run, 0 evaluated")
    }

    @Test("An operator that prepares nothing is evaluated")
    func unprepared() throws {
        let count = Count()
        let program = try planned(Increment(count, isUnprepared: true))
        for _ in 0..<3 { #expect(try run(program, [1, 2]) == [9, 8]) }
        #expect(count.description == "1 prepared, 0 run, 3 evaluated")
    }

    @Test("An operator is evaluated where the type of an input is known only in a run")
    func dynamic() throws {
        let count = Count()
        var builder = GraphBuilder()
        let x = builder.input("x", .float32, ["N"])
        let chosen = try builder.append(Greater(), x, builder.constant(Tensor(scalar: Float(0))))
        let some = try builder.append(Compress(axis: 0), x, chosen)
        let ten = builder.constant(Tensor(scalar: Float(10)), name: "ten")
        builder.output(try builder.append(Add(), some, ten), "y")
        var program = try Program(builder.model(), .running)
        let step = try #require(program.steps.lastIndex { $0.operation is Add })
        program.steps[step].operation = Increment(count)
        let planned = PlannedProgram(program, .init())
        #expect(try run(planned, [1, -2, 3]) == [11, 13])
        #expect(try run(planned, [-1, -2, 3]) == [13])
        #expect(count.description == "0 prepared, 0 run, 2 evaluated")
    }

    @Test("What can't be prepared fails in a run, as evaluation does")
    func error() throws {
        let nodes = [
            Node("Neg", name: "n", inputs: ["x"], outputs: ["h"]),
            Node(
                "Einsum", name: "e", inputs: ["h", "h"], outputs: ["y"],
                attributes: [.string("equation", "ij,jk->ik")]),
        ]
        let failing = ControlCase(
            name: "shapes that don't fit", nodes: nodes,
            inputs: ["x": .tensor(Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3]))],
            outputs: ["y": .tensor(Tensor(scalar: Float(0)))])
        let error = try failing.error()
        #expect(error.description.contains("'e' (Einsum)"))
    }

    @Test("A branch that can't be prepared fails only where it is taken")
    func branch() throws {
        let bad = body(
            [], ["t"],
            [node("Einsum", ["x", "x"], ["t"], [.string("equation", "ij,jk->ik")])])
        let good = body([], ["f"], [node("Neg", ["x"], ["f"])])
        let nodes = [
            node(
                "If", ["c"], ["y"],
                [.graph("then_branch", bad), .graph("else_branch", good)])
        ]
        let x = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
        var choice = ControlCase(
            name: "a branch", nodes: nodes,
            inputs: ["c": .tensor(Tensor([false], shape: [])), "x": .tensor(x)],
            outputs: ["y": .tensor(Tensor([-1, -2, -3, -4, -5, -6] as [Float], shape: [2, 3]))])
        try choice.expectOutputs()
        choice.inputs["c"] = .tensor(Tensor([true], shape: []))
        #expect(try choice.error().description.contains("Einsum"))
    }
}
