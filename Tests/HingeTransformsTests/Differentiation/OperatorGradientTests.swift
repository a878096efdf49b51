import HingeGraph
import HingeTransforms
import Testing

@testable import HingeOperators

/// The derivative of every operator, against central differences in double precision.
@Suite("Derivatives of operators") struct OperatorGradientTests {
    static let cases: [GradientCase] =
        GradientCase.activations + GradientCase.arithmetic + GradientCase.reductions
        + GradientCase.shapes + GradientCase.networks + GradientCase.recurrent
        + GradientCase.controls + GradientCase.further

    @Test("Gradients are central differences", arguments: cases)
    func gradient(_ example: GradientCase) throws {
        #expect(try example.error(isOpen: false) <= example.tolerance)
    }

    @Test("So are those of values of unknown shape", arguments: cases.filter(\.hasOpenShapes))
    func openGradient(_ example: GradientCase) throws {
        #expect(try example.error(isOpen: true) <= example.tolerance)
    }

    @Test("So are the gradients of gradients", arguments: cases.filter(\.isDoubled))
    func second(_ example: GradientCase) throws {
        #expect(try example.secondError() <= 100 * example.tolerance)
    }

    @Test("Every operator states its derivative, or why it has none")
    func everyOperatorStates() {
        let silent = OperatorRegistry.standard.operators.values.filter { type in
            !OperatorRegistry.statesDerivative(type) && type.domain != "com.microsoft"
        }
        #expect(silent.map { $0.type }.sorted() == [])
    }

    @Test("Every derivative has a case")
    func everyDerivativeIsChecked() {
        let checked = Set(OperatorGradientTests.cases.map(\.id))
        let unchecked = OperatorRegistry.standard.operators.values.filter { type in
            // `GradientTests` checks the operator itself; what the standard doesn't have is made of what it has.
            !(type is any UndifferentiatedOperator.Type) && type != Gradient.self
                && !OperatorSchema.versions(domain: type.domain, name: type.type).isEmpty
                && !checked.contains(OperatorID(domain: type.domain, type: type.type))
        }
        #expect(unchecked.map { $0.type }.sorted() == [])
    }
}
