import Foundation
import Hinge
import HingeOperators
import Testing

/// The README's Swift, compiled and run.
///
/// The lines between the markers are those of the README, which `readmeShowsTheseLines` asserts.
@Suite(.serialized) struct ReadmeTests {
    private let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func inTemporaryFolder(_ body: () throws -> Void) throws {
        let manager = FileManager.default
        let folder = manager.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try manager.createDirectory(at: folder, withIntermediateDirectories: true)
        let fixtures = root.appendingPathComponent("Fixtures")
        try manager.createSymbolicLink(
            at: folder.appendingPathComponent("Fixtures"), withDestinationURL: fixtures)
        let before = manager.currentDirectoryPath
        defer {
            _ = manager.changeCurrentDirectoryPath(before)
            try? manager.removeItem(at: folder)
        }
        #expect(manager.changeCurrentDirectoryPath(folder.path))
        try body()
    }

    @Test func loadRunConvertCompare() throws {
        try inTemporaryFolder {
            // README: library
            let model = try Model(contentsOf: URL(fileURLWithPath: "Fixtures/digits/digits.h5"))
            let session = try Session(model)
            let image = Tensor([Float](repeating: 0.5, count: 64), shape: [1, 8, 8, 1])
            let outputs = try session.run([session.inputs[0].name: .tensor(image)])
            let scores = try outputs[session.outputs[0].name]?.tensor?.array(of: Float.self) ?? []
            try model.write(to: URL(fileURLWithPath: "digits.onnx"))
            let report = try compare(Model(contentsOfFile: "digits.onnx"), with: model)
            print(scores, report.isEqual, report.relativeL2)
            // README: end
            #expect(scores.count == 10)
            let total: Float = scores.reduce(0, +)
            #expect(abs(total - 1) < 1e-5)
            #expect(report.isEqual)
        }
    }

    @Test func buildAGraph() throws {
        try inTemporaryFolder {
            // README: graph
            var graph = GraphBuilder()
            let x = graph.input("x", .float32, ["N", 4])
            let slopes = graph.constant(Tensor([0.1, 0.2, 0.3, 0.4] as [Float]), name: "slopes")
            let y = try graph.append(PRelu(), graph.append(Elu(alpha: 0.5), x), slopes)
            graph.output(y, "y")
            try graph.model().write(toFile: "small.onnx")
            // README: end
            let session = try Session(Model(contentsOfFile: "small.onnx"))
            let input = Tensor([-1, 2, -3, 4] as [Float], shape: [1, 4])
            let output = try #require(session.run(["x": .tensor(input)])["y"]?.tensor)
            // elu: 0.5 · (eˣ − 1) below 0; then times the slope.
            let expected: [Float] = [
                0.1 * 0.5 * (exp(-1) - 1), 2, 0.3 * 0.5 * (exp(-3) - 1), 4,
            ]
            for (value, wanted) in try zip(output.array(of: Float.self), expected) {
                #expect(abs(value - wanted) < 1e-6)
            }
        }
    }

    @Test func differentiateAModel() throws {
        try inTemporaryFolder {
            var graph = GraphBuilder()
            let x = graph.input("x", .float32, ["N", 4])
            let constant = Tensor([0.1, 0.2, 0.3, 0.4] as [Float])
            let y = try graph.append(PRelu(), x, graph.constant(constant, name: "slopes"))
            graph.output(y, "y")
            try graph.model().write(toFile: "small.onnx")
            // README: gradient
            let small = try Model(contentsOfFile: "small.onnx")
            let gradient = try small.gradient(of: "y", withRespectTo: ["x", "slopes"])
            let point = Tensor([-1, 2, -3, 4] as [Float], shape: [1, 4])
            let gradients = try Session(gradient).run(["x": .tensor(point)])
            print(gradients.mapValues { $0.tensor?.shape ?? [] })
            // README: end
            #expect(try gradients["x_gradient"]?.tensor?.array(of: Float.self) == [0.1, 1, 0.3, 1])
            #expect(
                try gradients["slopes_gradient"]?.tensor?.array(of: Float.self) == [-1, 0, -3, 0])
        }
    }

    @Test(arguments: ["library", "graph", "gradient"])
    func readmeShowsTheseLines(_ name: String) throws {
        let source = try String(contentsOfFile: #filePath, encoding: .utf8)
        let begin = try #require(source.range(of: "// README: \(name)\n"))
        let end = try #require(
            source.range(of: "// README: end", range: begin.upperBound..<source.endIndex))
        let lines = source[begin.upperBound..<end.lowerBound].split(separator: "\n").map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        let code = lines.filter { !$0.isEmpty }
        #expect(code.count >= 5)
        let readme = try String(
            contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
        #expect(readme.contains(code.joined(separator: "\n")))
    }
}

@Suite struct ReadmeTableTests {
    @Test func readmeListsEveryOperator() throws {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let readme = try String(
            contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
        let rows = readme.split(separator: "\n").filter { $0.hasPrefix("| ") }
        let words = Set(
            rows.joined(separator: " ").split { !$0.isLetter && !$0.isNumber }.map(String.init))
        let missing = OperatorRegistry.standard.operators.keys.map(\.type).filter {
            !words.contains($0)
        }
        #expect(missing.sorted() == [])
    }

    /// Each link goes to a file of the repository or to a heading of the README.
    @Test func readmeLinksToWhatIsThere() throws {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let readme = try String(
            contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
        let targets = readme.matches(of: /\][(]([^()\s]+)[)]/).map { String($0.1) }
        #expect(targets.count >= 4)
        let anchors = readme.split(separator: "\n").filter { $0.hasPrefix("#") }.map { heading in
            "#"
                + heading.drop { $0 == "#" || $0 == " " }.lowercased()
                .replacing(" ", with: "-")
        }
        for target in targets where !anchors.contains(target) {
            let path = root.appendingPathComponent(target).path
            #expect(FileManager.default.fileExists(atPath: path), "\(target) is a dead link")
        }
    }
}
