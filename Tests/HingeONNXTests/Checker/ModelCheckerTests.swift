import HingeGraph
import HingeOperators
import Testing

@testable import HingeONNX

@Suite("The model checker")
struct ModelCheckerTests {
    @Test("finds each fault, and no other", arguments: Fault.all)
    func finds(_ fault: Fault) throws {
        var model = Fault.sound
        try fault.change(&model)
        let findings = ModelChecker.check(model)
        let texts = findings.map { finding in
            String(finding.description.dropLast(finding.rule.count + 3))
        }
        #expect(texts == fault.findings)
        let first = try #require(findings.first)
        #expect(first.rule == fault.rule.rawValue)
        #expect(first.severity == fault.severity)
    }

    @Test("finds inputs that don't fit each other", arguments: ShapeFault.all)
    func findsUnfitShapes(_ fault: ShapeFault) {
        #expect(
            ModelChecker.check(fault.model).map(\.description) == [
                "graph 'g' › node 'a' (\(fault.node.type))"
                    + (fault.message.hasPrefix("attribute") ? " › " : ": ")
                    + "\(fault.message) [inference]"
            ])
    }

    @Test("Every rule has a fault that breaks it")
    func coversAllRules() {
        #expect(Set(Fault.all.map(\.rule)) == Set(CheckRule.allCases))
    }

    @Test(
        "An attribute whose message contradicts itself is found",
        arguments: [
            (
                Wire().int(20, 1).float(2, 1).int(3, 1),
                "expected a value of type float only, found others too"
            ),
            (Wire().int(20, 1), "expected a value of type float, found none"),
            (Wire().float(2, 1), "expected the type of the attribute, found none"),
        ])
    func contradictoryAttribute(value: Wire, message: String) throws {
        let attribute = Wire().text(1, "alpha").raw(value.bytes)
        let node = Wire().text(1, "x").text(2, "y").text(4, "Elu").message(5, attribute)
        let graph = Wire().text(2, "g").message(1, node)
            .message(11, ModelCodecTests.value("x")).message(12, ModelCodecTests.value("y"))
        let model = try readModel(
            Wire().int(1, 8).message(7, graph).message(8, Wire().int(2, 13)))
        #expect(
            ModelChecker.check(model).map(\.description) == [
                "graph 'g' › node (Elu) › attribute 'alpha': \(message) [attribute-type]"
            ])
    }

    @Test("A sound model has no findings")
    func sound() {
        #expect(ModelChecker.check(Fault.sound) == [])
    }

    @Test("Models of other tools have no errors", arguments: Fixtures.models)
    func fixtures(name: String) throws {
        let findings = ModelChecker.check(try ONNXFormat().read(Fixtures.file(name)))
        #expect(findings.filter { $0.severity == .error } == [])
    }
}
