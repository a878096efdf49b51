import HingeGraph
import HingeOperators
import Testing

@testable import HingeRuntime

@Suite("What steps are, and how long they take")
struct ProfileTests {
    /// `y = relu(conv(x)) · exp(x)`.
    private func model() throws -> Model {
        var builder = GraphBuilder()
        let x = builder.input("x", .float32, [1, 8, 6, 6])
        let weights = builder.constant(random([8, 8, 3, 3], seed: 1, scale: 0.1))
        let y = try builder.append(
            Relu(), builder.append(Conv(padding: .explicit([1, 1, 1, 1])), x, weights))
        builder.output(try builder.append(Mul(), y, builder.append(Exp(), x)), "y")
        return builder.model()
    }

    private let inputs: [String: Value] = ["x": .tensor(random([1, 8, 6, 6], seed: 2))]

    @Test("A plan names each step, its kernel and the memory of its output")
    func plan() throws {
        let session = try Session(model())
        let plan = try session.plan(for: inputs)
        let operators = plan.steps.flatMap(\.operators)
        #expect(
            operators.filter { $0 != "Reorder" && $0 != "Copy" }.sorted()
                == ["Conv", "Exp", "Mul", "Relu"])
        let byteCount = 8 * 6 * 6 * 4
        for step in plan.steps {
            #expect(step.byteCount == byteCount)
            #expect(!step.layout.isEmpty && !step.kernel.isEmpty)
            if step.operators != ["Reorder"] { #expect(step.outputs == ["float32[1, 8, 6, 6]"]) }
        }
        #expect(plan.steps.contains { $0.operators == ["Exp"] && $0.kernel == "own" })
        #if OneDNN
            let convolution = try #require(plan.steps.first { $0.operators.contains("Conv") })
            #expect(convolution.kernel.contains(":"))
            #expect(plan.weightByteCount >= 8 * 8 * 3 * 3 * 4)
        #endif
        #expect(plan.arenaByteCount >= byteCount)
        #expect(throws: HingeError.self) { try session.plan(for: [:]) }
    }

    @Test(
        "Each run of each step is counted, and times add up",
        arguments: Session.Options.Engine.allCases)
    func totals(_ engine: Session.Options.Engine) throws {
        let session = try Session(model(), options: .init(engine: engine))
        let expected = try session.run(inputs)
        let profile = Profile()
        for _ in 0..<3 { #expect(try session.run(inputs, profiling: profile) == expected) }
        #expect(try session.run(inputs) == expected)

        let steps = try session.plan(for: inputs).steps
        let totals = profile.totals()
        #expect(totals.allSatisfy { $0.count == 3 && $0.seconds >= 0 })
        #expect(totals.count == steps.count + 1)
        #expect(Set(totals.compactMap(\.step)) == Set(steps))

        let events = profile.events()
        let runs = events.filter { $0.step == nil }
        #expect(runs.count == 3 && events.count == 3 * totals.count)
        // Rounding of sums of doubles.
        let all = runs.reduce(0) { $0 + $1.seconds }
        #expect(abs(totals.reduce(0) { $0 + $1.seconds } - all) <= 1e-9 + 1e-9 * all)
        for event in events where event.step != nil {
            #expect(
                runs.count { run in
                    run.start <= event.start
                        && event.start + event.seconds <= run.start + run.seconds + 1e-9
                } == 1)
        }
        #expect(totals == totals.sorted { $0.seconds > $1.seconds })
    }

    @Test("Steps that are planned when running are steps inside of one")
    func region() throws {
        var builder = GraphBuilder()
        let x = builder.input("x", .float32, [4, 8, 6, 6])
        let keep = builder.input("keep", .bool, [4])
        let rows = try builder.append(Compress(axis: 0), x, keep)
        let weights = builder.constant(random([8, 8, 3, 3], seed: 1, scale: 0.1))
        let y = try builder.append(Conv(padding: .explicit([1, 1, 1, 1])), rows, weights)
        builder.output(try builder.append(Relu(), y), "y")
        let session = try Session(builder.model())
        let profile = Profile()
        _ = try session.run(
            [
                "x": .tensor(random([4, 8, 6, 6], seed: 3)),
                "keep": .tensor(Tensor([true, false, true, true], shape: [4])),
            ], profiling: profile)
        #if OneDNN
            let events = profile.events()
            let region = try #require(events.first { $0.step?.kernel == "plan" })
            let inner = try #require(events.first { $0.step?.operators == ["Conv", "Relu"] })
            #expect(inner.step?.outputs == ["float32[3, 8, 6, 6]"])
            #expect(region.nestedSeconds >= inner.seconds && region.nestedSeconds <= region.seconds)
        #endif
        let operators = profile.totals().compactMap(\.step).flatMap(\.operators)
        #expect(operators.contains("Compress") && operators.contains("Conv"))
    }

    @Test("The body of a loop is counted each time")
    func loop() throws {
        var builder = GraphBuilder()
        let x = builder.input("x", .float32, [4])
        let count = builder.input("count", .int64, [])
        let body = try builder.body { body in
            _ = body.input("number", .int64, [])
            body.output(body.input("condition", .bool, []))
            body.output(try body.append(Exp(), body.input("state", .float32, [4])))
        }
        let outputs = try builder.append(
            Loop(carriedCount: 1), [count, .absent, x], outputCount: 1, bodies: ["body": body])
        builder.output(outputs[0], "y")
        let session = try Session(builder.model())
        let profile = Profile()
        _ = try session.run(
            [
                "x": .tensor(Tensor([0.1, 0.2, 0.3, 0.4] as [Float], shape: [4])),
                "count": .tensor(Tensor(scalar: 3 as Int64)),
            ], profiling: profile)
        let totals = profile.totals()
        #expect(totals.first { $0.step?.operators == ["Exp"] }?.count == 3)
        #expect(totals.first { $0.step?.operators == ["Loop"] }?.count == 1)
    }

    @Test("A run that fails leaves the profile as good as before")
    func failure() throws {
        var builder = GraphBuilder()
        let x = builder.input("x", .float32, [3])
        let index = builder.input("index", .int64, [1])
        builder.output(try builder.append(Exp(), builder.append(Gather(), x, index)), "y")
        let session = try Session(builder.model())
        let profile = Profile()
        func run(_ index: Int64) throws {
            _ = try session.run(
                [
                    "x": .tensor(Tensor([1, 2, 3] as [Float], shape: [3])),
                    "index": .tensor(Tensor([index], shape: [1])),
                ], profiling: profile)
        }
        #expect(throws: HingeError.self) { try run(7) }
        try run(2)
        let totals = profile.totals()
        #expect(totals.first { $0.step == nil }?.count == 2)
        #expect(totals.first { $0.step?.operators == ["Gather"] }?.count == 2)
        #expect(totals.first { $0.step?.operators == ["Exp"] }?.count == 1)
        #expect(totals.allSatisfy { $0.seconds >= 0 })
    }
}
