import HingeGraph
import HingeOperators
import HingeTransforms

/// Makes a model simpler to compile, without regard to shapes that are known only when running.
struct Prepare {
    /// The values to return.
    let outputs: [String]
    /// The inputs with a default for which the caller gives a value; the other defaults are constants.
    let overridden: Set<String>

    /// The model after all passes.
    ///
    /// A pass that fails changes nothing: what is wrong with the model is said when it is compiled, or when
    /// it runs into it.
    func run(_ model: Model) -> Model {
        var model = model
        select(&model.graph)
        for pass in Prepare.passes {
            var next = model
            if (try? pass.run(&next)) != nil { model = next }
        }
        return model
    }

    private static let passes: [any Pass] = [InlineFunctions()]

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
