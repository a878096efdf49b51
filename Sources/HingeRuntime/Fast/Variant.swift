import HingeGraph
import HingeProgram

/// A model compiled for certain outputs.
final class Variant: Sendable {
    let planned: PlannedProgram
    /// The largest relative L2 error of an output that was measured in choosing the steps' precisions, if any was.
    let measuredRelativeL2: Double?
    /// The names of the inputs, in order.
    let inputs: [String]
    private let outputs: [String]
    private let options: Session.Options

    /// - Parameters:
    ///   - outputs: The values to return.
    ///   - overridden: The inputs with a default for which the caller gives a value.
    init(
        _ model: Model, outputs: [String], overridden: Set<String>, options: Session.Options
    ) throws {
        let optimization = Optimization(outputs: outputs, overridden: overridden)
        let program = try Threads.compiling(options.threads) { try optimization.program(model) }
        self.options = options
        self.outputs = outputs
        let inputs = program.inputs.map { program.slots[$0].name ?? "" }
        self.inputs = inputs
        let weights = WeightStore()
        var choice: PrecisionChoice?
        if case .automatic(let bound) = options.precision {
            choice = try Threads.compiling(options.threads) {
                PrecisionChoice.measured(
                    model, program, inputs, overridden: overridden, options, weights, within: bound)
            }
        }
        measuredRelativeL2 = choice?.relativeL2
        planned = PlannedProgram(
            program, options, weights, preciseSteps: choice?.preciseSteps ?? [])
        try planned.prepare()
    }

    /// Runs the model.
    func run(_ values: [String: Value]) throws -> [Value] {
        try zip(outputs, runOptional(values)).map { try Variant.require($1, $0) }
    }

    /// The value, which must have been computed.
    static func require(_ value: Value?, _ name: String) throws -> Value {
        guard let value else {
            throw HingeError(
                .mismatch, "expected the value '\(name)', which its node doesn't give")
        }
        return value
    }

    /// What each step of the plan for inputs of the given types is.
    func summary(_ types: [TensorType?]) throws -> [String] { try planned.summary(types) }

    /// Runs the model; optional outputs of operators that were left out are `nil`.
    func runOptional(_ values: [String: Value]) throws -> [Value?] {
        try planned.run(inputs.map { values[$0] }, seed: options.seed)
    }
}
