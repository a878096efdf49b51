import HingeGraph
import HingeProgram
import HingeTransforms

/// Makes the program of a model for certain outputs, and makes it simpler: by the passes that `hinge simplify` runs, on the
/// operators that stand for others.
///
/// At last it finds what runs on quantized numbers.
struct Optimization {
    /// The values to return.
    let outputs: [String]
    /// The inputs with a default for which the caller gives a value; the other defaults are constants.
    let overridden: Set<String>

    /// The program after all passes.
    ///
    /// A pass that fails changes nothing: what is wrong with the model is said when it runs into it.
    func program(_ model: Model) throws -> Program {
        var model = model
        select(&model.graph)
        var options = ProgramOptions.running
        options.inference.keepsQuantizedWeights = true
        var program = try Program(model, options)
        for _ in 0..<Optimization.roundLimit {
            guard program.runWhatSucceeds(Optimization.passes) else { break }
        }
        // Not before: what stands behind the convolution is put into its weights first.
        _ = try? program.run([ExpressConvTranspose(), NestConcats()])
        _ = try? program.run([RecognizeQuantization(), RemoveUnused()])
        return program
    }

    private static let passes: [any Pass] =
        [ExpandGradients(), Decompose(includesStandard: true), ExpressEinsum()] + Simplify.passes

    /// The largest number of rounds; each one finds what the one before has made possible.
    private static let roundLimit = 3

    private func select(_ graph: inout Graph) {
        let declared = Dictionary(graph.outputs.map { ($0.name, $0) }) { first, _ in first }
        graph.outputs = outputs.map { declared[$0] ?? ValueInfo(name: $0, type: nil) }
        graph.initializers.removeAll { overridden.contains($0.name) }
        graph.sparseInitializers.removeAll { overridden.contains($0.name) }
        let defaults = Set(
            graph.initializers.map(\.name) + graph.sparseInitializers.map(\.name))
        graph.inputs.removeAll { defaults.contains($0.name) }
    }
}
