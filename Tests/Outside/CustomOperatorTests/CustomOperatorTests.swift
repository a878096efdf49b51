import Foundation
import Hinge
import HingeOperators
import Testing

/// An operator that a user of the library wrote: read, checked, run, converted and simplified as those of the standard.
@Suite struct CustomOperatorTests {
    private let operators = OperatorRegistry.standard.adding(Wave.self).adding(ScaledWave.self)

    /// `y = relu(wave(x) + 0.25)`, in the version 1 of its domain and the version 21 of the standard.
    private func model(domainVersion: Int = 1) throws -> Model {
        var graph = GraphBuilder(domains: ["org.example": domainVersion])
        let x = graph.input("x", .float32, ["N", 3])
        let offset = graph.constant(Tensor(scalar: 0.25 as Float), name: "offset")
        let wave = try graph.append(Wave(frequency: 2), x, offset, name: "wave")
        graph.output(try graph.append(Relu(), wave, name: "relu"), "y")
        return graph.model()
    }

    private let input = Tensor([0, 0.5, -1, 1, 2, 3] as [Float], shape: [2, 3])

    private var expected: [Float] {
        get throws {
            try input.array(of: Float.self).map { max(0, sin(2 * $0) + 0.25) }
        }
    }

    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "hinge-outside-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func check(_ model: Model, _ engine: Session.Options.Engine) throws {
        let session = try Session(model, options: Session.Options(engine: engine))
        let found = try #require(session.run(["x": .tensor(input)])["y"]?.tensor)
        #expect(found.shape == [2, 3])
        for (value, wanted) in try zip(found.array(of: Float.self), expected) {
            #expect(abs(value - wanted) < 1e-6, "\(engine)")
        }
    }

    @Test(arguments: Session.Options.Engine.allCases)
    func runs(_ engine: Session.Options.Engine) throws {
        try check(model(), engine)
        try check(model(domainVersion: 2), engine)
    }

    @Test func theBuilderImportsTheDomain() throws {
        #expect(
            try model(domainVersion: 2).opsetImports == [
                OpsetImport(version: 21), OpsetImport(domain: "org.example", version: 2),
            ])
        #expect(
            try model().graph.nodes[0].attributes == [Attribute("freq", .float(2))])
        #expect(
            try model(domainVersion: 2).graph.nodes[0].attributes
                == [Attribute("frequency", .float(2))])
    }

    @Test func aFileMeansItOnceItIsAdded() throws {
        try inFolder { folder in
            let path = "\(folder)/m.onnx"
            try model().write(toFile: path)
            var read = try Model(contentsOfFile: path)
            let error = #expect(throws: HingeError.self) { try Session(read) }
            #expect(
                error?.description
                    == "node 'wave' (org.example.Wave): the operator org.example.Wave is not "
                    + "supported")
            #expect(
                try read.findings(for: "onnx").map(\.description) == [
                    "graph 'main' › node 'wave' (org.example.Wave): the operators of 'org.example' "
                        + "are unknown and were not checked [custom-operator]"
                ])
            read.operators = operators
            for engine in Session.Options.Engine.allCases { try check(read, engine) }
            #expect(try read.findings(for: "onnx").isEmpty)
            #expect(try read.graph == model().graph)
        }
    }

    @Test func faultsOfItsNodesAreFound() throws {
        var wrong = try model()
        wrong.graph.nodes[0].attributes = [.int("freq", 2)]
        #expect(
            try wrong.findings(for: "onnx").map(\.description) == [
                "graph 'main' › node 'wave' (org.example.Wave) › attribute 'freq': expected a "
                    + "number, found int [inference]"
            ])
        wrong.graph.nodes[0].attributes = []
        #expect(
            try wrong.findings(for: "onnx").map(\.description) == [
                "graph 'main' › node 'wave' (org.example.Wave) › attribute 'freq': expected a "
                    + "value, found none [inference]"
            ])
        var other = try model()
        other.graph.inputs[0].type = .tensor(.float64, ["N", 3])
        #expect(
            try other.findings(for: "onnx").map(\.description) == [
                "graph 'main' › node 'wave' (org.example.Wave): expected float32, found float64 "
                    + "[inference]"
            ])
        let doubles = Tensor([1, 2, 3] as [Double], shape: [1, 3])
        for engine in Session.Options.Engine.allCases {
            #expect(throws: HingeError.self) {
                try Session(other, options: Session.Options(engine: engine))
                    .run(["x": .tensor(doubles)])
            }
        }
    }

    @Test func convertingTheStandardsOperatorsLeavesIt() throws {
        var converted = try model()
        try converted.run([ConvertOpset(to: 13)])
        #expect(
            converted.opsetImports == [
                OpsetImport(version: 13), OpsetImport(domain: "org.example", version: 1),
            ])
        #expect(try converted.graph.nodes[0] == model().graph.nodes[0])
        for engine in Session.Options.Engine.allCases { try check(converted, engine) }
    }

    @Test func simplifyingKeepsItAndComputesItOfConstants() throws {
        var graph = GraphBuilder()
        let x = graph.input("x", .float32, ["N", 3])
        let same = try graph.append(Identity(), graph.append(Identity(), x))
        let first = try graph.append(Wave(frequency: 2), same, name: "first")
        let second = try graph.append(Wave(frequency: 2), same, name: "second")
        let constant = graph.constant(Tensor([0.5] as [Float]), name: "c")
        let folded = try graph.append(Wave(frequency: 2), constant, name: "third")
        let sum = try graph.append(Add(), graph.append(Add(), first, second), folded)
        graph.output(sum, "y")
        var model = graph.model()
        let before = try Session(model).run(["x": .tensor(input)])
        try model.run([Simplify()])
        #expect(model.graph.nodes.count { $0.type == "Wave" } == 1)
        let after = try Session(model).run(["x": .tensor(input)])
        #expect(before == after)
    }

    @Test func conversionsProveIt() throws {
        try inFolder { folder in
            let (input, output) = ("\(folder)/m.onnx", "\(folder)/n.onnx")
            try model().write(toFile: input)
            var conversion = Conversion()
            conversion.writeOptions = WriteOptions(ONNXOptions(opset: 17))
            guard case .notProved(let reason) = try conversion.convert(input, to: output) else {
                Issue.record("expected that nothing is proved of an operator that nobody knows")
                return
            }
            #expect(reason.message == "the operator org.example.Wave is not supported")
            conversion.operators = operators
            guard case .proved(let report) = try conversion.convert(input, to: output) else {
                Issue.record("expected a proof")
                return
            }
            #expect(report.isEqual)
            let error = #expect(throws: HingeError.self) {
                try conversion.convert(input, to: "\(folder)/m.keras")
            }
            #expect(error?.code == .usage)
            conversion.writeOptions = WriteOptions()
            let inexpressible = #expect(throws: HingeError.self) {
                try conversion.convert(input, to: "\(folder)/m.keras")
            }
            #expect(
                inexpressible?.message == "the operator can't be expressed in Keras"
                    && inexpressible?.code == .unsupported)
        }
    }

    /// What an older version doesn't have is spelled by operators of two domains, each in its own version.
    @Test(arguments: [1, 2])
    func spellsItselfByOthers(domainVersion: Int) throws {
        var graph = GraphBuilder(domains: ["org.example": domainVersion])
        let x = graph.input("x", .float32, ["N", 3])
        graph.output(try graph.append(ScaledWave(frequency: 2, scale: 3), x, name: "s"), "y")
        let model = graph.model()
        #expect(
            model.graph.nodes.map(\.type)
                == (domainVersion == 1 ? ["Wave", "Mul"] : ["ScaledWave"])
        )
        for engine in Session.Options.Engine.allCases {
            var model = model
            model.operators = operators
            let session = try Session(model, options: Session.Options(engine: engine))
            let found = try #require(session.run(["x": .tensor(input)])["y"]?.tensor)
            for (value, x) in try zip(
                found.array(of: Float.self), input.array(of: Float.self))
            {
                #expect(abs(value - 3 * sin(2 * x)) < 1e-5)
            }
        }
    }

    @Test(arguments: Session.Options.Engine.allCases)
    func runsInBodiesAndFunctions(_ engine: Session.Options.Engine) throws {
        var graph = GraphBuilder()
        let x = graph.input("x", .float32, ["N", 3])
        let isWave = graph.input("isWave", .bool, [])
        let wave = try graph.body(named: "wave") { body in
            body.output(try body.append(Wave(frequency: 2), x))
        }
        let same = graph.body(named: "same") { $0.output(x) }
        let y = try graph.append(
            If(), isWave, bodies: ["then_branch": wave, "else_branch": same])
        graph.output(y, "y")
        let session = try Session(graph.model(), options: Session.Options(engine: engine))
        for flag in [true, false] {
            let found = try #require(
                session.run(["x": .tensor(input), "isWave": .tensor(Tensor([flag], shape: []))])[
                    "y"]?
                    .tensor)
            for (value, x) in try zip(found.array(of: Float.self), input.array(of: Float.self)) {
                #expect(abs(value - (flag ? sin(2 * x) : x)) < 1e-6)
            }
        }

        var called = try model()
        called.functions = [
            Function(
                name: "Twice", domain: "org.example.functions", inputs: ["a"], outputs: ["c"],
                nodes: [
                    Node(
                        "Wave", domain: "org.example", inputs: ["a"], outputs: ["b"],
                        attributes: [.float("freq", 2)]),
                    Node("Add", inputs: ["b", "b"], outputs: ["c"]),
                ],
                opsetImports: [
                    OpsetImport(version: 21), OpsetImport(domain: "org.example", version: 1),
                ])
        ]
        called.opsetImports.append(OpsetImport(domain: "org.example.functions", version: 1))
        called.graph.nodes = [
            Node("Twice", domain: "org.example.functions", inputs: ["x"], outputs: ["y"])
        ]
        let outputs = try Session(called, options: Session.Options(engine: engine))
            .run(["x": .tensor(input)])
        for (value, x) in try zip(
            #require(outputs["y"]?.tensor).array(of: Float.self), input.array(of: Float.self))
        {
            #expect(abs(value - 2 * sin(2 * x)) < 1e-5)
        }
    }
}
