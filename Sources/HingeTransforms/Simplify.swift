import HingeGraph
import HingeProgram

/// Makes a program smaller and simpler without changing what it computes: a sequence of passes, until none
/// finds anything more to do.
///
/// Rules, in order: put the steps that compute gradients in the place of `Gradient`; lay inputs over each other by one
/// rule; fold constants; choose the branches of constant conditions;
/// state shapes that are known; eliminate identities; merge what is computed twice; compute normalizations into weights;
/// recognise operators in what exporters write for them; remove what is unused. Functions are inlined before.
public struct Simplify: Pass {
    /// The name of the pass.
    public static let name = "simplify"

    /// Shapes of inputs, by name, in place of those that the model states.
    public var inputShapes: [String: Shape]

    /// Creates the pass.
    public init(inputShapes: [String: Shape] = [:]) {
        self.inputShapes = inputShapes
    }

    /// How a program is made of a model: with functions inlined.
    public var programOptions: ProgramOptions {
        var options = ProgramOptions()
        options.inlinesFunctions = true
        options.inference.inputShapes = inputShapes
        return options
    }

    /// The largest number of rounds; each one finds what the one before has made possible.
    private static let roundLimit = 4

    /// The passes of one round, in order.
    ///
    /// A pass is made known by one line here.
    package static let passes: [any Pass] = [
        ExpandGradients(),
        AlignInputs(),
        FoldConstants(),
        ChooseBranch(),
        SimplifyShapes(),
        EliminateIdentity(),
        MergeCommon(),
        FuseBatchNormalization(),
        FuseGelu(),
        FuseLayerNormalization(),
        FuseSwish(),
        FuseHardSwish(),
        FuseMish(),
        FuseAttention(),
        RemoveUnused(),
    ]

    /// Runs the pass.
    public func run(_ program: inout Program) throws -> Bool {
        var changed = false
        for _ in 0..<Simplify.roundLimit {
            guard try program.run(Simplify.passes) else { break }
            changed = true
        }
        return changed
    }

    /// Changes the model, unless it has neither functions nor anything to simplify.
    public func run(_ model: inout Model) throws -> Bool {
        let hasFunctions = !model.functions.isEmpty
        var changed = try model.edit(programOptions) { try run(&$0) || hasFunctions }
        // What was computed ahead is right for these shapes only.
        for index in model.graph.inputs.indices {
            let input = model.graph.inputs[index]
            guard let shape = inputShapes[input.name] else { continue }
            let type = ValueType.tensor(input.type?.dataType, shape)
            changed = changed || input.type != type
            model.graph.inputs[index].type = type
        }
        return changed
    }
}
