import HingeGraph
import HingeOperators
import Testing

@testable import HingeRuntime

@Suite("Session")
struct SessionTests {
    /// `y = LeakyRelu(x + bias)`, where the bias is an input with a default.
    static func model(_ shape: Shape = ["N", 4]) throws -> Model {
        var builder = GraphBuilder()
        let x = builder.input("x", .float32, shape)
        let bias = builder.constant(Tensor([1, 2, 3, 4] as [Float]), name: "bias")
        let sum = try builder.append(Add(), x, bias, name: "sum")
        let y = try builder.append(LeakyRelu(alpha: 0.5), sum, name: "leaky")
        builder.output(y, "y")
        var model = builder.model()
        model.graph.inputs.append(ValueInfo(name: "bias", type: .tensor(.float32, [4])))
        return model
    }

    static let x = Value.tensor(Tensor([-3, -3, -3, -3] as [Float], shape: [1, 4]))

    @Test("Inputs, inputs with a default and outputs are described", arguments: engines)
    func description(engine: Session.Options.Engine) throws {
        let session = try Session(Self.model(), options: .init(engine: engine))
        #expect(session.inputs.map(\.name) == ["x"])
        #expect(session.inputs.first?.type == .tensor(.float32, ["N", 4]))
        #expect(session.overridableInputs.map(\.name) == ["bias"])
        #expect(session.outputs.map(\.name) == ["y"])
    }

    @Test("A run gives the outputs by name", arguments: engines)
    func outputs(engine: Session.Options.Engine) throws {
        let session = try Session(Self.model(), options: .init(engine: engine))
        let outputs = try session.run(["x": Self.x])
        #expect(outputs == ["y": .tensor(Tensor([-1, -0.5, 0, 1] as [Float], shape: [1, 4]))])
    }

    @Test("An input with a default may be given", arguments: engines)
    func overridden(engine: Session.Options.Engine) throws {
        let session = try Session(Self.model(), options: .init(engine: engine))
        let bias = Value.tensor(Tensor([3, 4, 5, 6] as [Float]))
        let outputs = try session.run(["x": Self.x, "bias": bias])
        #expect(outputs == ["y": .tensor(Tensor([0, 1, 2, 3] as [Float], shape: [1, 4]))])
        let again = try session.run(["x": Self.x])
        #expect(again == ["y": .tensor(Tensor([-1, -0.5, 0, 1] as [Float], shape: [1, 4]))])
    }

    @Test("Intermediate values and inputs can be asked for", arguments: engines)
    func intermediate(engine: Session.Options.Engine) throws {
        let session = try Session(Self.model(), options: .init(engine: engine))
        let outputs = try session.run(["x": Self.x], outputs: ["sum", "x"])
        #expect(
            outputs == [
                "sum": .tensor(Tensor([-2, -1, 0, 1] as [Float], shape: [1, 4])), "x": Self.x,
            ])
    }

    @Test("The reference engine shows all values in order")
    func observed() throws {
        let session = try Session(Self.model(), options: .init(engine: .reference))
        var names: [String] = []
        _ = try session.run(["x": Self.x], observing: { name, _ in names.append(name) })
        #expect(names == ["sum", "y"])
    }

    @Test("An error of the observer leaves the run as it is")
    func observerError() throws {
        struct Stop: Error {}
        let session = try Session(Self.model(), options: .init(engine: .reference))
        #expect(throws: Stop.self) {
            try session.run(["x": Self.x], observing: { _, _ in throw Stop() })
        }
    }

    @Test("Several tasks may run a session at once", arguments: engines)
    func concurrent(engine: Session.Options.Engine) async throws {
        let session = try Session(Self.model(), options: .init(engine: engine))
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<64 {
                group.addTask {
                    let rows = 1 + number % 5
                    let x = [Float](repeating: Float(number), count: rows * 4)
                    let outputs = try session.run(["x": .tensor(Tensor(x, shape: [rows, 4]))])
                    let row = [1, 2, 3, 4].map { Float(number) + $0 }
                    let expected = (0..<rows).flatMap { _ in row }
                    return outputs["y"] == .tensor(Tensor(expected, shape: [rows, 4]))
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
    }
}

/// The engines, as the arguments of a test.
let engines = Session.Options.Engine.allCases
