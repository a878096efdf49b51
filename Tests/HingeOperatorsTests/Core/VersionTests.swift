import HingeGraph
import Testing

@testable import HingeOperators

/// An operator with inputs, and the lowest version that can express it.
struct Specimen: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var function: any Operator
    var inputs: [Tensor?]
    /// The inputs whose values are known when it is spelled.
    var constants: Set<Int>
    var outputCount: Int
    var lowest: Int
    /// How many units in the last place a composition of older operators may be off, relative to 1.
    var units: Double

    init(
        _ name: String, _ function: any Operator, _ inputs: [Tensor?], constants: Set<Int> = [],
        outputs: Int = 1, lowest: Int, units: Double = 0
    ) {
        testDescription = name
        self.function = function
        self.inputs = inputs
        self.constants = constants
        outputCount = outputs
        self.lowest = lowest
        self.units = units
    }
}

/// Every operator, written at every version and read back, computes what it computes by itself, or is refused
/// with the version that it needs.
@Suite struct VersionTests {
    static let specimens =
        Specimens.activations + Specimens.arithmetic + Specimens.comparisons
        + Specimens.conversions + Specimens.reductions + Specimens.signals + Specimens.losses
        + Specimens.optimizers + Specimens.texts

    @Test(arguments: specimens) func meansTheSameAtEveryVersion(_ specimen: Specimen) throws {
        let latest = try #require(OperatorSchema.latestOpset())
        let expected = try OperatorHarness.evaluate(
            specimen.function, specimen.inputs, outputs: specimen.outputCount)
        for opset in 1...latest {
            guard opset >= specimen.lowest else {
                try refuses(specimen, opset)
                continue
            }
            let graph = try SpelledGraph(
                specimen.function, opset: opset, inputs: specimen.inputs,
                constants: specimen.constants, outputCount: specimen.outputCount)
            for target in [nil, latest] {
                let found = try graph.run(
                    specimen.inputs, constants: specimen.constants,
                    outputCount: specimen.outputCount, through: target)
                for (value, goal) in zip(found, expected) {
                    try compare(value, goal, specimen, "opset \(opset)")
                }
            }
        }
    }

    private func compare(
        _ value: Tensor?, _ goal: Tensor?, _ specimen: Specimen, _ place: String
    ) throws {
        let value = try #require(value, "\(place)")
        let goal = try #require(goal, "\(place)")
        if specimen.units == 0 {
            #expect(value == goal, "\(place)")
        } else {
            try expectClose(value, goal.doubles(), units: specimen.units, floor: 1)
        }
    }

    /// The error names a version above the one asked for, and no version that can't express it either.
    private func refuses(_ specimen: Specimen, _ opset: Int) throws {
        let error = #expect(throws: HingeError.self) {
            try SpelledGraph(
                specimen.function, opset: opset, inputs: specimen.inputs,
                constants: specimen.constants, outputCount: specimen.outputCount)
        }
        let message = error?.message ?? ""
        #expect(error?.code == .unsupported, "\(message)")
        let match = try #require(
            message.firstMatch(of: /needs opset (\d+), not (\d+)/), "opset \(opset): \(message)")
        #expect(Int(match.1).map { $0 > opset && $0 <= specimen.lowest } == true, "\(message)")
        #expect(Int(match.2) == opset)
    }

    @Test func everyOperatorOfTheseFamiliesHasASpecimen() {
        let families = [
            OperatorRegistry.activations, OperatorRegistry.math, OperatorRegistry.comparisons,
            OperatorRegistry.logic, OperatorRegistry.conversions, OperatorRegistry.reductions,
            OperatorRegistry.signals, OperatorRegistry.losses, OperatorRegistry.optimizers,
            OperatorRegistry.texts,
        ]
        // Gradient names values of the graph that it stands in, and means nothing by itself.
        let tried = Set(VersionTests.specimens.map { $0.function.id.type } + [Gradient.type])
        #expect(Set(families.joined().map { $0.type }).subtracting(tried) == [])
    }
}
