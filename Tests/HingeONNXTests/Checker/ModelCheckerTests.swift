import HingeGraph
import HingeOperators
import Testing

@testable import HingeONNX

@Suite("The model checker")
struct ModelCheckerTests {
    @Test("finds each fault, and no other", arguments: Fault.all)
    func finds(_ fault: Fault) throws {
        var model = Fault.sound
        fault.change(&model)
        let findings = ModelChecker.check(model)
        let texts = findings.map { finding in
            String(finding.description.dropLast(finding.rule.rawValue.count + 3))
        }
        #expect(texts == fault.findings)
        let first = try #require(findings.first)
        #expect(first.rule == fault.rule)
        #expect(first.severity == fault.severity)
    }

    @Test("Every rule has a fault that breaks it")
    func coversAllRules() {
        #expect(Set(Fault.all.map(\.rule)) == Set(CheckRule.allCases))
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
